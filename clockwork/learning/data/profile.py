"""What columns look like in a few numbers, and whether they still look that way."""

import math
from collections.abc import Callable, Iterator
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

# In spreads of the expected column, as a ratio, as a share of rows.
MEAN, SPREAD, MISSING = 0.5, 1.5, 0.02
# The ends of a column move more from sample to sample than its middle does, so these leave more
# room: ranges that the column may grow by at either end, and the ratio by which a tail's distance
# to the mean may change.
RANGE, TAIL = 4.0, 3.0
BLOCK = 8_192  # rows that are widened to double precision at a time
# A ratio; where neither column has so many distinct values, it says nothing.
DISTINCT, MANY = 10, 50
TAILS = (0.001, 0.999)
ENOUGH = 5000  # values, so that a few of them lie beyond each of the tails


class Middle(TypedDict):
    """One column: its mean, its standard deviation, the share of its values that are missing."""

    mean: float
    missing: float
    spread: float


class Look(Middle, total=False):
    """Also its ends: extremes, the quantiles `TAILS`, and how many values, and how many distinct.

    A profile that an earlier version wrote lacks them.
    """

    count: int
    distinct: int
    high: float
    low: float
    max: float
    min: float


Profile = dict[str, Look]
Matrix = npt.NDArray[np.float32]
Values = npt.NDArray[np.float32]
Blocks = Callable[[], Iterator[Matrix]]
MIDDLE, ENDS = Middle.__required_keys__, Look.__optional_keys__


def profile(x: Matrix, names: list[str]) -> Profile:
    """The look of every column of `x` (rows, columns)."""
    some = range(0, max(len(x), 1), BLOCK)
    return profile_of(
        lambda: (x[at : at + BLOCK] for at in some), names, lambda at: x[~np.isnan(x[:, at]), at]
    )


def profile_of(blocks: Blocks, names: list[str], present: Callable[[int], Values]) -> Profile:
    """The profile of every column of the rows that `blocks` gives.

    It gives them whenever it is asked, in matrices (rows, columns). `present` gives the values of
    the column at a place that are not missing, in an array of one's own.
    """
    there = np.stack([np.r_[len(x), np.count_nonzero(~np.isnan(x), axis=0)] for x in blocks()]).sum(
        axis=0
    )
    rows, there = there[0], there[1:]
    count = np.maximum(there, 1)
    mean = _sums(blocks(), 0.0) / count
    spread = np.sqrt(_sums(blocks(), mean, 2) / count)
    missing = 1 - there / rows
    # The mean needs more digits: it may be large beside the spread, in whose units it is judged.
    return {
        name: {
            "mean": float(f"{mean[at]:.6g}"),
            "missing": _short(missing[at]),
            "spread": _short(spread[at]),
            **_ends(present(at)),  # type: ignore[typeddict-item]
        }
        for at, name in enumerate(names)
    }


def _sums(blocks: Iterator[Matrix], off: Any, power: int = 1) -> npt.NDArray[np.float64]:
    # Of each column, what is missing left out. Row after row, so that the size of the blocks
    # changes no bit.
    total: npt.NDArray[np.float64] | None = None
    for x in blocks:
        total = np.zeros((1, x.shape[1])) if total is None else total
        for first in range(0, len(x), BLOCK):
            block = x[first : first + BLOCK]
            there = np.where(np.isnan(block), 0.0, (block - np.float64(off)) ** power)
            # A sum of one column adds its rows in pairs.
            total = np.concatenate([total, there]).cumsum(axis=0)[-1:]
    return np.zeros(0) if total is None else np.asarray(total[0])


