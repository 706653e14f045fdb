"""The scores of both commits over the rows of one entity."""

from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt

from clockwork.compare.paired_scores import Evidence
from clockwork.learning.keys import ENTITY, TARGET, TIME
from clockwork.report.phrases import plain
from clockwork.report.plots import SHADE, STYLE, Floats, axes_of, legend, pen, runs_of, svg

FEWEST_POINTS, MOST_POINTS = 3, 700


def timeline(evidence: Evidence, algorithm: str) -> str:
    """The scores of both commits over one entity's rows, its positives shaded.

    Empty without scores of both, and where rows have no time or are each an entity.
    """
    commits = {name: runs.mean(axis=0) for name, runs in runs_of(evidence, algorithm).items()}
    keys = evidence.keys
    if len(commits) < 2 or TIME not in keys or not keys[TIME].any():
        return ""
    mine, entity = _telling(evidence, np.abs(commits["head"] - commits["base"]))
    if len(mine) < FEWEST_POINTS:
        return ""
    minutes = keys[TIME].to_numpy()[mine]
    hours = (minutes - minutes[0]) / 60
    positive = keys[TARGET].to_numpy()[mine] == 1
    hours, positive = _thin(hours), _thin(positive)
    with mpl.rc_context(STYLE):
        figure, axes = axes_of(2.9)
        axes.broken_barh(
            _stretches(positive, hours), (0, 1.02), color=SHADE, linewidth=0, label="positive"
        )
        for name, scores in commits.items():
            axes.plot(hours, _thin(scores[mine]), label=name, **pen(name))
        axes.set(
            xlim=(0, max(float(hours[-1]), 1e-9)),
            ylim=(0, 1.02),
            xlabel=f"hours of {entity}",
            ylabel="score",
        )
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
        legend(axes)
        return svg(figure, f"Scores of {plain(algorithm)} over time for {entity}, head and base")


def _telling(evidence: Evidence, differs: Floats) -> tuple[npt.NDArray[np.intp], str]:
    # The entity whose positives the commits judge most differently; if they agree, the one with
    # most positives.
    keys = evidence.keys
    code, names = keys[ENTITY].factorize()
    positive = (keys[TARGET].to_numpy() == 1) * 1.0
    apart = np.bincount(code, weights=positive * differs, minlength=len(names))
    count = np.bincount(code, weights=positive, minlength=len(names))
    chosen = int(np.lexsort((count, apart))[-1])
    mine = np.flatnonzero(code == chosen)
    return mine[np.argsort(keys[TIME].to_numpy()[mine], kind="stable")], plain(names[chosen], 40)


def _thin(line: npt.NDArray[Any]) -> npt.NDArray[Any]:
    # The highest of each stretch, so that no peak is lost.
    step = -(-len(line) // MOST_POINTS)
    return line if step <= 1 else np.maximum.reduceat(line, np.arange(0, len(line), step))


def _stretches(positive: npt.NDArray[np.bool_], hours: Floats) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(positive.astype(int), prepend=0, append=0))
    half = float(np.median(np.diff(hours))) / 2 if len(hours) > 1 else 0.5
    return [
        (hours[a] - half, hours[b - 1] - hours[a] + 2 * half)
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
