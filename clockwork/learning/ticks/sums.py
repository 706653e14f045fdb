"""Windows of mean, std and z from block sums: a fraction of the work of merging halves, same bits.

The batch path (pipelines/windows.py) merges a window from its halves; the order of the additions
decides the last bits of its doubles, and features are floats. Sums give the same doubles but for an
error that has a bound (`margin.py`): where value and bound round to one float, that is the float of
the batch path. The few values that are too near to the middle between two floats are merged from
the raw cells as the batch path does it.
"""

from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.learning.ticks.cells import Cells, Doubles, Floats, Slots
from clockwork.learning.ticks.margin import about
from clockwork.learning.ticks.merging import Known, known, newest
from clockwork.project import window_parts
from clockwork.settings.features import FeatureSettings

Parts = tuple[npt.NDArray[Any], Doubles, Doubles]
# Windows that are merged each tick for want of a nearer centre, before blocks are summed anew.
MANY = 50


def fits(how: FeatureSettings) -> bool:
    """Whether sums give the project's windows: errors of its statistics and formulas are known."""
    statistics = {name for names in how.windows.values() for name in names}
    return statistics <= {"mean", "std", "z"} and known(*window_parts())


class Sums(Cells):
    """Raw cells, and of each block of `width` cells how many samples it has, and their sums.

    The first and second powers are summed of what samples are away from `centre` (slots, metrics),
    one of them.
    """

    def __init__(
        self, how: FeatureSettings, step: int, metrics: list[str], slots: int, late: int
    ) -> None:
        super().__init__(how, step, metrics, slots, late)
        self.longest = max(self.length.values())
        self.width = int(sqrt(self.longest)) + 1
        self.blocks = (self.longest - 1) // self.width + 2
        self.kind = np.min_scalar_type(self.longest)
        self.count, self.first, self.second, self.centre = self._empty(slots)

    def _empty(self, slots: int) -> tuple[npt.NDArray[Any], Doubles, Doubles, Doubles]:
        shape = (self.blocks, slots, len(self.metrics))
        centre = np.full(shape[1:], np.nan)
        return np.zeros(shape, dtype=self.kind), np.zeros(shape), np.zeros(shape), centre

    @property
    def bytes(self) -> int:
        """What the arrays hold."""
        own = self.count, self.first, self.second, self.centre
        return super().bytes + sum(int(array.nbytes) for array in own)

    def grow(self, slots: int) -> None:
        """Make room for so many entities more."""
        super().grow(slots)
        count, first, second, centre = self._empty(slots)
        self.count = np.concatenate([self.count, count], axis=1)
        self.first = np.concatenate([self.first, first], axis=1)
        self.second = np.concatenate([self.second, second], axis=1)
        self.centre = np.concatenate([self.centre, centre])

    def merge(self) -> None:
        """Add the present cell to its block."""
        raw, block = self.raw[self.cell(0)], self._block(self.at)
        unknown = np.isnan(self.centre)
        if unknown.any():
            self.centre[unknown] = raw[unknown]
        if self.at % self.width == 0:
            for array in block:
                array[...] = 0
        self.add(block, raw)

    def add(self, block: Parts, raw: Floats) -> None:
        """Add the samples (slots, metrics) of one cell to its block."""
        add(block, raw, self.centre)

    def renew(self, slots: Slots) -> None:
        """Sum the blocks of `slots` anew from the raw cells, about the newest sample of each."""
        centre = np.full((len(slots), len(self.metrics)), np.nan)
        for back in range(self.depth):
            unknown = np.isnan(centre)
            if not unknown.any():
                break
            centre[unknown] = self.raw[self.cell(back), slots][unknown]
        self.centre[slots] = centre
        for block in range(self.at // self.width - self.blocks + 1, self.at // self.width + 1):
            sums: Parts = (
                np.zeros(centre.shape, dtype=self.kind),
                np.zeros(centre.shape),
                np.zeros(centre.shape),
            )
            for cell in range(
                max(block * self.width, self.at - self.depth + 1), (block + 1) * self.width
            ):
                if cell <= self.at:
                    add(sums, self.raw[cell % self.depth, slots], centre)
            for array, one in zip(self._block(block * self.width), sums, strict=True):
                array[slots] = one

    def _block(self, cell: int) -> Parts:
        at = cell // self.width % self.blocks
        return self.count[at], self.first[at], self.second[at]

    def _sums(self, length: int) -> Parts:
        # Of the last `length` cells: of whole blocks where they hold them, else of raw cells.
        shape, oldest, cell = self.centre.shape, self.at - length + 1, self.at
        sums: Parts = np.zeros(shape, dtype=self.kind), np.zeros(shape), np.zeros(shape)
        while cell >= oldest:
            begin = cell - cell % self.width
            if begin >= oldest and cell in {self.at, begin + self.width - 1}:
                for array, block in zip(sums, self._block(cell), strict=True):
                    array += block
                cell = begin - 1
            else:
                add(sums, self.raw[cell % self.depth], self.centre)
                cell -= 1
        return sums

    def window(self, out: Floats, length: int, statistics: list[str], grid: Doubles) -> None:
        """Make the statistics `out` (slots, statistics, metrics) of one window."""
        count, first, second = self._sums(length)
        window = about(count, first, second, self.centre, length)
        unsure = np.full(count.shape, length == 1)  # nothing to merge there, not even the sign of 0
        for at, name in enumerate(statistics):
            low, high = window.ends(name, grid)
            unsure |= low.view(np.uint32) != high.view(np.uint32)
            out[:, at] = low
        slot, metric = _where(count == 0)
        out[slot, :, metric] = np.nan
        unsure[slot, metric] = False
        slot, metric = _where(unsure)
        if len(slot):
            cells = np.arange(self.at - length + 1, self.at + 1) % self.depth
            merged = newest(Known, self.raw[cells[:, None], slot, metric])
            for at, name in enumerate(statistics):
                out[slot, at, metric] = merged.statistic(name, grid[slot, metric])
            if length == self.longest:
                self.recentre(slot[window.far[slot, metric]])

    def recentre(self, far: Slots) -> None:
        """Sum blocks of the slots `far` anew if many: once for each of their longest windows."""
        if len(far) > MANY:
            self.renew(np.unique(far))


def _where(mask: npt.NDArray[np.bool_]) -> tuple[Slots, Slots]:
    # Rows and columns of what is true; quicker than np.nonzero of two dimensions.
    row, column = np.divmod(np.flatnonzero(mask), mask.shape[1])
    return row, column


def add(sums: Parts, raw: Floats, centre: Doubles) -> None:
    """Add the samples of one cell, NaN where there is none."""
    count, first, second = sums
    away = raw.astype(np.float64)
    away -= centre
    none = np.isnan(away)
    np.copyto(away, 0.0, where=none)
    count += ~none
    first += away
    away *= away
    second += away
