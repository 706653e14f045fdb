"""An Optuna study over one algorithm's search space: warm start, pruning on the mean curve, a fixed budget.

`search` is a whole search in this process. Where many processes share one study, each of them opens it
(`clockwork.learning.tuning.storage.open_study`) and does `work`; whoever waits for them does `work` once more, which
finishes what a dead one left, and reads `found`.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from clockwork.learning.tuning.cube import anywhere, middle
from clockwork.learning.tuning.curves import Curve
from clockwork.learning.tuning.pruning import hopeless
from clockwork.learning.tuning.results import CURVE, ROUNDS, Tuned, best_of, fewest, found, score_of, taken_over, whole
from clockwork.learning.tuning.slots import bury, claim, finished, finished_and_running, give_up, held
from clockwork.learning.tuning.space import complete, draw
from clockwork.learning.tuning.storage import Heartbeat, Storage, ask, open_study, quiet, steady
from clockwork.learning.tuning.surrogate import propose
from clockwork.settings.models import ModelSettings, Params, TuningSettings

OnTrial = Callable[[int, float], None]


@dataclass(frozen=True)
class Plan:
    """A search but for its data: `points` are tried first, `known` trials of the same search are taken over."""

    settings: ModelSettings
    budget: TuningSettings
    points: Sequence[Params] = ()
    known: Sequence[dict[str, Any]] = ()
    name: str = "study"
    space: str = ""


def search(
    settings: ModelSettings,
    budget: TuningSettings,
    curve_of: Callable[[Params], Curve],
    on_trial: OnTrial = lambda _done, _best: None,
    storage: Storage = None,
    plan: Plan | None = None,
) -> Tuned:
    """The best setting within the budget. `curve_of` gives a setting's learning curve, higher is better."""
    if not settings.search:
        return Tuned(settings.params, None, [])
    plan = plan or Plan(settings, budget, settings.start)
    study = begin(plan, storage)
    stopped = work(study, plan, curve_of, on_trial)
    return found(study, settings, budget, stopped)


def begin(plan: Plan, storage: Storage = None, patience: float = 0.0) -> optuna.Study:
    """The study of `plan`, opened for this process, with the known trials in it.

    A process that was killed in here has left some of them out: whoever comes next adds those.
    """
    study = open_study(plan.name, storage, plan.space, patience)
    places = held(study) if plan.known else set()
    for at, trial in enumerate(plan.known[: plan.budget.trials]):
        if at not in places:
            steady(partial(study.add_trial, taken_over(at, trial, plan.settings)))
    return study


def work(
    study: optuna.Study,
    plan: Plan,
    curve_of: Callable[[Params], Curve],
    on_trial: OnTrial = lambda _done, _best: None,
) -> str | None:
    """Run trials until the budget is spent; any number of processes may do so on one study.

    Gives the reason where it stops before. Finished trials of the study count, those of dead workers do not.
    """
    until = time.monotonic() + (plan.budget.seconds or float("inf"))
    while True:
        bury(study)
        before = finished(study, plan.budget.trials)
        if len(before) >= plan.budget.trials:
            return None
        if before and time.monotonic() >= until:
            return f"{plan.budget.seconds} seconds were spent after {len(before)} of {plan.budget.trials} trials"
        if stalled(before, plan.budget):
            return f"{plan.budget.stall} trials in a row brought nothing better"
        trial = ask(study)
        slot = claim(study, trial)
        if slot >= plan.budget.trials:  # the others hold what is left
            give_up(study, trial.number)
            return None
        _run(study, trial, slot, plan, curve_of, until)
        after = finished(study, plan.budget.trials)
        if len(after) > len(before):
            on_trial(len(after), best_of(after))


def stalled(trials: Sequence[FrozenTrial], budget: TuningSettings) -> bool:
    """Whether the last `budget.stall` of `trials` brought no improvement."""
    if not budget.stall or len(trials) <= budget.stall:
        return False
    scores = [score_of(trial) for trial in trials]
    return max(scores[-budget.stall :]) <= max(scores[: -budget.stall])


