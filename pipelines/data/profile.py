"""What columns look like in a few numbers, and whether they still look that way."""

import math
from typing import Literal, TypedDict

import numpy as np
import numpy.typing as npt

MEAN, SPREAD, MISSING = 0.5, 1.5, 0.02  # in spreads of the expected column, as a ratio, as a share of rows


class Look(TypedDict):
    """One column: its mean, its standard deviation, the share of its values that are missing."""

    mean: float
    missing: float
    spread: float


Profile = dict[str, Look]
PARTS: tuple[Literal["mean"], Literal["missing"], Literal["spread"]] = ("mean", "missing", "spread")


def profile(x: npt.NDArray[np.float32], names: list[str]) -> Profile:
    """The look of every column of `x` (rows, columns)."""
    there = ~np.isnan(x)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, x, 0).sum(axis=0, dtype=np.float64) / count
    spread = np.sqrt(np.where(there, (x - mean) ** 2, 0).sum(axis=0, dtype=np.float64) / count)
    missing = 1 - there.mean(axis=0)
    # The mean needs more digits: it may be large beside the spread, in whose units it is judged.
    return {
        name: {"mean": float(f"{mean[at]:.6g}"), "missing": _short(missing[at]), "spread": _short(spread[at])}
        for at, name in enumerate(names)
    }


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def moved(name: str, ours: Look, theirs: Look) -> list[str]:
    """How a column differs from what is expected of it, in words; nothing where it does not."""
    if not all(
        math.isfinite(value) for look in (ours, theirs) for value in (look["mean"], look["spread"], look["missing"])
    ):
        return [f"'{name}' has values that are no numbers"]
    scale = max(theirs["spread"], 1e-6 * (1 + abs(theirs["mean"])))
    if abs(ours["mean"] - theirs["mean"]) > MEAN * scale:
        return [f"the mean of '{name}' is {ours['mean']:g}, expected {theirs['mean']:g}"]
    spreads = sorted(max(look["spread"], 1e-9) for look in (ours, theirs))
    if spreads[1] / spreads[0] > SPREAD:
        return [f"the spread of '{name}' is {ours['spread']:g}, expected {theirs['spread']:g}"]
    if abs(ours["missing"] - theirs["missing"]) > MISSING:
        return [f"{ours['missing']:.1%} of '{name}' are missing, expected {theirs['missing']:.1%}"]
    if theirs["missing"] > 0 and ours["missing"] == 0:
        return [f"no value of '{name}' is missing any more, expected {theirs['missing']:.2%}: what fills them?"]
    return []
