"""Exact trailing windows over a grid of minutes: a value depends on its own window alone.

Windows are merged from halves (1, 2, 4, ... minutes), so no running sum carries rounding from the
past into the present: cutting the history, or keeping only the last window of it, gives the same
bits.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Grid = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Of the values in each cell's window: count, mean, squared deviations, least and greatest.

    Each array has the grid's shape (minutes, metrics). Where `count` is 0 the others have no
    meaning.
    """

    count: Grid
    mean: Grid
    squares: Grid
    least: Grid
    greatest: Grid

    def delayed(self, minutes: int) -> "Moments":
        """The same windows `minutes` earlier; windows before the grid's start are empty."""
        return Moments(
            _shift(self.count, minutes, 0.0),
            _shift(self.mean, minutes, 0.0),
            _shift(self.squares, minutes, 0.0),
            _shift(self.least, minutes, np.inf),
            _shift(self.greatest, minutes, -np.inf),
        )

    def merged(self, other: "Moments") -> "Moments":
        """Both windows as one.

        Source: Chan, Golub and LeVeque, The American Statistician 37 (1983), eq. 2.1.
        """
        count = self.count + other.count
        share = np.divide(other.count, count, out=np.zeros_like(count), where=count > 0)
        apart = other.mean - self.mean
        return Moments(
            count,
            self.mean + apart * share,
            self.squares + other.squares + apart * apart * self.count * share,
            np.minimum(self.least, other.least),
            np.maximum(self.greatest, other.greatest),
        )


def _shift(grid: Grid, minutes: int, fill: float) -> Grid:
    out = np.full_like(grid, fill)
    if minutes < len(grid):
        out[minutes:] = grid[: len(grid) - minutes]
    return out


def trailing(grid: Grid, lengths: Iterable[int]) -> dict[int, Moments]:
    """The moments of the last n cells, the present one included, for each n of `lengths`.

    `grid` is (minutes, metrics) with NaN where a sample is missing.
    """
    wanted = sorted(set(lengths))
    doubled = [_single(grid)]
    while 2 ** len(doubled) <= wanted[-1]:
        last = doubled[-1]
        doubled.append(last.delayed(2 ** (len(doubled) - 1)).merged(last))
    return {length: _compose(doubled, length) for length in wanted}


def _single(grid: Grid) -> Moments:
    there = ~np.isnan(grid)
    value = np.where(there, grid, 0.0)
    return Moments(
        there.astype(np.float64),
        value,
        np.zeros_like(grid),
        np.where(there, grid, np.inf),
        np.where(there, grid, -np.inf),
    )


def _compose(doubled: list[Moments], length: int) -> Moments:
    out: Moments | None = None
    covered = 0
    for power, part in enumerate(doubled):
        if length & (1 << power):
            out = part if out is None else part.delayed(covered).merged(out)
            covered += 1 << power
    assert out is not None
    return out
