"""Merging moments of cells as the batch path does, whatever formulas the project's own have."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from clockwork.learning.ticks.cells import Doubles, Floats

FLAT = 1e-6
NONE = np.empty(0)


def bits(length: int) -> Iterator[tuple[int, int]]:
    """Powers of doubled windows that make up `length`, shortest first, and the cells after each."""
    covered = 0
    for power in range(length.bit_length()):
        if length & (1 << power):
            yield power, covered
            covered += 1 << power


def single(moments: Any, raw: Floats, *, extremes: bool) -> Any:
    """The moments of single cells, NaN where there is none."""
    there = ~np.isnan(raw)
    # Bits, or none: quicker than a choice.
    value = (raw.view(np.uint32) * there).view(np.float32).astype(np.float64)
    count, squares = there.astype(np.float64), np.zeros(raw.shape)
    if not extremes:
        return moments(count, value, squares, NONE, NONE)
    least, greatest = np.fmin(raw, np.float32(np.inf)), np.fmax(raw, np.float32(-np.inf))
    return moments(count, value, squares, least, greatest)


def newest(moments: Any, raw: Floats) -> Any:
    """The moments of whole columns of `raw` (cells, columns), the oldest cell first."""
    part, length, out = single(moments, raw, extremes=False), len(raw), None
    while length:
        if length % 2:
            last = _some(moments, part, -1)
            out = last if out is None else last.merged(out)
        length //= 2
        older, newer = (_some(moments, part, slice(first, 2 * length, 2)) for first in (0, 1))
        part = older.merged(newer)
    return out


def _some(moments: Any, part: Any, at: Any) -> Any:
    return moments(part.count[at], part.mean[at], part.squares[at], NONE, NONE)


@dataclass(frozen=True)
class Known:
    """Moments merged by the formulas of which the errors are known."""

    count: Doubles
    mean: Doubles
    squares: Doubles
    least: Doubles
    greatest: Doubles

    def merged(self, other: "Known") -> "Known":
        """Both windows as one.

        Source: Chan, Golub and LeVeque, The American Statistician 37 (1983), eq. 2.1.
        """
        count = self.count + other.count
        share = other.count / np.maximum(count, 1)
        apart = other.mean - self.mean
        squares = self.squares + other.squares + apart * apart * self.count * share
        return Known(count, self.mean + apart * share, squares, NONE, NONE)

    def statistic(self, name: str, grid: Doubles) -> Doubles:
        """Mean, standard deviation, or how many of them a value of `grid` is away from the mean."""
        value = self.mean
        if name != "mean":
            value = spread = np.sqrt(self.squares / np.maximum(self.count, 1))
        if name == "z":
            value = (grid - self.mean) / np.maximum(spread, FLAT * (1 + np.abs(self.mean)))
        return np.where(self.count == 0, np.nan, value)


@cache
def known(moments: Any, statistic: Any) -> bool:
    """Whether the project merges moments and makes its statistics as `Known` does, to the bit."""
    rng = np.random.default_rng(2)
    cells = rng.normal(rng.normal(0, 3, 512), 10.0 ** rng.integers(-20, 20, 512), (61, 512)).astype(
        np.float32
    )
    cells[rng.random(cells.shape) < rng.choice([0.0, 0.2, 0.99], 512)] = np.nan
    cells[rng.random(cells.shape) < 0.1] = -0.0
    for length in (1, 2, 3, 8, 61):
        own, mine = newest(moments, cells[-length:]), newest(Known, cells[-length:])
        grid = cells[-1].astype(np.float64)
        pairs = [(own.count, mine.count), (own.mean, mine.mean), (own.squares, mine.squares)]
        pairs += [
            (statistic(name, own, grid), mine.statistic(name, grid))
            for name in ("mean", "std", "z")
        ]
        if any(one.tobytes() != other.tobytes() for one, other in pairs):
            return False
    return True
