"""What sums of a window give, and by how much at most that may be off the batch path's doubles."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.learning.ticks.cells import Doubles, Floats
from clockwork.learning.ticks.merging import FLAT

ROUND = 2.0**-53  # the relative error of one operation on doubles
LEAST = 1e-100  # below every spread of floats but 0
# Spreads that a window's mean may be from the centre before the next sums are about another one.
FAR = 1000.0


@dataclass(frozen=True)
class Window:
    """Mean and spread of each window, near to those of the batch path by at most `margin`.

    `far` is where the margin is large because the mean is far from the centre, and would be small
    about another.
    """

    mean: Doubles
    spread: Doubles
    margin: Doubles
    far: npt.NDArray[np.bool_]

    def ends(self, name: str, grid: Doubles) -> tuple[Floats, Floats]:
        """Between which floats a statistic of the batch path lies."""
        value, margin = (
            self._z(grid)
            if name == "z"
            else (self.mean if name == "mean" else self.spread, self.margin)
        )
        with np.errstate(over="ignore"):  # where the spread is lost, the margin is vast
            return (value - margin).astype(np.float32), (value + margin).astype(np.float32)

    def _z(self, grid: Doubles) -> tuple[Doubles, Doubles]:
        # A share of 8 u of its own: of the difference, of the least spread and of their quotient.
        least = np.abs(self.mean)
        least += 1
        least *= FLAT
        np.maximum(least, self.spread, out=least)
        value = grid - self.mean
        value /= least
        share = self.margin / least
        margin = share + 8 * ROUND
        margin *= np.abs(value)
        margin += share
        return value, margin


def shares(length: int) -> tuple[float, float, float]:
    """By what `about` multiplies mean, spread and mean square over spread.

    That is for windows of `length` cells.
    """
    merges = length.bit_length() - 1 + length.bit_count() - 1
    of_spread = sqrt(length) * (sqrt(merges) * (7 * merges + 1) + 3.5 * merges + 2)
    return merges * sqrt(merges) + 2, of_spread, 3 * length + 10


def about(
    count: npt.NDArray[Any], first: Doubles, second: Doubles, centre: Doubles, length: int
) -> Window:
    """The windows of `length` cells of which these are the sums about `centre`.

    With u = 2^-53, n <= L samples at most R = sqrt(L) spread from their mean M, and H merges from a
    cell to its window: a merge moves a mean by at most u (|M| + 7 R), so the difference of two
    means is off by at most u (2 H |M| + (14 H + 2) R). The root of the sum of the weighted squares
    of these differences is off by that times the root of the sum of the weights, which is at most n
    H / 4 (Minkowski), and by a share of u (3.5 H + 2). Sums of L terms are off by a share of u (L +
    2), hence the spread made of them by u (3 L + 10) Q / spread, where Q is the mean square about
    the centre. The margin is twice the whole of it, and that of means is less.
    """
    of_mean, of_spread, of_second = shares(length)
    samples = np.maximum(count, 1).astype(np.float64)
    first /= samples
    second /= samples
    spread = first * first
    np.subtract(second, spread, out=spread)
    np.maximum(spread, 0.0, out=spread)
    np.sqrt(spread, out=spread)
    mean = centre + first
    margin = np.abs(mean)
    margin *= of_mean
    margin += spread * of_spread
    flat = second == 0  # all samples are the centre: exact in both ways
    second /= np.maximum(spread, LEAST)
    second *= of_second
    margin += second
    margin *= 2 * ROUND
    np.copyto(margin, 0.0, where=flat)
    return Window(mean, spread, margin, np.abs(first) > FAR * spread)
