"""An Optuna study over one algorithm's search space: warm start, pruning on the mean curve, a fixed budget."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import optuna

from pipelines.settings.models import ModelSettings, Params, Range, TuningSettings
from pipelines.tuning.curves import Curve


@dataclass(frozen=True)
class Tuned:
    """What a search found: parameters ready for training, their score, and every trial of the study."""

    params: Params
    score: float | None
    trials: list[dict[str, Any]]


def search(
    settings: ModelSettings,
    budget: TuningSettings,
    curve_of: Callable[[Params], Curve],
    on_trial: Callable[[int, float], None] = lambda _done, _best: None,
) -> Tuned:
    """The best setting within `budget.trials`. `curve_of` gives a setting's learning curve, higher is better."""
    if not settings.search:
        return Tuned(settings.params, None, [])
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=budget.seed, n_startup_trials=budget.startup_trials + 2),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=budget.startup_trials),
    )
    for point in settings.start[: budget.trials]:
        study.enqueue_trial(point)
    study.optimize(
        lambda trial: _run(trial, settings, budget, curve_of),
        n_trials=budget.trials,
        callbacks=[lambda study, trial: on_trial(trial.number + 1, study.best_value)],
    )
    best = study.best_trial
    params = {**settings.params, **best.params, **_rounds(best.user_attrs["rounds"])}
    return Tuned(params, best.value, [_as_dict(trial) for trial in study.trials])


def _run(
    trial: optuna.Trial, settings: ModelSettings, budget: TuningSettings, curve_of: Callable[[Params], Curve]
) -> float:
    params = {
        **settings.params,
        **{name: _suggest(trial, name, space) for name, space in settings.search.items()},
    }
    best, stale = float("-inf"), 0
    rounds: list[int] = []
    curve: list[float] = []
    for step, (done, score) in enumerate(curve_of(params)):
        rounds.append(done)
        curve.append(score)
        stale = 0 if score > best else stale + 1
        best = max(best, score)
        trial.set_user_attr("curve", list(curve))
        trial.set_user_attr("rounds", fewest(rounds, curve, budget.settle))
        trial.report(best, step)
        if stale >= budget.patience:
            break
        if trial.should_prune():
            raise optuna.TrialPruned
    return best


def fewest(rounds: list[int], curve: list[float], settle: float) -> int:
    """The fewest rounds whose score lies within the share `settle` of the best.

    The top of a learning curve is flat, and its peak moves with every whim of the data; where the curve arrives does
    not. After the rule of one standard error of Breiman, Friedman, Olshen and Stone (1984).
    """
    enough = max(curve) - settle * abs(max(curve))
    return next(done for done, score in zip(rounds, curve, strict=True) if score >= enough)


def _suggest(trial: optuna.Trial, name: str, space: Range | list[Any]) -> Any:
    if isinstance(space, list):
        return trial.suggest_categorical(name, space)
    if isinstance(space.low, int) and isinstance(space.high, int):
        return trial.suggest_int(name, space.low, space.high, log=space.log)
    return trial.suggest_float(name, float(space.low), float(space.high), log=space.log)


def _rounds(rounds: int) -> Params:
    return {"rounds": rounds} if rounds else {}


def _as_dict(trial: optuna.trial.FrozenTrial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "state": trial.state.name.lower(),
        "score": trial.value,
        "rounds": trial.user_attrs.get("rounds"),
        "params": trial.params,
        "curve": trial.user_attrs.get("curve", []),
    }
