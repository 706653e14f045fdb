"""Rings of the parts that windows are merged from, for many entities at once.

The batch path (pipelines/windows.py) doubles windows over a whole history. A ring merges just those
doubled windows that end in the present cell, from the same halves in the same order: so both give
the same bits. It keeps those parts that save most merges and fit into the room beside the raw
cells; the others are merged from the raw cells again.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any, Self

import numpy as np

from clockwork.learning.ticks.cells import Cells, Doubles, Floats, Slots
from clockwork.learning.ticks.merging import NONE, bits, single
from clockwork.project import window_parts
from clockwork.settings.features import FeatureSettings

# Of what the raw cells take: the parts that are kept beside them; a part is 17 bytes, a cell 4.
ROOM = 0.625


class Ring(Cells):
    """Raw cells, and the last cells of some doubled windows, by their length's power of two."""

    def __init__(
        self, how: FeatureSettings, step: int, metrics: list[str], slots: int, late: int
    ) -> None:
        super().__init__(how, step, metrics, slots, late)
        self.moments, self.statistic = window_parts()
        self.extremes = any({"min", "max"} & set(names) for names in how.windows.values())
        room = int(ROOM * self.depth * self.raw.itemsize) // (25 if self.extremes else 17)
        kept = worth_keeping(tuple(sorted(set(self.length.values()))), room)
        self.parts = {power: self._empty(power, cells) for power, cells in kept.items()}

    def _empty(self, power: int, cells: int, slots: int | None = None) -> dict[str, Any]:
        shape = (cells, self.raw.shape[1] if slots is None else slots, self.raw.shape[2])
        zeros = {"count": np.min_scalar_type(2**power), "mean": np.float64, "squares": np.float64}
        empty: dict[str, Any] = {name: np.zeros(shape, dtype=kind) for name, kind in zeros.items()}
        if self.extremes:
            empty["least"], empty["greatest"] = (
                np.full(shape, end, dtype=np.float32) for end in (np.inf, -np.inf)
            )
        return empty

    @property
    def bytes(self) -> int:
        """What the arrays hold."""
        return super().bytes + sum(
            int(array.nbytes) for level in self.parts.values() for array in level.values()
        )

    def grow(self, slots: int) -> None:
        """Make room for so many entities more."""
        super().grow(slots)
        for power, level in self.parts.items():
            more = self._empty(power, len(level["count"]), slots)
            for name, kept in level.items():
                level[name] = np.concatenate([kept, more[name]], axis=1)

    def merge(self) -> None:
        """Merge what is kept of the doubled windows that end in the present cell."""
        for power, level in self.parts.items():
            part = self._merged(power, 0)
            for name, kept in level.items():
                kept[self.at % len(kept)] = getattr(part, name)

    def adopt(self, slots: Slots, again: Self) -> None:
        """Take the parts of `slots` from `again`."""
        for power, level in self.parts.items():
            for name, kept in level.items():
                for back in range(len(kept)):
                    kept[(self.at - back) % len(kept), slots] = again.parts[power][name][
                        (again.at - back) % len(kept)
                    ]

    def _part(self, power: int, back: int) -> Any:
        # The doubled window that ended `back` cells ago: as kept, else from its halves.
        if power == 0:
            return single(self.moments, self.raw[self.cell(back)], extremes=self.extremes)
        kept = self.parts.get(power)
        if kept is None or back >= len(kept["count"]):
            return self._merged(power, back)
        cell = (self.at - back) % len(kept["count"])
        count, mean, squares = (
            kept["count"][cell].astype(np.float64),
            kept["mean"][cell],
            kept["squares"][cell],
        )
        if not self.extremes:
            return self.moments(count, mean, squares, NONE, NONE)
        return self.moments(count, mean, squares, kept["least"][cell], kept["greatest"][cell])

    def _merged(self, power: int, back: int) -> Any:
        half = power - 1
        return self._part(half, back + 2**half).merged(self._part(half, back))

    def window(self, out: Floats, length: int, statistics: list[str], grid: Doubles) -> None:
        """Make the statistics `out` (slots, statistics, metrics) of one window."""
        merged: Any = None
        for power, covered in bits(length):
            part = self._part(power, covered)
            merged = part if merged is None else part.merged(merged)
        for at, name in enumerate(statistics):
            out[:, at] = self.statistic(name, merged, grid)


@cache
def worth_keeping(lengths: tuple[int, ...], room: int) -> dict[int, int]:
    """How many cells to keep of which doubled windows, at most `room`, to save most merges a tick.

    Where there is room for every part that is merged more than once, all are kept; else those of
    one length.
    """
    reach = _reach(lengths)
    if sum(reach.values()) <= room:
        return reach
    some = ({power: min(max(lengths) - 2**power + 1, room)} for power in reach)
    return min(({}, *some) if room else ({},), key=lambda kept: _merges(lengths, kept))


def _merges(lengths: Iterable[int], kept: dict[int, int]) -> int:
    # Of one tick, for what is kept and for the windows themselves.
    def part(power: int, back: int) -> int:
        return 0 if power == 0 or back < kept.get(power, 0) else merged(power, back)

    def merged(power: int, back: int) -> int:
        return 1 + part(power - 1, back + 2 ** (power - 1)) + part(power - 1, back)

    windows = sum(part(power, covered) for length in lengths for power, covered in bits(length))
    return windows + sum(merged(power, 0) for power in kept)


def _reach(lengths: Iterable[int]) -> dict[int, int]:
    # How many cells of each doubled window are merged with, where all of them are kept.
    powers = max(lengths).bit_length()
    cells = {power: 2**power + 1 if power + 1 < powers else 1 for power in range(1, powers)}
    for length in lengths:
        for power, covered in bits(length):
            if power:
                cells[power] = max(cells[power], covered + 1)
    return cells
