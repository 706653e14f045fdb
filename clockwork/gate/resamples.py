"""Resamples of a cluster bootstrap: drawn once for all runs, metrics and slices, some at a time.

A resample is a row of multiplicities, one for each cluster. What many small clusters would need at
once does not fit into memory, so resamples come in chunks of at most `VALUES` multiplicities.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Columns = Floats | sparse.csr_array
Counts = npt.NDArray[np.float32]
Shorts = npt.NDArray[np.int16]
Lanes = Counts | Shorts
Weights = npt.NDArray[np.float64 | np.float32]
Codes = npt.NDArray[np.intp]
VALUES = 2**22
OFTEN = 24  # times that a cluster is drawn, at most, where resampled counts are kept in 16 bits
SUMMED = (
    1024  # entities whose sums are one product: in float64 they stay in the processor's cache, too
)
LANES = 64  # resamples at a time: their rows stay in the processor's cache
Made = TypeVar("Made")


@dataclass(frozen=True)
class Resamples:
    """`count` resamples of `entities` clusters; one `seed` gives the same ones on every walk."""

    entities: int
    count: int
    seed: int

    @property
    def size(self) -> int:
        """How many resamples come at a time."""
        return min(self.count, max(LANES, VALUES // max(1, self.entities)))

    def __iter__(self) -> Iterator[Weights]:
        """Chunks (at most `size`, entities), together `count` resamples.

        Each is gone once the next is asked for.
        """
        if self.size == self.count:
            yield self._whole
            return
        # The distribution of `resample`, counted draw by draw: 20 times quicker where clusters are
        # many. Chunks lie in memory as (entities, resamples), as lanes do: turning them and taking
        # some of them is then quick. Half the memory of float64, exact up to 16.7 million, and no
        # metric counts in whole numbers that overflow.
        generator = np.random.default_rng(self.seed)
        drawn = np.empty((self.size, self.entities), dtype=np.int16)
        kept = np.empty((self.entities, self.size), dtype=np.float32)
        for start in range(0, self.count, self.size):
            chunk = kept[:, : self.count - start].T
            for row in drawn[: len(chunk)]:
                row[:] = np.bincount(
                    generator.integers(0, self.entities, self.entities), minlength=self.entities
                )
            chunk[:] = drawn[: len(chunk)]
            yield chunk

    @cached_property
    def _whole(self) -> Weights:
        return resample(self.entities, self.count, self.seed)


def resample(entities: int, resamples: int, seed: int) -> Floats:
    """Multiplicities (resamples, entities): each row is a draw of the entities with replacement."""
    drawn = np.random.default_rng(seed).multinomial(
        entities, np.full(entities, 1 / entities), size=resamples
    )
    return drawn.astype(np.float64)


def lanes(weights: Weights) -> list[Counts]:
    """Multiplicities turned: blocks (entities, up to `LANES`) in float32, exact to 16.7 million."""
    return [np.ascontiguousarray(block.T, dtype=np.float32) for block in _blocks(weights)]


def short_lanes(weights: Weights, order: Codes) -> Sequence[Lanes]:
    """The same in 16 bits, for which half the memory is read; in float32 where one exceeds `OFTEN`.

    The entities come in `order` (entities,).
    """
    if weights.max(initial=0) > OFTEN:
        return [block.take(order, axis=0) for block in lanes(weights)]
    return [block.astype(np.int16, copy=False).T.take(order, axis=0) for block in _blocks(weights)]


def totals(weights: Weights, columns: Columns) -> Floats:
    """The sums `columns` (entities, some) of every resample (resamples, some)."""
    if weights.dtype == np.float64:
        dense = isinstance(columns, np.ndarray)
        return np.asarray(weights @ columns if dense else (columns.T @ weights.T).T)
    found = np.zeros((columns.shape[1], len(weights)))
    for start in range(0, columns.shape[0], SUMMED):
        some = slice(start, start + SUMMED)
        found += columns[some].T @ weights[:, some].T.astype(np.float64)
    return found.T


def of_some(weights: Weights, entities: Codes) -> Weights:
    """The multiplicities (resamples, some) of some of the entities."""
    if weights.flags.c_contiguous:
        return weights.take(entities, axis=1)
    return weights.T.take(entities, axis=0).T


def _blocks(weights: Weights) -> Iterator[Weights]:
    yield from (weights[start : start + LANES] for start in range(0, max(1, len(weights)), LANES))


class Last(Generic[Made]):
    """What was made of the weights asked for last: runs and metrics ask of the same in turn."""

    def __init__(self) -> None:
        self._asked: Weights | None = None
        self._made: Made

    def of(self, weights: Weights, make: Callable[[Weights], Made]) -> Made:
        """What `make` gives for `weights`, which must not be changed afterwards."""
        if self._asked is not weights:
            self.note(weights, make(weights))
        return self._made

    def note(self, weights: Weights, made: Made) -> None:
        """Have `made` of `weights` already."""
        self._made, self._asked = made, weights
