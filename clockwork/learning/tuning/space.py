"""A search space as Optuna has it, a point asked of it, and what of a point lies in it."""

import warnings
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from clockwork.settings.models import ModelSettings, Params, Space


def draw(trial: optuna.Trial, settings: ModelSettings) -> Params:
    """The next point: only the parameters that exist beside those that were drawn before."""
    point: Params = {}
    for name, space in settings.ordered.items():
        if space.exists(point):
            point[name] = _draw(trial, name, distribution(space))
    return point


def _draw(trial: optuna.Trial, name: str, of: BaseDistribution) -> Any:
    if isinstance(of, CategoricalDistribution):
        return trial.suggest_categorical(name, of.choices)
    if isinstance(of, IntDistribution):
        return trial.suggest_int(name, of.low, of.high, step=of.step, log=of.log)
    assert isinstance(of, FloatDistribution)
    return trial.suggest_float(name, of.low, of.high, step=of.step, log=of.log)


def distribution(space: Space) -> BaseDistribution:
    """The space as Optuna has it."""
    if space.choices is not None:
        return CategoricalDistribution(space.choices)
    low, high, step = space.low, space.high, space.step
    assert low is not None
    assert high is not None
    with warnings.catch_warnings():
        # An upper end that is no step gives way to the step below it.
        warnings.filterwarnings("ignore", "The distribution is specified by")
        if space.whole:
            return IntDistribution(int(low), int(high), log=space.log, step=int(step or 1))
        return FloatDistribution(
            float(low), float(high), log=space.log, step=None if step is None else float(step)
        )


def distributions(point: Params, settings: ModelSettings) -> dict[str, Any]:
    """Optuna's distribution of every parameter of `point`."""
    return {name: distribution(settings.search[name]) for name in point}


def fitting(point: Params, settings: ModelSettings) -> tuple[Params, list[str]]:
    """What of `point` lies in the space, and the names of what does not."""
    kept: Params = {}
    for name, space in settings.ordered.items():
        if name in point and space.exists(kept) and space.holds(point[name]):
            kept[name] = point[name]
    return kept, sorted(set(point) - set(kept))


def complete(point: Params, settings: ModelSettings) -> bool:
    """Whether `point` lies in the space and lacks nothing that exists there."""
    kept, dropped = fitting(point, settings)
    return not dropped and set(kept) == {
        name for name, space in settings.search.items() if space.exists(kept)
    }
