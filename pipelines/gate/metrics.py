"""Every metric, declared once, in the weighted form that a bootstrap over entities needs.

A resample is a row of multiplicities, one for each entity, so a metric is a function of per-entity counts
and sums: those are gathered once for each set of scores, and any number of resamples are matrix products.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float64]
CLIP = 1e-15


@dataclass(frozen=True)
class Rows:
    """The rows that judge: `entity` (codes 0..n-1), `label` (0/1) and how many entities there are."""

    entity: npt.NDArray[np.intp]
    label: npt.NDArray[np.int8]
    entities: int

    @property
    def positive_entities(self) -> int:
        """How many entities have at least one positive row."""
        return len(np.unique(self.entity[self.label == 1]))


@dataclass(frozen=True)
class Ladder:
    """Per-entity counts above each distinct score of a positive row, scores falling.

    `above_neg`, `above_pos` (entities, thresholds): negatives and positives at or above the threshold;
    `tied_neg`: negatives exactly at it; `at_pos`: positives exactly at it.
    """

    above_neg: npt.NDArray[np.float32]
    above_pos: npt.NDArray[np.float32]
    tied_neg: npt.NDArray[np.float32]
    at_pos: npt.NDArray[np.float32]
    negatives: npt.NDArray[np.float32]


def ladder(rows: Rows, scores: Floats) -> Ladder:
    """Sort once, count once. float32 counts exactly below 16.7 million."""
    steps = np.unique(scores[rows.label == 1])[::-1]
    rank = len(steps) - np.searchsorted(steps[::-1], scores, side="right")
    tied = (rank < len(steps)) & (steps[np.minimum(rank, len(steps) - 1)] == scores)
    negative = rows.label == 0

    def count(which: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
        flat = rows.entity[which] * len(steps) + rank[which]
        size = rows.entities * len(steps)
        return np.bincount(flat, minlength=size).reshape(rows.entities, -1).astype(np.float32)

    reached = rank < len(steps)
    at_pos = count(~negative & reached)
    return Ladder(
        np.cumsum(count(negative & reached), axis=1, dtype=np.float32),
        np.cumsum(at_pos, axis=1, dtype=np.float32),
        count(negative & tied),
        at_pos,
        np.bincount(rows.entity[negative], minlength=rows.entities).astype(np.float32),
    )


def _average_precision(rows: Rows, scores: Floats, weights: Weights) -> Floats:
    # Mean over positive rows of the precision at their score, ties taken together (as scikit-learn has it).
    steps = ladder(rows, scores)
    w = weights.astype(np.float32)
    true = (w @ steps.above_pos).astype(np.float64)
    false = (w @ steps.above_neg).astype(np.float64)
    gained = np.diff(true, axis=1, prepend=0.0)
    precision = np.divide(true, true + false, out=np.zeros_like(true), where=true > 0)
    total = true[:, -1]
    return np.divide((gained * precision).sum(axis=1), total, out=np.full(len(w), np.nan), where=total > 0)


def _roc_auc(rows: Rows, scores: Floats, weights: Weights) -> Floats:
    # Concordance of entity pairs: positives of one against negatives of another, a tie counts a half.
    steps = ladder(rows, scores)
    beaten = (steps.above_neg - 0.5 * steps.tied_neg).astype(np.float64)
    positives = steps.above_pos[:, -1].astype(np.float64)
    negatives = steps.negatives.astype(np.float64)
    lost = steps.at_pos.astype(np.float64) @ beaten.T
    pairs = (weights @ positives) * (weights @ negatives)
    lost_pairs = ((weights @ lost) * weights).sum(axis=1)
    return 1.0 - np.divide(lost_pairs, pairs, out=np.full(len(weights), np.nan), where=pairs > 0)


def _mean_over_rows(loss: Callable[[Rows, Floats], Floats]) -> Callable[[Rows, Floats, Weights], Floats]:
    def metric(rows: Rows, scores: Floats, weights: Weights) -> Floats:
        sums = np.bincount(rows.entity, weights=loss(rows, scores), minlength=rows.entities)
        counts = np.bincount(rows.entity, minlength=rows.entities).astype(np.float64)
        return np.asarray((weights @ sums) / (weights @ counts), dtype=np.float64)

    return metric


def _log_loss(rows: Rows, scores: Floats) -> Floats:
    chance = np.clip(scores, CLIP, 1 - CLIP)
    return -np.where(rows.label == 1, np.log(chance), np.log1p(-chance))


@dataclass(frozen=True)
class Metric:
    """A number that says how good scores are.

    `weighted(rows, scores, weights)` takes multiplicities (resamples, entities) and gives one value for
    each resample; NaN where a resample holds one class only. `sign` is 1 where higher is better, else -1.
    """

    name: str
    sign: int
    weighted: Callable[[Rows, Floats, Weights], Floats]

    def value(self, rows: Rows, scores: Floats) -> float:
        """The metric on the rows as they are."""
        return float(self.weighted(rows, scores, np.ones((1, rows.entities)))[0])


METRICS = {
    metric.name: metric
    for metric in (
        Metric("average_precision", 1, _average_precision),
        Metric("roc_auc", 1, _roc_auc),
        Metric("log_loss", -1, _mean_over_rows(_log_loss)),
    )
}
