"""Rings of the parts that windows are merged from, for many entities at once: a cell more costs one merge a level.

The batch path (pipelines/windows.py) doubles windows over a whole history. A ring keeps of every doubled
window only the cells that a later one is merged with, and merges in the same order: so both give the same bits.
"""

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from clockwork.learning.ticks.cells import Cells, Floats, Slots
from clockwork.project import window_parts
from clockwork.settings.features import FeatureSettings


class Ring(Cells):
    """Raw cells, and of every doubled window those cells that a later one is merged with."""

    def __init__(self, how: FeatureSettings, step: int, metrics: list[str], slots: int, late: int) -> None:
        super().__init__(how, step, metrics, slots, late)
        self.moments, self.statistic = window_parts()
        self.length = {window: -(-window // step) for window in how.windows}
        self.extremes = any({"min", "max"} & set(names) for names in how.windows.values())
        reach = _reach(self.length.values())
        self.parts = {power: self._empty(power, cells) for power, cells in reach.items() if power}
        self.powers = max(self.length.values()).bit_length()

    def _empty(self, power: int, cells: int) -> dict[str, Any]:
        shape = (cells, *self.raw.shape[1:])
        zeros = {"count": np.min_scalar_type(2**power), "mean": np.float64, "squares": np.float64}
        empty: dict[str, Any] = {name: np.zeros(shape, dtype=kind) for name, kind in zeros.items()}
        if self.extremes:
            empty["least"], empty["greatest"] = (np.full(shape, end, dtype=np.float32) for end in (np.inf, -np.inf))
        return empty

    @property
    def bytes(self) -> int:
        """What the arrays hold."""
        return super().bytes + sum(int(array.nbytes) for level in self.parts.values() for array in level.values())

    def merge(self) -> None:
        """Double the windows that end in the present cell."""
        part = self._part(0, 0)
        for power in range(1, self.powers):
            part = self._part(power - 1, 2 ** (power - 1)).merged(part)
            if power in self.parts:
                self._keep(power, part)

    def adopt(self, slots: Slots, again: Self) -> None:
        """Take the parts of `slots` from `again`."""
        for power, level in self.parts.items():
            for name, kept in level.items():
                for back in range(len(kept)):
                    kept[(self.at - back) % len(kept), slots] = again.parts[power][name][(again.at - back) % len(kept)]

    def _keep(self, power: int, part: Any) -> None:
        for name, kept in self.parts[power].items():
            kept[self.at % len(kept)] = getattr(part, name)

    def _part(self, power: int, back: int) -> Any:
        if power == 0:
            return self._single(self.raw[self.cell(back)])
        kept = self.parts[power]
        cell = (self.at - back) % len(kept["count"])
        count, mean, squares = kept["count"][cell].astype(np.float64), kept["mean"][cell], kept["squares"][cell]
        if not self.extremes:
            return self.moments(count, mean, squares, NONE, NONE)
        return self.moments(count, mean, squares, kept["least"][cell], kept["greatest"][cell])

    def _single(self, raw: Floats) -> Any:
        there = ~np.isnan(raw)
        value = np.where(there, raw, np.float32(0)).astype(np.float64)
        if not self.extremes:
            return self.moments(there.astype(np.float64), value, np.zeros_like(value), NONE, NONE)
        least, greatest = (np.where(there, raw, np.float32(end)) for end in (np.inf, -np.inf))
        return self.moments(there.astype(np.float64), value, np.zeros_like(value), least, greatest)

    def features(self, slots: Slots, times: npt.NDArray[np.int64], names: npt.NDArray[Any]) -> Floats:  # noqa: ARG002
        """The features (rows, features) of the present cell of `slots`, whose minutes and entities are given, too."""
        grid = self.raw[self.cell(0)].astype(np.float64)
        width = grid.shape[1]
        out = np.empty((len(grid), width * (1 + sum(map(len, self.how.windows.values())))), dtype=np.float32)
        for at, part in enumerate(self._columns(grid)):
            out[:, at * width : (at + 1) * width] = part
        if self.how.missing == "zero":
            np.nan_to_num(out, copy=False, nan=0.0)
        return out[slots]

    def _columns(self, grid: Floats) -> Iterator[Floats]:
        yield grid
        for window, statistics in self.how.windows.items():
            moments = self._window(self.length[window])
            for name in statistics:
                yield self.statistic(name, moments, grid)

    def _window(self, length: int) -> Any:
        out: Any = None
        for power, covered in _bits(length):
            part = self._part(power, covered)
            out = part if out is None else part.merged(out)
        assert out is not None
        return out


NONE = np.empty(0)


def _bits(length: int) -> Iterator[tuple[int, int]]:
    # The doubled windows that make up `length`, the shortest first, and how many cells come after each.
    covered = 0
    for power in range(length.bit_length()):
        if length & (1 << power):
            yield power, covered
            covered += 1 << power


def _reach(lengths: Any) -> dict[int, int]:
    # How many cells of each doubled window somebody still merges with.
    powers = max(lengths).bit_length()
    cells = {power: 2**power + 1 if power + 1 < powers else 1 for power in range(powers)}
    for length in lengths:
        for power, covered in _bits(length):
            cells[power] = max(cells[power], covered + 1)
    return cells
