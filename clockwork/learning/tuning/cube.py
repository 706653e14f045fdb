"""A search space as a cube, in which a point has a place.

A point is drawn by a share from 0 to 1 for each parameter. A number lies where it is along its
range, a choice in one of as many corners that are 1 apart. A parameter that does not exist beside
the others lies in the middle of its range, or in none of its corners.
"""

from decimal import Decimal
from math import log

import numpy as np
import numpy.typing as npt
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from clockwork.learning.tuning.space import distribution, fitting
from clockwork.settings.models import ModelSettings, Params, Space, Value

Shares = npt.NDArray[np.float64]


def middle(settings: ModelSettings) -> Params:
    """The point in the middle of every range."""
    return points_at(settings, np.full((1, len(settings.search)), 0.5))[0]


def anywhere(settings: ModelSettings, rng: np.random.Generator) -> Params:
    """A point of the space, all equally likely."""
    return points_at(settings, rng.random((1, len(settings.search))))[0]


def points_at(settings: ModelSettings, shares: Shares) -> list[Params]:
    """The point of each row of `shares` (points, parameters).

    It has those parameters that exist beside its others.
    """
    ranges = {name: distribution(space) for name, space in settings.ordered.items()}
    drawn = [
        {name: _value(ranges[name], one) for name, one in zip(ranges, row, strict=True)}
        for row in shares.tolist()
    ]
    return [fitting(point, settings)[0] for point in drawn]


def shares_of(settings: ModelSettings, point: Params) -> Shares:
    """The shares of which `point` comes, a half for what it does not have."""
    ordered = settings.ordered.items()
    return np.array(
        [_share(space, point[name]) if name in point else 0.5 for name, space in ordered]
    )


def place(settings: ModelSettings, point: Params) -> list[float]:
    """Where `point` lies: one coordinate for each range, and one for each choice."""
    at: list[float] = []
    for name, space in settings.ordered.items():
        if space.choices is None:
            at.append(_share(space, point[name]) if name in point else 0.5)
        else:
            at += [
                0.5**0.5 if name in point and one == point[name] else 0.0 for one in space.choices
            ]
    return at


def axes(settings: ModelSettings) -> npt.NDArray[np.intp]:
    """The number of its parameter for each coordinate of a place."""
    spaces = list(settings.ordered.values())
    return np.repeat(np.arange(len(spaces)), [len(space.choices or [0]) for space in spaces])


def _value(of: BaseDistribution, share: float) -> Value:
    if isinstance(of, CategoricalDistribution):
        choice: Value = of.choices[min(int(share * len(of.choices)), len(of.choices) - 1)]
        return choice
    assert isinstance(of, FloatDistribution | IntDistribution)
    low, high = float(of.low), float(of.high)  # the upper end is the last step's
    value = low ** (1 - share) * high**share if of.log else low * (1 - share) + high * share
    if of.step:
        # By tenths as people write them: 0.1 + 2 * 0.1 is no 0.3, which a condition or a start
        # point may name.
        value = float(Decimal(str(of.low)) + round((value - low) / of.step) * Decimal(str(of.step)))
    number: int | float = round(value) if isinstance(of, IntDistribution) else value
    inside: int | float = min(max(number, of.low), of.high)
    return inside


def _share(space: Space, value: Value) -> float:
    if space.choices is not None:
        return (space.choices.index(value) + 0.5) / len(space.choices)
    assert space.low is not None
    assert space.high is not None
    low, high, number = float(space.low), float(space.high), float(value)
    return log(number / low) / log(high / low) if space.log else (number - low) / (high - low)
