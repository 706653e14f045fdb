"""What a study found, as a result to write down; and a written trial as one of a study again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from clockwork.learning.tuning.owners import finished
from clockwork.learning.tuning.space import distributions
from clockwork.settings.models import ModelSettings, Params, TuningSettings
from clockwork.support.errors import BadInput

CURVE, ROUNDS, KNOWN = "curve", "rounds", "known"


@dataclass(frozen=True)
class Tuned:
    """What a search found: parameters ready to train, their score, and every trial of the study.

    They are those of the trial `taken`. `stopped` says why it ended before its trials were spent.
    """

    params: Params
    score: float
    trials: list[dict[str, Any]]
    stopped: str | None
    taken: int


def found(
    study: optuna.Study, settings: ModelSettings, budget: TuningSettings, stopped: str | None = None
) -> Tuned:
    """What the finished trials of `study` found. Raises `BadInput` where none ran to its end."""
    trials = finished(study.get_trials(deepcopy=False), budget.trials)
    ran = list(filter(whole, trials))
    if not ran:
        raise BadInput(
            f"study '{study.study_name}': none of its {budget.trials} trials ran to its end, "
            "others hold their places; end the other workers and run again"
        )
    taken = ran[earliest([score_of(trial) for trial in ran], budget.settle)]
    rounds = taken.user_attrs[ROUNDS]
    params = {**settings.params, **taken.params, **({"rounds": rounds} if rounds else {})}
    described = [_as_dict(at, trial) for at, trial in enumerate(trials)]
    return Tuned(params, score_of(taken), described, stopped, trials.index(taken))


def earliest(scores: Sequence[float], settle: float) -> int:
    """The first of `scores` within the share `settle` of the best.

    Which of many good settings comes out on top is noise, too, and a change that moves only that
    would bring a new model. What is tried first is what base has and what the settings start from;
    it stays unless another is better.
    """
    enough = max(scores) - settle * abs(max(scores))
    return next(at for at, score in enumerate(scores) if score >= enough)


def fewest(rounds: list[int], curve: list[float], settle: float) -> int:
    """The fewest rounds whose score lies within the share `settle` of the best.

    The top of a learning curve is flat, and its peak moves with every whim of the data; where the
    curve arrives does not. After the rule of one standard error of Breiman, Friedman, Olshen and
    Stone (1984).
    """
    return rounds[earliest(curve, settle)]


def _as_dict(at: int, trial: FrozenTrial) -> dict[str, Any]:
    return {
        "number": at,
        "state": trial.state.name.lower(),
        "score": trial.value,
        "rounds": trial.user_attrs.get(ROUNDS),
        "params": trial.params,
        "curve": trial.user_attrs.get(CURVE, []),
    }


def taken_over(at: int, trial: dict[str, Any], settings: ModelSettings) -> FrozenTrial:
    """The trial that a result has brought as its `at`-th, as a study has it."""
    pruned = trial["state"] == "pruned"
    return optuna.trial.create_trial(
        state=TrialState.PRUNED if pruned else TrialState.COMPLETE,
        value=trial["score"],
        params=trial["params"],
        distributions=distributions(trial["params"], settings),
        user_attrs={KNOWN: at, CURVE: trial["curve"], ROUNDS: trial["rounds"]},
        intermediate_values={len(trial["curve"]) - 1: trial["score"]} if pruned else {},
    )


def best_of(trials: Sequence[FrozenTrial]) -> float:
    """The best score of a trial that ran to its end; of any where none did."""
    return (
        max(map(score_of, trials))
        if any(map(whole, trials))
        else max(float(trial.value or 0) for trial in trials)
    )


def whole(trial: FrozenTrial) -> bool:
    """Whether the trial ran to its end."""
    return bool(trial.state == TrialState.COMPLETE)


def score_of(trial: FrozenTrial) -> float:
    """The score of a trial that ran to its end; below every other one where it did not."""
    return float(trial.value) if whole(trial) and trial.value is not None else float("-inf")
