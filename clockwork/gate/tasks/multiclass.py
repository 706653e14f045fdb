"""Several classes: a chance for each (rows, classes); the true one should have the highest.

`label` is the number of a row's class, `Rows.classes` are their names. A class's recall is a slice
of its own.
"""

from collections.abc import Callable

import numpy as np

from clockwork.gate.metric import mean_of_rows
from clockwork.gate.probability import CLIP, divide
from clockwork.gate.tasks.task import (
    Bools,
    Floats,
    Known,
    Metric,
    Rows,
    Scored,
    Task,
    Weights,
    distance,
    finite,
    table,
)

TOP = 3
SUM = 1e-3  # how far a row's chances may be from 1 together


def _true(scored: Scored) -> Floats:
    return np.asarray(
        np.take_along_axis(scored.scores, scored.rows.label[:, None].astype(np.intp), axis=1)[:, 0]
    )


def _log_loss(scored: Scored) -> Floats:
    return np.asarray(-np.log(np.clip(_true(scored) / scored.scores.sum(axis=1), CLIP, 1.0)))


def _right(scored: Scored) -> Floats:
    return np.asarray(scored.scores.argmax(axis=1) == scored.rows.label, dtype=np.float64)


def _among_the_first(scored: Scored) -> Floats:
    # Of equal chances the lower class comes first, as argmax has it.
    true, before = (
        _true(scored)[:, None],
        np.arange(scored.scores.shape[1]) < scored.rows.label[:, None],
    )
    above = (scored.scores > true) | ((scored.scores == true) & before)
    return np.asarray(above.sum(axis=1) < TOP, dtype=np.float64)


def _counted(name: str, value: Callable[[Floats, Floats, Floats], Floats]) -> Metric:
    def weighted(scored: Scored, weights: Weights) -> Floats:
        return value(*scored.confused(weights))

    return Metric(name, 1, weighted)


def _macro_f1(found: Floats, true: Floats, predicted: Floats) -> Floats:
    # The mean over the classes that are true or predicted in a resample.
    there = (true + predicted) > 0
    return divide(
        (2 * found / np.maximum(1, true + predicted)).sum(axis=1),
        there.sum(axis=1).astype(np.float64),
    )


def _weighted_f1(found: Floats, true: Floats, predicted: Floats) -> Floats:
    return divide(
        (2 * found / np.maximum(1, true + predicted) * true).sum(axis=1), true.sum(axis=1)
    )


def _balanced(found: Floats, true: Floats, _: Floats) -> Floats:
    return divide(
        (found / np.maximum(1, true)).sum(axis=1), (true > 0).sum(axis=1).astype(np.float64)
    )


METRICS = table(
    mean_of_rows("log_loss", -1, _log_loss),
    _counted("macro_f1", _macro_f1),
    _counted("weighted_f1", _weighted_f1),
    _counted("balanced_accuracy", _balanced),
    mean_of_rows("accuracy", 1, _right),
    mean_of_rows(f"top_{TOP}_accuracy", 1, _among_the_first),
)


def _unfit(rows: Rows) -> str | None:
    return (
        f"all {len(rows.label)} evaluation rows are of one class"
        if len(np.unique(rows.label)) < 2
        else None
    )


def _fault(rows: Rows, runs: Floats) -> str | None:
    if runs.ndim != 3 or runs.shape[2] <= int(rows.label.max()):
        return "has no chance for every class"
    lost = finite(runs)
    if lost:
        return lost
    if runs.min() < 0 or (np.abs(runs.sum(axis=2) - 1) > SUM).any():
        return "has chances that are negative or do not add up to 1"
    return None


def _turned(scored: Scored) -> Floats:
    return np.asarray((1 - scored.scores) / max(1, scored.scores.shape[1] - 1))


def _parts(rows: Rows) -> dict[str, tuple[str, Bools]]:
    return {
        f"class {name}": ("accuracy", rows.label == code) for code, name in enumerate(rows.classes)
    }


def _known() -> tuple[Known, ...]:
    rows = Rows(
        np.array([0, 0, 1, 2]), np.array([0, 1, 2, 2]), 3, classes=("a", "b", "c"), every=True
    )
    some = Scored(
        rows, np.array([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25], [0.25, 0.25, 0.5], [0.5, 0.5, 0.0]])
    )
    sure = Scored(rows, np.eye(3)[rows.label])
    third = np.log(4) + 2 * np.log(2) - np.log(CLIP)
    answers = {
        "log_loss": (third / 4, 0.0),
        "macro_f1": ((1 / 2 + 0 + 2 / 3) / 3, 1.0),
        "weighted_f1": ((1 / 2 + 0 + 2 * 2 / 3) / 4, 1.0),
        "balanced_accuracy": ((1 + 0 + 1 / 2) / 3, 1.0),
        "accuracy": (1 / 2, 1.0),
        "top_3_accuracy": (1.0, 1.0),
    }
    four = Rows(np.arange(3), np.array([0, 1, 3]), 3, classes=("a", "b", "c", "d"), every=True)
    fourth = Known("top_3_accuracy", Scored(four, np.full((3, 4), 0.25)), 2 / 3)
    pairs = (
        (name, case, value)
        for name, both in answers.items()
        for case, value in zip((some, sure), both, strict=True)
    )
    return (*(Known(*one) for one in pairs), fourth)


TASK = Task(
    name="multiclass",
    metrics=METRICS,
    primary="log_loss",
    cases="clusters",
    unfit=_unfit,
    fault=_fault,
    spoiled=_turned,
    replaced=lambda _, one, other: distance(one.argmax(axis=2), other.argmax(axis=2), np.not_equal),
    known=_known(),
    guardrails={"macro_f1": 0.05, "accuracy": 0.03},
    parts=_parts,
)
