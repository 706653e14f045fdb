"""The last raw cells of many entities at once: what ticks, late rows and snapshots go back to."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.settings.features import FeatureSettings

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Slots = npt.NDArray[np.intp]


class Cells:
    """The last `depth` cells of up to `slots` entities that share one grid of `step` minutes.

    `raw` is (depth, slots, metrics), NaN where a sample is missing; `there` (depth, slots) says
    where a row is. An empty slot, a gap and the time before an entity's first row are all the same:
    cells without samples. `late` is how many cells of it only late rows go back to. `length` has
    the cells of each window, which `window` makes the statistics of.
    """

    def __init__(
        self, how: FeatureSettings, step: int, metrics: list[str], slots: int, late: int
    ) -> None:
        self.how, self.step, self.metrics, self.late = how, step, metrics, late
        self.depth = max(-(-how.history // step), 1) + late
        self.length = {window: -(-window // step) for window in how.windows}
        self.raw = np.full((self.depth, slots, len(metrics)), np.nan, dtype=np.float32)
        self.there = np.zeros((self.depth, slots), dtype=np.bool_)
        self.at = 0

    @property
    def bytes(self) -> int:
        """What the arrays hold."""
        return int(self.raw.nbytes + self.there.nbytes)

    def grow(self, slots: int) -> None:
        """Make room for so many entities more."""
        raw = np.full((self.depth, slots, len(self.metrics)), np.nan, dtype=np.float32)
        self.raw = np.concatenate([self.raw, raw], axis=1)
        self.there = np.concatenate(
            [self.there, np.zeros((self.depth, slots), dtype=np.bool_)], axis=1
        )

    def cell(self, back: int) -> int:
        """Where the cell `back` cells before the present one lies in `raw` and `there`."""
        return (self.at - back) % self.depth

    def advance(self, slots: Slots, values: Floats) -> None:
        """Begin the next cell, with rows of `slots` (rows,) and their `values` (rows, metrics)."""
        self.at += 1
        cell = self.cell(0)
        self.raw[cell], self.there[cell] = np.nan, False
        self.raw[cell, slots], self.there[cell, slots] = values, True
        self.merge()

    def merge(self) -> None:
        """Bring what is kept beside the raw cells up to the present one."""

    def renew(self, slots: Slots) -> None:
        """Make what is kept beside the raw cells of `slots` anew."""

    def features(
        self,
        slots: Slots,
        times: npt.NDArray[np.int64],  # noqa: ARG002
        names: npt.NDArray[Any],  # noqa: ARG002
    ) -> Floats:
        """The features (rows, features) of the present cell of `slots`.

        Their minutes and entities are given, too.
        """
        raw = self.raw[self.cell(0)]
        out = np.empty(
            (len(raw), 1 + sum(map(len, self.how.windows.values())), raw.shape[1]), dtype=np.float32
        )
        out[:, 0] = raw
        self.fill(out[:, 1:])
        if self.how.missing == "zero":
            np.nan_to_num(out, copy=False, nan=0.0)
        whole = out.reshape(len(out), -1)
        return whole if np.array_equal(slots, np.arange(len(whole))) else whole[slots]

    def fill(self, out: Floats) -> None:
        """Make the statistics `out` (slots, statistics, metrics) of all windows."""
        grid, column = self.raw[self.cell(0)].astype(np.float64), 0
        for window, statistics in self.how.windows.items():
            end = column + len(statistics)
            self.window(out[:, column:end], self.length[window], list(statistics), grid)
            column = end

    def window(self, out: Floats, length: int, statistics: list[str], grid: Doubles) -> None:
        """Make the statistics `out` (slots, statistics, metrics) of one window."""
        raise NotImplementedError

    def replayed(self, slots: Slots, oldest: int) -> Iterator[tuple[int, "Cells", Slots]]:
        """Go through the raw cells of `slots` again, to which rows came up to `oldest` cells ago.

        Yields how far back each cell is, a ring in which it is the present one, and where `slots`
        are in that: from the oldest cell of all, or the present one alone where no other has new
        rows. After the last one everything of `slots` is as it were had all rows been there in
        time.
        """
        if oldest == 0:
            self.renew(slots)
            yield 0, self, slots
            return
        again, own = (
            type(self)(self.how, self.step, self.metrics, len(slots), self.late),
            np.arange(len(slots)),
        )
        for back in range(self.depth - 1, -1, -1):
            cell = self.cell(back)
            there = np.flatnonzero(self.there[cell, slots])
            again.advance(there, self.raw[cell, slots[there]])
            yield back, again, own
        self.renew(slots)
