"""How well scores order the rows: average precision and ROC AUC, pooled and by entity.

All counts are sparse, so memory and time grow with rows. The mean of the entities' own average
precisions is a ratio of sums by entity, which is exact; the pooled metrics are not, and are counted
on the steps of every resample.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from clockwork.gate.probability import divide
from clockwork.gate.resamples import OFTEN, Counts, Lanes

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Sparse = sparse.csr_array | sparse.csc_array
ENTER = np.iinfo(np.int16).max // (2 * OFTEN)  # negatives at a step, at most, but for equal ones
BLOCK = 16  # steps whose running sums are one product
SO_FAR = np.tri(BLOCK, dtype=np.float32)
NEGLIGIBLE = 1e-300  # added to counts that may be 0; it changes no other count
STRETCH = 1024  # steps at a time: their resampled counts stay in the processor's cache


@dataclass(frozen=True)
class Ladder:
    """Rows on a ladder of thresholds: the distinct scores of positive rows, falling.

    Where many negative rows lie between two of them, there are steps without a positive, too, which
    count for nothing. `entity` and `step` are those of the positive rows, and of the negative ones
    at or above the lowest step: these first enter at their step. `tied` marks negatives exactly at
    the score of a positive one. `order` (entities,) is that of the entities in lanes of 16 bits.
    """

    order: Codes
    steps: int
    positive_entity: Codes
    positive_step: Codes
    negative_entity: Codes
    negative_step: Codes
    tied: npt.NDArray[np.bool_]

    @property
    def entities(self) -> int:
        """How many there are."""
        return len(self.order)

    @cached_property
    def short(self) -> bool:
        """Whether no resampled count of one step can be more than 16 bits hold."""
        most = [
            np.bincount(step).max(initial=0) for step in (self.positive_step, self.negative_step)
        ]
        return bool(max(most) * OFTEN <= np.iinfo(np.int16).max)

    @cached_property
    def parts(self) -> list[tuple[Sparse, ...]]:
        """Counts (steps, entities) of positives, entering and tied negatives, some steps at a time.

        A product walks down one side and jumps about on the other, which should be the shorter one.
        Where that is the steps, they are one part.
        """
        positives = self._counts(self.positive_entity, self.positive_step)
        entering = self._counts(self.negative_entity, self.negative_step)
        tied = self._counts(self.negative_entity[self.tied], self.negative_step[self.tied])
        if self.entities > self.steps:
            return [(positives.tocsc(), entering.tocsc(), tied.tocsc())]
        cuts = range(0, self.steps, STRETCH)
        return [
            tuple(counts[cut : cut + STRETCH] for counts in (positives, entering, tied))
            for cut in cuts
        ]

    def _counts(self, entity: Codes, step: Codes) -> sparse.csr_array:
        ones = np.ones(len(entity), dtype=np.int16 if self.short else np.float32)
        lane = self._place[entity] if self.short else entity
        # Half of what a product reads of them.
        places = (step.astype(np.int32), lane.astype(np.int32))
        return sparse.csr_array((ones, places), shape=(self.steps, self.entities))

    @cached_property
    def _place(self) -> Codes:
        # Where each entity stands in `order`.
        place = np.empty_like(self.order)
        place[self.order] = np.arange(len(place))
        return place

    def walk(self, lanes: Lanes) -> Iterator[tuple[Counts, Counts, Counts, Counts]]:
        """Resampled counts (some steps, resamples).

        They are of positives at a step and so far, of negatives so far and tied.
        """
        true, false = np.zeros((2, lanes.shape[1]), dtype=np.float32)
        for at_step, entering, tied in self._resampled(lanes):
            gained, entered, ties = (
                counts.astype(np.float32) for counts in (at_step, entering, tied)
            )
            so_far, reached = running(gained), running(entered)
            so_far += true
            reached += false
            true, false = so_far[-1].copy(), reached[-1].copy()
            yield gained, so_far, reached, ties

    def _resampled(self, lanes: Lanes) -> Iterator[tuple[Lanes, ...]]:
        # The three counts, a stretch of steps at a time; no ties are no rows.
        for part in self.parts:
            resampled = [counts @ lanes for counts in part[:2]] + [
                part[2] @ lanes if part[2].nnz else lanes[:0]
            ]
            for start in range(0, len(resampled[0]), STRETCH):
                yield tuple(counts[start : start + STRETCH] for counts in resampled)


def climb(entity: Codes, label: npt.NDArray[np.int8], scores: Floats, order: Codes) -> Ladder:
    """The ladder of scores (rows,) with their rows' codes and labels; `order` as in `Ladder`."""
    negative = label == 0
    own = np.unique(scores[~negative])
    steps = np.unique(np.concatenate([own, _between(scores[negative], own)]))
    rising = np.searchsorted(steps, scores, side="right") - 1
    rank = len(steps) - 1 - rising
    reached = negative & (rising >= 0)
    entered = rising[reached]
    return Ladder(
        order=order,
        steps=len(steps),
        positive_entity=entity[~negative],
        positive_step=rank[~negative],
        negative_entity=entity[reached],
        negative_step=rank[reached],
        tied=np.isin(steps, own)[entered] & (steps[entered] == scores[reached]),
    )


