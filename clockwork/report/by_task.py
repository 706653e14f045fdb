"""The figures of tasks that are not binary: what became of numbers, of classes, of lists."""

from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import numpy.typing as npt

from clockwork.compare.paired_scores import Evidence
from clockwork.gate.rows import Rows, Scored
from clockwork.gate.tasks.ranking import METRICS as RANKING
from clockwork.report.phrases import plain
from clockwork.report.plots import (
    BASE,
    FAINT,
    HEAD,
    STYLE,
    Floats,
    axes_of,
    legend,
    pen,
    runs_of,
    svg,
)

Sides = dict[str, Floats]  # the predictions (runs, rows) or (runs, rows, classes) of base and head
Drawn = tuple[str, str]  # a title, and the figure below it
BINS, MOST_CLASSES = 10, 20


def figures(task: str, rows: Rows, sides: Sides) -> list[Drawn]:
    """The figures of a task, each with its title; none of a task that has none here."""
    draw: dict[str, list[tuple[str, Callable[[Rows, Sides], str]]]] = {
        "regression": [
            ("Predicted against actual", actual),
            ("Absolute error by decile of the target", errors),
        ],
        "multiclass": [("Recall of each class", recall), ("Confusion of head", confusion)],
        "ranking": [("nDCG@10 by length of the query", by_length)],
    }
    with mpl.rc_context(STYLE):
        return [(title, one(rows, sides)) for title, one in draw.get(task, [])]


def figures_of(evidence: Evidence, algorithm: str) -> list[Drawn]:
    """The figures of one algorithm of a pull request; none where head has no scores."""
    sides = runs_of(evidence, algorithm)
    return figures(evidence.task.name, evidence.rows(), sides) if "head" in sides else []


def _deciles(values: Floats) -> npt.NDArray[np.intp]:
    """The decile (rows,) of each value, from 0."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)))
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, max(0, len(edges) - 2))


def _means(place: npt.NDArray[np.intp], values: Floats) -> Floats:
    counts = np.bincount(place)
    return np.asarray(np.bincount(place, weights=values)[counts > 0] / counts[counts > 0])


def actual(rows: Rows, sides: Sides) -> str:
    """The mean target against the mean prediction in each decile of the predictions."""
    figure, axes = axes_of(2.9, left=0.18)
    for name, runs in sides.items():
        predicted = runs.mean(axis=0)
        place = _deciles(predicted)
        axes.plot(
            _means(place, predicted),
            _means(place, rows.label),
            marker="o",
            markersize=4,
            label=name,
            **pen(name),
        )
    low, high = np.quantile(rows.label, [0.01, 0.99])
    axes.plot([low, high], [low, high], color=FAINT, linewidth=1, linestyle=":", label="equal")
    axes.set(xlabel="mean prediction", ylabel="mean target")
    legend(axes)
    return svg(figure, "Mean target against mean prediction by decile, head and base")


def errors(rows: Rows, sides: Sides) -> str:
    """The mean absolute error in each decile of the target."""
    place = _deciles(rows.label.astype(np.float64))
    figure, axes = axes_of(2.9, left=0.16)
    for name, runs in sides.items():
        found = _means(place, np.abs(runs - rows.label).mean(axis=0))
        axes.plot(
            np.arange(len(found)) + 1, found, marker="o", markersize=4, label=name, **pen(name)
        )
    axes.set(xlabel="decile of the target", ylabel="absolute error", ylim=(0, None))
    legend(axes)
    return svg(figure, "Mean absolute error by decile of the target, head and base")


def _first_of(rows: Rows) -> str:
    count = len(rows.classes)
    return f" (the first {MOST_CLASSES} of {count} classes)" if count > MOST_CLASSES else ""


def recall(rows: Rows, sides: Sides) -> str:
    """The share of each class that is found, the mean over runs."""
    label, size = rows.label.astype(np.intp), min(len(rows.classes), MOST_CLASSES)
    figure, axes = axes_of(2.9)
    for shift, (name, runs) in zip((-0.2, 0.2), sides.items(), strict=False):
        right = (runs.argmax(axis=2) == label).mean(axis=0)
        found = [
            float(right[label == one].mean()) if (label == one).any() else 0.0
            for one in range(size)
        ]
        axes.bar(
            np.arange(size) + shift, found, 0.4, label=name, color=HEAD if name == "head" else BASE
        )
    axes.set_xticks(range(size), [plain(name, 12) for name in rows.classes[:size]])
    axes.set(xlabel=_first_of(rows).strip(), ylabel="recall", ylim=(0, 1.02))
    legend(axes)
    return svg(figure, "Recall of each class, head and base")


def confusion(rows: Rows, sides: Sides) -> str:
    """Of each true class (a row), the share that head takes for each class."""
    label, runs = rows.label.astype(np.intp), sides["head"]
    size, shown = runs.shape[2], min(runs.shape[2], MOST_CLASSES)
    cell = (label * size + runs.argmax(axis=2)).ravel()
    counts = np.bincount(cell, minlength=size * size).reshape(size, size)
    shares = (counts / np.maximum(1, counts.sum(axis=1, keepdims=True)))[:shown, :shown]
    figure, axes = axes_of(3.6, left=0.17)
    axes.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1)
    for (true, predicted), share in np.ndenumerate(shares):
        axes.text(predicted + 0.5, true + 0.5, f"{share:.0%}", ha="center", va="center", fontsize=8,
                  color="white" if share > 0.5 else FAINT)  # fmt: skip
    names = [plain(name, 12) for name in rows.classes[:shown]]
    axes.set_xticks(np.arange(shown) + 0.5, names)
    axes.set_yticks(np.arange(shown) + 0.5, names)
    axes.set(xlabel=f"predicted by head{_first_of(rows)}", ylabel="true")
    axes.invert_yaxis()
    return svg(figure, "Shares of each true class that head takes for each class")


def by_length(rows: Rows, sides: Sides) -> str:
    """nDCG@10 of queries of about one length, the mean over runs."""
    query = rows.entity if rows.query is None else rows.query
    length = np.bincount(query)[query].astype(np.float64)
    place = _deciles(length)
    figure, axes = axes_of(2.9)
    for name, runs in sides.items():
        found = [_ndcg(rows, runs, place == one) for one in np.unique(place)]
        axes.plot(_means(place, length), found, marker="o", markersize=4, label=name, **pen(name))
    axes.set(xlabel="items of a query", ylabel="nDCG@10", ylim=(0, 1.02))
    legend(axes)
    return svg(figure, "nDCG@10 by length of the query, head and base")


def _ndcg(rows: Rows, runs: Floats, keep: npt.NDArray[np.bool_]) -> float:
    query = rows.entity if rows.query is None else rows.query
    code = np.unique(query[keep], return_inverse=True)[1]
    part = Rows(code, rows.label[keep], int(code.max()) + 1)
    return float(np.mean([RANKING["ndcg_at_10"].value(Scored(part, run[keep])) for run in runs]))