def _ends(values: Values) -> dict[str, float]:
    if not len(values):
        return dict.fromkeys(ENDS, 0)
    values.sort()
    low, high = (values[round(share * (len(values) - 1))] for share in TAILS)
    found = {"min": values[0], "low": low, "high": high, "max": values[-1]}
    distinct = 1 + int(np.count_nonzero(values[1:] != values[:-1]))
    return {
        "count": len(values),
        "distinct": distinct,
        **{key: float(f"{one:.6g}") for key, one in found.items()},
    }


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def moved(name: str, found: Look, expected: Look) -> list[str]:
    """How a column differs from what is expected of it, in words; nothing where it does not.

    The ends are compared where both profiles have them.
    """
    if not all(math.isfinite(value) for look in (found, expected) for value in _numbers(look)):
        return [f"'{name}' has values that are no numbers"]
    scale = max(expected["spread"], 1e-6 * (1 + abs(expected["mean"])))
    if abs(found["mean"] - expected["mean"]) > MEAN * scale:
        return [f"the mean of '{name}' is {found['mean']:g}, expected {expected['mean']:g}"]
    spreads = sorted(max(look["spread"], 1e-9) for look in (found, expected))
    if spreads[1] / spreads[0] > SPREAD:
        return [f"the spread of '{name}' is {found['spread']:g}, expected {expected['spread']:g}"]
    if abs(found["missing"] - expected["missing"]) > MISSING:
        return [
            f"{found['missing']:.1%} of '{name}' are missing, expected {expected['missing']:.1%}"
        ]
    if expected["missing"] > 0 and found["missing"] == 0:
        return [
            (
                f"no value of '{name}' is missing any more, "
                f"expected {expected['missing']:.2%}: what fills them?"
            )
        ]
    return (
        _moved_ends(name, found, expected, scale) if has_ends(found) and has_ends(expected) else []
    )


def has_ends(look: Any) -> bool:
    """Whether a profile says more of a column than its middle."""
    return set(look) >= ENDS


def _numbers(look: Look) -> list[float]:
    return [float(value) for value in look.values() if isinstance(value, int | float)]


def _moved_ends(name: str, found: Look, expected: Look, scale: float) -> list[str]:
    below = expected["min"] - found["min"]
    if found["min"] < 0 <= expected["min"] and below > max(
        scale, expected["mean"] - expected["min"]
    ):
        return [
            f"'{name}' is negative, down to {found['min']:g}; expected {expected['min']:g} or more"
        ]
    room = RANGE * max(expected["max"] - expected["min"], scale)
    if below > room or found["max"] - expected["max"] > room:
        span = f"{expected['min']:g} to {expected['max']:g}"
        return [f"'{name}' ranges from {found['min']:g} to {found['max']:g}, expected {span}"]
    for end, share in (("low", TAILS[0]), ("high", TAILS[1])):
        one, other = float(found[end]), float(expected[end])  # type: ignore[literal-required]
        near, far = sorted((abs(one - found["mean"]), abs(other - expected["mean"])))
        if far > TAIL * near and far - near > scale:
            return [f"the quantile {share:.1%} of '{name}' is {one:g}, expected {other:g}"]
    return _cut_off(name, found, expected, scale) or _moved_distinct(name, found, expected)


def _cut_off(name: str, found: Look, expected: Look, scale: float) -> list[str]:
    # Where a column is capped, what lay beyond piles up at its extreme, where the expected tail
    # goes on.
    if min(found["count"], expected["count"]) < ENOUGH:
        return []
    for extreme, end in (("min", "low"), ("max", "high")):
        most, other = (
            float(found[extreme]),  # type: ignore[literal-required]
            float(expected[extreme]),  # type: ignore[literal-required]
        )
        piled = most == found[end] and other != expected[end]  # type: ignore[literal-required]
        if piled and abs(other - found["mean"]) - abs(most - found["mean"]) > scale:
            return [
                (
                    f"'{name}' ends at {most:g} in many rows, "
                    f"expected up to {other:g}: what cuts it off?"
                )
            ]
    return []


def _moved_distinct(name: str, found: Look, expected: Look) -> list[str]:
    fewer, more = sorted((found, expected), key=lambda look: look["distinct"])
    # More rows have more distinct values, so their share must have moved as well.
    shares = [max(look["distinct"], 1) / max(look["count"], 1) for look in (found, expected)]
    counts = [max(look["distinct"], 1) for look in (fewer, more)]
    if (
        counts[1] >= MANY
        and counts[1] > DISTINCT * counts[0]
        and max(shares) > DISTINCT * min(shares)
    ):
        return [
            (
                f"'{name}' has {found['distinct']} distinct values, "
                f"expected about {expected['distinct']}"
            )
        ]
    return []