def _between(negatives: Floats, steps: Floats) -> Floats:
    # Thresholds between `steps`, so that no more negatives enter at one than 16 bits can count.
    rising = np.sort(negatives)
    first = np.searchsorted(rising, steps)
    if not len(steps) or np.diff(first, append=len(rising)).max() <= ENTER:
        return steps[:0]
    return rising[first[0] :: ENTER]


def precision_and_concordance(
    ladder: Ladder, blocks: Sequence[Lanes], positives: Floats, negatives: Floats
) -> tuple[Floats, Floats]:
    """Average precision and ROC AUC (resamples,) of resamples in `blocks` (entities, resamples).

    `positives` and `negatives` (resamples,) are how many rows of each class a resample has.

    Average precision is the mean over positive rows of the precision at their score, ties taken
    together (as scikit-learn has it). AUC is the share of pairs of a positive and a negative row
    that are in order; a tie is half.
    """
    precise, lost = np.hstack([_sums(ladder, block) for block in blocks])
    pairs = positives * negatives
    return divide(precise, positives), divide(pairs - lost, pairs)


def _sums(ladder: Ladder, lanes: Lanes) -> Floats:
    # Of each resample (2, resamples): the precision at its positive rows, and its pairs out of
    # order.
    precise, lost = sums = np.zeros((2, lanes.shape[1]))
    for gained, true, reached, tied in ladder.walk(lanes):
        weight = gained.astype(np.float64)
        lost += np.einsum("ij,ij->j", weight, reached - 0.5 * tied if len(tied) else reached)
        reached += true
        precision = true.astype(np.float64)
        precision /= reached.astype(np.float64) + NEGLIGIBLE
        precise += np.einsum("ij,ij->j", weight, precision)
    return sums


def running(counts: Counts) -> Counts:
    """Running sums down the columns of `counts` (steps, resamples).

    They are made by products of blocks: quicker than numpy's.
    """
    steps, lanes = counts.shape
    blocks = -(-steps // BLOCK)
    padded = (
        counts if steps == blocks * BLOCK else np.zeros((blocks * BLOCK, lanes), dtype=np.float32)
    )
    padded[:steps] = counts
    sums = np.matmul(SO_FAR, padded.reshape(blocks, BLOCK, lanes))
    if blocks > 1:
        sums[1:] += running(sums[:-1, -1])[:, None]
    return np.asarray(sums.reshape(blocks * BLOCK, lanes)[:steps], dtype=np.float32)


def own_precision(ladder: Ladder) -> Floats:
    """Sums by entity (entities, 2): its own average precision, and 1.

    Both are 0 where it has no positive.
    """
    entities = ladder.entities
    cell = np.concatenate([ladder.positive_entity, ladder.negative_entity]) * ladder.steps
    cell += np.concatenate([ladder.positive_step, ladder.negative_step])
    cells, place = np.unique(cell, return_inverse=True)
    owner, here = cells // max(1, ladder.steps), len(ladder.positive_entity)
    true, false = (np.bincount(part, minlength=len(cells)) for part in (place[:here], place[here:]))
    true_so_far, false_so_far = (_within(owner, count, entities) for count in (true, false))
    precision = true * true_so_far / np.maximum(1, true_so_far + false_so_far)
    positives = np.bincount(ladder.positive_entity, minlength=entities)
    sums = np.bincount(owner, weights=precision, minlength=entities)
    return np.stack([sums / np.maximum(1, positives), positives > 0], axis=1)


def _within(owner: Codes, counts: npt.NDArray[np.intp], entities: int) -> npt.NDArray[np.intp]:
    # Running sums that begin anew with each owner.
    totals = np.bincount(owner, weights=counts, minlength=entities).astype(np.intp)
    return np.asarray(np.cumsum(counts) - (np.cumsum(totals) - totals)[owner])
