"""Two classes: scores from 0 to 1, of which the positive class should have the high ones.

With times, also events.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from clockwork.gate.events import Sweep, alerts, delay, recall
from clockwork.gate.metric import Metric, Weighted, from_sums, per_row
from clockwork.gate.probability import calibration_gaps, divide, log_loss, squared_error
from clockwork.gate.ranking import own_precision
from clockwork.gate.resamples import Columns
from clockwork.gate.rows import Rows, Scored
from clockwork.gate.tasks.task import Floats, Task, Weights, table

FEW, MANY = 0.5, 3.0  # false notifications per entity and day that a shift puts up with
HALF = 0.5


def _two_classes(metric: Weighted) -> Weighted:
    def of_two_classes(scored: Scored, weights: Weights) -> Floats:
        return np.where(scored.rows.one_class(weights), np.nan, metric(scored, weights))

    return of_two_classes


def _mean_of(
    name: str,
    loss: Callable[[npt.NDArray[np.int8], Floats], Floats],
    known: Mapping[str, float] | None = None,
) -> Metric:
    def columns(scored: Scored) -> Floats:
        return scored.rows.sum(loss(scored.rows.label, scored.scores))[:, None]

    def mean(totals: Floats, rows: Rows, weights: Weights) -> Floats:
        return np.where(rows.one_class(weights), np.nan, per_row(totals, rows, weights))

    return replace(from_sums(name, -1, columns, mean), known=known or {})


def _mean_of_own(totals: Floats, rows: Rows, weights: Weights) -> Floats:
    return np.where(rows.one_class(weights), np.nan, divide(totals[:, 0], totals[:, 1]))


def _gaps(scored: Scored) -> Columns:
    rows = scored.rows
    return calibration_gaps(rows.entity, rows.label, scored.scores, rows.entities)


def _calibration_error(totals: Floats, rows: Rows, weights: Weights) -> Floats:
    # Of all rows. Source: Naeini, Cooper and Hauskrecht (2015).
    found = divide(np.abs(totals).sum(axis=1), rows.counted(weights))
    return np.where(rows.one_class(weights), np.nan, found)


def _swept(metric: Callable[[Sweep, Weights, float], Floats], budget: float) -> Weighted:
    def found(scored: Scored, weights: Weights) -> Floats:
        return (
            np.full(len(weights), np.nan)
            if scored.sweep is None
            else metric(scored.sweep, weights, budget)
        )

    return _two_classes(found)


def _alerts_per_day(scored: Scored, weights: Weights) -> Floats:
    line = scored.rows.timeline
    if line is None:
        return np.full(len(weights), np.nan)
    return alerts(line, scored.scores[line.order], scored.threshold, weights)


METRICS = table(
    Metric("average_precision", 1, _two_classes(lambda scored, weights: scored.ranked(weights)[0])),
    # Each entity's own average precision, so that a large one counts like a small one.
    from_sums(
        "mean_average_precision", 1, lambda scored: own_precision(scored.ladder), _mean_of_own
    ),
    Metric("roc_auc", 1, _two_classes(lambda scored, weights: scored.ranked(weights)[1])),
    _mean_of("log_loss", log_loss),
    _mean_of("brier", squared_error),
    from_sums("calibration_error", -1, _gaps, _calibration_error),
    Metric("event_recall_at_0_5", 1, _swept(recall, FEW), timed=True),
    Metric("event_recall_at_3", 1, _swept(recall, MANY), timed=True),
    Metric("detection_delay", -1, _swept(delay, MANY), timed=True),
    Metric("alerts_per_day", -1, _alerts_per_day, acts=True, timed=True),
)


def _unfit(rows: Rows) -> str | None:
    total, positives = len(rows.label), int((rows.label == 1).sum())
    return f"all {total} evaluation rows are of one class" if positives in (0, total) else None


def _fault(_: Rows, runs: Floats) -> str | None:
    if not np.isfinite(runs).all():
        return f"has {int((~np.isfinite(runs)).sum())} scores that are not finite"
    if (runs == runs[:, :1]).all(axis=1).any():
        return "gives every row the same score"
    return "has scores outside 0 to 1" if runs.min() < 0 or runs.max() > 1 else None


def replaced(one: Floats, other: Floats, thresholds: tuple[float, float]) -> Floats:
    """The share of alerts of one run alone: each run (runs, rows) of `one` against each of `other`.

    A Jaccard distance (runs of one, runs of other); 0 where neither run has an alert.
    """
    of_one, of_other = (runs >= at for runs, at in zip((one, other), thresholds, strict=True))
    some = of_one.any(axis=0) | of_other.any(axis=0)
    left, right = (alerts[:, some].astype(np.float32) for alerts in (of_one, of_other))
    both = (left @ right.T).astype(np.float64)
    either = (
        left.sum(axis=1, dtype=np.float64)[:, None] + right.sum(axis=1, dtype=np.float64) - both
    )
    return np.asarray(1 - np.divide(both, either, out=np.ones_like(both), where=either > 0))


TASK = Task(
    name="binary",
    metrics=METRICS,
    primary="average_precision",
    cases="clusters with a positive",
    unfit=_unfit,
    fault=_fault,
    spoiled=lambda scored: np.asarray(1.0 - scored.scores),
    replaced=lambda _, one, other: replaced(one, other, (HALF, HALF)),
    known=(),  # gate/known.py has them, with times
    guardrails={"roc_auc": 0.02, "log_loss": 0.05},
    positives=True,
    alerts=True,
)