@dataclass
class _Trace:
    """The learning curve of a trial so far."""

    rounds: list[int] = field(default_factory=list)
    curve: list[float] = field(default_factory=list)
    state: TrialState = TrialState.COMPLETE


def _run(
    study: optuna.Study,
    trial: optuna.Trial,
    slot: int,
    plan: Plan,
    curve_of: Callable[[Params], Curve],
    until: float,
) -> None:
    with Heartbeat(study, trial):
        try:
            before, beside = finished_and_running(study, plan.budget.trials, trial.number)
            study.sampler = sampler(plan, slot, before, beside)
            point = steady(lambda: draw(trial, plan.settings))
            curves = [one.user_attrs[CURVE] for one in before if whole(one)]
            trace = follow(curve_of({**plan.settings.params, **point}), curves, plan.budget, until if before else None)
        except BaseException:
            give_up(study, trial.number, patience=1)
            raise
        _tell(study, trial, trace, plan.budget)


def follow(curve: Curve, whole: list[list[float]], budget: TuningSettings, until: float | None = None) -> _Trace:
    """Draw `curve` as far as it is worth it, beside the curves of the trials that ran to their end."""
    trace, best, stale = _Trace(), float("-inf"), 0
    for rounds, score in curve:
        trace.rounds.append(rounds)
        trace.curve.append(score)
        stale = 0 if score > best else stale + 1
        best = max(best, score)
        if stale >= budget.patience:
            break
        if rounds and hopeless(trace.curve, whole, budget):  # without rounds the work is done by now
            trace.state = TrialState.PRUNED
            break
        if until is not None and time.monotonic() >= until:
            trace.state = TrialState.FAIL
            break
    return trace


def _tell(study: optuna.Study, trial: optuna.Trial, trace: _Trace, budget: TuningSettings) -> None:
    # Everything at once and at the end: a storage that is asked at every step costs more than a small trial.
    best = max(trace.curve)
    if trace.state != TrialState.FAIL:
        steady(lambda: trial.set_user_attr(CURVE, trace.curve))
        steady(lambda: trial.set_user_attr(ROUNDS, fewest(trace.rounds, trace.curve, budget.settle)))
    if trace.state == TrialState.PRUNED:
        steady(lambda: trial.report(best, len(trace.curve) - 1))
    value = best if trace.state == TrialState.COMPLETE else None
    steady(lambda: study.tell(trial.number, value, state=trace.state, skip_if_finished=True))


def sampler(
    plan: Plan, slot: int, before: Sequence[FrozenTrial], beside: Sequence[FrozenTrial]
) -> optuna.samplers.BaseSampler:
    """What hands Optuna the point of `slot`: a start point where there is one, else what follows from other trials."""
    at, rng = slot - len(plan.known), np.random.default_rng([plan.budget.seed, slot])
    told = plan.points[at] if 0 <= at < len(plan.points) else {}
    point = told if complete(told, plan.settings) else {**_next(plan, slot, before, beside, rng), **told}
    with quiet():  # by chance is what exists only beside an incomplete start point
        by_chance = optuna.samplers.RandomSampler(int(rng.integers(2**32)))
        return optuna.samplers.PartialFixedSampler(point, by_chance)


def _next(
    plan: Plan, slot: int, before: Sequence[FrozenTrial], beside: Sequence[FrozenTrial], rng: np.random.Generator
) -> Params:
    if not before:
        return anywhere(plan.settings, rng) if slot else middle(plan.settings)
    # A trial that was given up counts as good as it had become: its true end told the model no more.
    seen = [(trial.params, max(trial.user_attrs[CURVE])) for trial in before]
    others = [trial.params for trial in beside if complete(trial.params, plan.settings)]
    return propose(plan.settings, seen, others, rng)


def as_study(trials: Sequence[dict[str, Any]], settings: ModelSettings) -> optuna.Study:
    """A study in memory for Optuna's plots, which show complete trials: those given up count as far as they came."""
    study = open_study("study", None)
    study.add_trials([taken_over(trial["number"], {**trial, "state": "complete"}, settings) for trial in trials])
    return study
