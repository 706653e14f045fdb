"""Windows merged from raw cells, for many entities at once.

The batch path (pipelines/windows.py) doubles windows over a whole history. A ring merges just those
doubled windows that end in the present cell, from the same halves in the same order: so both give
the same bits.
"""

from typing import Any

from clockwork.learning.ticks.cells import Cells, Doubles, Floats
from clockwork.learning.ticks.merging import bits, single
from clockwork.project import window_parts
from clockwork.settings.features import FeatureSettings


class Ring(Cells):
    """Raw cells, of which each tick merges the windows anew."""

    def __init__(
        self, how: FeatureSettings, step: int, metrics: list[str], slots: int, late: int
    ) -> None:
        super().__init__(how, step, metrics, slots, late)
        self.moments, self.statistic = window_parts()
        self.extremes = any({"min", "max"} & set(names) for names in how.windows.values())

    def window(self, out: Floats, length: int, statistics: list[str], grid: Doubles) -> None:
        """Make the statistics `out` (slots, statistics, metrics) of one window."""
        merged: Any = None
        for power, covered in bits(length):
            part = self._part(power, covered)
            merged = part if merged is None else part.merged(merged)
        for at, name in enumerate(statistics):
            out[:, at] = self.statistic(name, merged, grid)

    def _part(self, power: int, back: int) -> Any:
        # The doubled window that ended `back` cells ago, from its halves.
        if power == 0:
            return single(self.moments, self.raw[self.cell(back)], extremes=self.extremes)
        half = power - 1
        return self._part(half, back + 2**half).merged(self._part(half, back))
