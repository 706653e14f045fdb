"""How well scores order the rows: average precision and the area under the ROC curve, pooled and by entity."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.float32]
CHUNK = 64  # resamples at a time: their rows stay in the processor's cache
BLOCK = 16  # steps whose running sums are one product


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


def climb(entity: npt.NDArray[np.intp], label: npt.NDArray[np.int8], scores: Floats, entities: int) -> Ladder:
    """The ladder of scores (rows,) with the codes and labels of their rows."""
    negative = label == 0
    steps = np.unique(scores[~negative])
    rank = len(steps) - np.searchsorted(steps, scores, side="right")
    reached = rank < len(steps)
    tied = reached & (steps[len(steps) - 1 - np.minimum(rank, len(steps) - 1)] == scores) if len(steps) else reached

    def count(which: npt.NDArray[np.bool_]) -> Counts:
        flat = entity[which] * len(steps) + rank[which]
        counts = np.bincount(flat, minlength=entities * len(steps))
        return counts.reshape(entities, len(steps)).astype(np.float32)

    above = np.cumsum(count(negative & reached), axis=1, dtype=np.float32)
    total = np.bincount(entity[negative], minlength=entities).astype(np.float32)
    return Ladder(count(~negative), above, count(negative & tied), total)


def average_precision(ladder: Ladder, weights: Floats) -> Floats:
    """Mean over positive rows of the precision at their score, ties taken together (as scikit-learn has it)."""
    gain = sparse.csr_array(ladder.positives_at.T)  # nearly every step is one row of one entity
    above = np.ascontiguousarray(ladder.negatives_above.T)
    out = np.full(len(weights), np.nan)
    for start in range(0, len(weights), CHUNK):
        w = np.ascontiguousarray(weights[start : start + CHUNK].T, dtype=np.float32)
        gained = gain @ w
        true = running(gained)
        reached = above @ w
        reached += true
        # Where nothing is reached nothing is true, and the ratio of 0 to 1 is as good as any.
        precision = np.divide(true, np.maximum(reached, 1, out=reached), dtype=np.float64)
        precision *= gained
        total = gained.sum(axis=0, dtype=np.float64)
        np.divide(precision.sum(axis=0), total, out=out[start : start + CHUNK], where=total > 0)
    return out


def running(counts: Counts) -> Counts:
    """Running sums down the columns of `counts` (steps, resamples), by products of blocks: quicker than numpy's."""
    steps, lanes = counts.shape
    blocks = -(-steps // BLOCK)
    padded = np.zeros((blocks * BLOCK, lanes), dtype=np.float32)
    padded[:steps] = counts
    sums = np.matmul(np.tri(BLOCK, dtype=np.float32), padded.reshape(blocks, BLOCK, lanes))
    sums[1:] += np.cumsum(sums[:-1, -1], axis=0)[:, None]
    return np.asarray(sums.reshape(blocks * BLOCK, lanes)[:steps], dtype=np.float32)


def mean_average_precision(ladder: Ladder, weights: Floats) -> Floats:
    """Mean over entities with a positive of their own average precision: a large one counts like a small one."""
    owner, step = np.nonzero(ladder.positives_at)
    found = ladder.positives_at[owner, step].astype(np.float64)
    positives = np.bincount(owner, weights=found, minlength=len(ladder.negatives))
    true = np.cumsum(found) - (np.cumsum(positives) - positives)[owner]
    precision = true / (true + ladder.negatives_above[owner, step])
    sums = np.bincount(owner, weights=found * precision, minlength=len(positives))
    own = np.divide(sums, positives, out=np.zeros(len(sums)), where=positives > 0)
    holders = weights @ (positives > 0).astype(np.float64)
    out = np.full(len(weights), np.nan)
    np.divide(weights @ own, holders, out=out, where=holders > 0)
    return out


def roc_auc(ladder: Ladder, weights: Floats) -> Floats:
    """Concordance of entity pairs: positives of one against negatives of another, a tie counts a half."""
    positives = ladder.positives_at.sum(axis=1, dtype=np.float64)
    pairs = (weights @ positives) * (weights @ ladder.negatives.astype(np.float64))
    ahead = ladder.negatives_above.astype(np.float64) - 0.5 * ladder.negatives_at
    lost = np.asarray(sparse.csr_array(ladder.positives_at.astype(np.float64)) @ ahead.T)
    lost_pairs = np.einsum("ij,ij->i", weights @ lost, weights)
    out = np.full(len(weights), np.nan)
    np.divide(pairs - lost_pairs, pairs, out=out, where=pairs > 0)
    return out
