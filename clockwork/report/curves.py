"""How well the scores of both commits rank, and whether they can be read as probabilities."""

from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from clockwork.compare.paired_scores import Evidence
from clockwork.report.phrases import plain
from clockwork.report.plots import FAINT, STYLE, Floats, axes_of, legend, pen, runs_of, svg

Bools = npt.NDArray[np.bool_]
ENOUGH_ROWS, ENOUGH_POSITIVES, STEPS = 200, 20, 4  # in each bin; steps to a power of ten
LOWEST = 1e-5
MARKS: dict[str, dict[str, Any]] = {
    "base": {"marker": "s", "markersize": 6},
    "head": {"marker": "o", "markersize": 4},
}


def precision_recall(evidence: Evidence, algorithm: str) -> str:
    """Both commits' precision against recall, mean over runs; empty without positives or scores."""
    label = evidence.keys["label"].to_numpy() == 1
    commits = runs_of(evidence, algorithm)
    if not label.any() or not commits:
        return ""
    recall = np.linspace(0.01, 1, 100)
    with mpl.rc_context(STYLE):
        figure, axes = axes_of(2.9)
        axes.axhline(label.mean(), color=FAINT, linewidth=1, linestyle=":", label="chance")
        for name, runs in commits.items():
            curve = np.mean([_precision(label, scores, recall) for scores in runs], axis=0)
            axes.plot(recall, curve, label=name, **pen(name))
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
        legend(axes)
        return svg(figure, f"Precision against recall of {plain(algorithm)}, head and base")


def _precision(label: Bools, scores: Floats, recall: Floats) -> Floats:
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    # Tied rows come together.
    last = np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
    true = np.cumsum(label[order])[last]
    at = np.minimum(np.searchsorted(true, recall * true[-1] - 1e-9), len(true) - 1)
    return np.asarray(true[at] / (last[at] + 1), dtype=np.float64)


def calibration(evidence: Evidence, algorithm: str) -> str:
    """Share of positives against mean score, bin by bin; empty where no commit fills two bins."""
    label = evidence.keys["label"].to_numpy() == 1
    commits = {
        name: reliability(label, runs) for name, runs in runs_of(evidence, algorithm).items()
    }
    commits = {name: bins for name, bins in commits.items() if len(bins[0]) > 1}
    if not commits:
        return ""
    values = np.concatenate(
        [*(message for message, _ in commits.values()), *(seen for _, seen in commits.values())]
    )
    low, high = float(values.min()) / 1.5, min(1.0, float(values.max()) * 1.5)
    with mpl.rc_context(STYLE):
        figure, axes = axes_of(3.6, left=0.17, right=0.94)
        axes.plot(
            [low, high], [low, high], color=FAINT, linewidth=1, linestyle=":", label="as it says"
        )
        for name, (message, seen) in commits.items():
            axes.plot(message, seen, label=name, clip_on=False, **MARKS[name], **pen(name))
        _logarithmic(axes, low, high)
        legend(axes)
        return svg(
            figure, f"Share of positives against mean score of {plain(algorithm)}, head and base"
        )


def _logarithmic(axes: Axes, low: float, high: float) -> None:
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(low, high),
        ylim=(low, high),
        xlabel="mean score",
        ylabel="share of positives",
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0,) if high / low > 300 else (1.0, 3.0)))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))


def reliability(label: Bools, runs: Floats) -> tuple[Floats, Floats]:
    """The mean score and the share of positives in bins of score, over all runs (runs, rows).

    Bins are narrow where scores are low; neighbours are joined until each has rows and positives
    enough.
    """
    scores, labels = runs.ravel(), np.tile(label, len(runs))
    edges = np.logspace(np.log10(LOWEST), 0, int(-np.log10(LOWEST) * STEPS) + 1)
    place = np.digitize(scores, edges)
    counts, sums, positives = (
        np.bincount(place, weights=weights, minlength=len(edges) + 1)
        for weights in (None, scores, labels)
    )
    bins = _joined(np.stack([counts, sums, positives], axis=1) / len(runs))
    return np.maximum(bins[:, 1] / bins[:, 0], LOWEST), bins[:, 2] / bins[:, 0]


def _joined(bins: Floats) -> Floats:
    # What is left over at the top, too little for a bin of its own, goes to the last one.
    found = [np.zeros(3)]
    for one in bins:
        if found[-1][0] >= ENOUGH_ROWS and found[-1][2] >= ENOUGH_POSITIVES:
            found.append(np.zeros(3))
        found[-1] = found[-1] + one
    few = found[-1][0] < ENOUGH_ROWS or found[-1][2] < ENOUGH_POSITIVES
    if few and len(found) > 1:
        last = found.pop()
        found[-1] = found[-1] + last
        few = False
    return np.empty((0, 3)) if few else np.stack(found)
