"""Every metric, declared once, in the weighted form that a bootstrap over entities needs.

A resample is a row of multiplicities, one for each entity, so a metric is a function of per-entity counts
and sums: those are gathered once for each set of scores, and any number of resamples are matrix products.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.float32]
Weights = npt.NDArray[np.float64]
CLIP = 1e-15
CHUNK = 64  # resamples at a time: their rows stay in the processor's cache


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
    """Per-entity counts on a ladder of thresholds: the distinct scores of positive rows, falling.

    Arrays are (entities, thresholds): positives at a threshold, negatives at or above it, negatives exactly
    at it. `negatives` counts all of an entity's. float32 counts exactly below 16.7 million.
    """

    positives_at: Counts
    negatives_above: Counts
    negatives_at: Counts
    negatives: Counts


@dataclass(frozen=True)
class Scored:
    """One run's scores (rows,) of the judging rows, sorted and counted once for all metrics and resamples."""

    rows: Rows
    scores: Floats

    @cached_property
    def ladder(self) -> Ladder:
        """The counts that ranking metrics need."""
        rows, negative = self.rows, self.rows.label == 0
        steps = np.unique(self.scores[~negative])
        rank = len(steps) - np.searchsorted(steps, self.scores, side="right")
        reached = rank < len(steps)
        tied = reached & (steps[len(steps) - 1 - np.minimum(rank, len(steps) - 1)] == self.scores)

        def count(which: npt.NDArray[np.bool_]) -> Counts:
            flat = rows.entity[which] * len(steps) + rank[which]
            counts = np.bincount(flat, minlength=rows.entities * len(steps))
            return counts.reshape(rows.entities, len(steps)).astype(np.float32)

        above = np.cumsum(count(negative & reached), axis=1, dtype=np.float32)
        total = np.bincount(rows.entity[negative], minlength=rows.entities).astype(np.float32)
        return Ladder(count(~negative), above, count(negative & tied), total)


def _average_precision(scored: Scored, weights: Weights) -> Floats:
    # Mean over positive rows of the precision at their score, ties taken together (as scikit-learn has it).
    steps = scored.ladder
    owners = np.flatnonzero(steps.positives_at.any(axis=1))
    positives_at = steps.positives_at[owners]
    out = np.full(len(weights), np.nan)
    for start in range(0, len(weights), CHUNK):
        w = weights[start : start + CHUNK].astype(np.float32)
        gained = (w[:, owners] @ positives_at).astype(np.float64)
        true = np.cumsum(gained, axis=1)
        reached = true + w @ steps.negatives_above
        precision = np.divide(true, reached, out=np.zeros_like(true), where=true > 0)
        total = true[:, -1]
        part = out[start : start + CHUNK]
        np.divide(np.einsum("ij,ij->i", gained, precision), total, out=part, where=total > 0)
    return out


def _roc_auc(scored: Scored, weights: Weights) -> Floats:
    # Concordance of entity pairs: positives of one against negatives of another, a tie counts a half.
    steps = scored.ladder
    positives = steps.positives_at.sum(axis=1, dtype=np.float64)
    pairs = (weights @ positives) * (weights @ steps.negatives.astype(np.float64))
    ahead = steps.negatives_above.astype(np.float64) - 0.5 * steps.negatives_at
    lost = steps.positives_at.astype(np.float64) @ ahead.T
    lost_pairs = np.einsum("ij,ij->i", weights @ lost, weights)
    out = np.full(len(weights), np.nan)
    np.divide(pairs - lost_pairs, pairs, out=out, where=pairs > 0)
    return out


def _mean_over_rows(loss: Callable[[Scored], Floats]) -> Callable[[Scored, Weights], Floats]:
    def metric(scored: Scored, weights: Weights) -> Floats:
        rows = scored.rows
        sums = np.bincount(rows.entity, weights=loss(scored), minlength=rows.entities)
        counts = np.bincount(rows.entity, minlength=rows.entities).astype(np.float64)
        return np.asarray((weights @ sums) / (weights @ counts), dtype=np.float64)

    return metric


def _log_loss(scored: Scored) -> Floats:
    chance = np.clip(scored.scores, CLIP, 1 - CLIP)
    return np.asarray(-np.where(scored.rows.label == 1, np.log(chance), np.log1p(-chance)), dtype=np.float64)


@dataclass(frozen=True)
class Metric:
    """A number that says how good scores are.

    `weighted(scored, weights)` takes multiplicities (resamples, entities) and gives one value for each
    resample; NaN where a resample holds one class only. `sign` is 1 where higher is better, else -1.
    """

    name: str
    sign: int
    weighted: Callable[[Scored, Weights], Floats]

    def value(self, scored: Scored) -> float:
        """The metric on the rows as they are."""
        return float(self.weighted(scored, np.ones((1, scored.rows.entities)))[0])


METRICS = {
    metric.name: metric
    for metric in (
        Metric("average_precision", 1, _average_precision),
        Metric("roc_auc", 1, _roc_auc),
        Metric("log_loss", -1, _mean_over_rows(_log_loss)),
    )
}
