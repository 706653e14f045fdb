"""An Optuna study over one algorithm's search space.

It has a warm start, pruning on the mean curve, and a fixed budget. `search` is a whole search in
this process. Where many processes share one study, each of them opens it (`begin`) and does `work`;
a `search` after them finishes what a dead one left.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from clockwork.learning.tuning.cube import anywhere, middle
from clockwork.learning.tuning.curves import Curve
from clockwork.learning.tuning.owners import finished, place
from clockwork.learning.tuning.pruning import stalled
from clockwork.learning.tuning.results import (
    CURVE,
    KNOWN,
    ROUNDS,
    Tuned,
    best_of,
    fewest,
    found,
    taken_over,
    whole,
)
from clockwork.learning.tuning.space import complete, draw
from clockwork.learning.tuning.storage import Storage, open_study, quiet
from clockwork.learning.tuning.surrogate import propose
from clockwork.learning.tuning.trace import Trace, follow
from clockwork.settings.models import ModelSettings, Params, TuningSettings

OnTrial = Callable[[int, float], None]


@dataclass(frozen=True)
class Plan:
    """A search but for its data.

    `points` are tried first, `known` trials of the same search are taken over.
    """

    settings: ModelSettings
    budget: TuningSettings
    points: Sequence[Params] = ()
    known: Sequence[dict[str, Any]] = ()
    name: str = "study"


def search(
    plan: Plan,
    curve_of: Callable[[Params], Curve],
    on_trial: OnTrial = lambda _done, _best: None,
    storage: Storage = None,
    patience: float = 0.0,
) -> Tuned:
    """`work`, which does what others left, and then what the whole study found.

    `curve_of` gives a setting's learning curve, higher is better.
    """
    study = begin(plan, storage, patience)
    return found(study, plan.settings, plan.budget, work(study, plan, curve_of, on_trial))


def begin(plan: Plan, storage: Storage = None, patience: float = 0.0) -> optuna.Study:
    """The study of `plan`, opened for this process, with the known trials in it.

    A process that was killed in here has left some of them out: whoever comes next adds those.
    """
    study = open_study(plan.name, storage, patience)
    there = (
        {one.user_attrs.get(KNOWN) for one in study.get_trials(deepcopy=False)}
        if plan.known
        else set()
    )
    for at, trial in enumerate(plan.known):
        if at not in there:
            study.add_trial(taken_over(at, trial, plan.settings))
    return study


def work(
    study: optuna.Study,
    plan: Plan,
    curve_of: Callable[[Params], Curve],
    on_trial: OnTrial = lambda _done, _best: None,
) -> str | None:
    """Run trials until the budget is spent; any number of processes may do so on one study.

    Gives the reason where it stops before. Finished trials of the study count, those of dead
    workers do not.
    """
    share = _Share(
        plan, curve_of, on_trial, time.monotonic() + (plan.budget.seconds or float("inf"))
    )
    share.look(study)
    while not share.over:
        try:
            study.optimize(share.run, catch=(GivenUp,), callbacks=[share.after])
        except (optuna.exceptions.UpdateFinishedTrialError, ValueError):
            if not share.overtaken(study):
                raise
    return share.stopped


class GivenUp(Exception):
    """A trial that counts as failed: its place was taken, or its time over."""


@dataclass
class _Share:
    """One process's share of a search, as Optuna calls it: for each trial, and after each."""

    plan: Plan
    curve_of: Callable[[Params], Curve]
    on_trial: OnTrial
    until: float
    over: bool = False
    stopped: str | None = None
    done: int = 0
    last: int | None = None

    def run(self, trial: optuna.Trial) -> float:
        """The best score of the trial's curve."""
        plan, trials, self.last = self.plan, trial.study.get_trials(deepcopy=False), None
        slot = place(trial.number, trials)
        if slot >= plan.budget.trials:  # the others hold what is left
            self.over = True
            raise GivenUp
        before = finished(trials, plan.budget.trials)
        beside = [
            one for one in trials if one.state == TrialState.RUNNING and one.number != trial.number
        ]
        trial.study.sampler = sampler(plan, slot, before, beside)
        point = draw(trial, plan.settings)
        curves = [one.user_attrs[CURVE] for one in before if whole(one)]
        until = self.until if before else None
        trace = follow(self.curve_of({**plan.settings.params, **point}), curves, plan.budget, until)
        self.last = trial.number
        return _end(trial, trace, plan.budget)

    def after(self, study: optuna.Study, _trial: FrozenTrial) -> None:
        """Report a finished trial, and stop Optuna where the search is over."""
        done = self.done
        trials = self.look(study)
        if self.done > done:
            self.on_trial(self.done, best_of(trials))
        if self.over:
            study.stop()

    def look(self, study: optuna.Study) -> list[FrozenTrial]:
        """The finished trials of the study; takes down whether and why the search is over."""
        budget, trials = (
            self.plan.budget,
            finished(study.get_trials(deepcopy=False), self.plan.budget.trials),
        )
        self.done = len(trials)
        if self.done >= budget.trials:
            self.over = True
        elif trials and time.monotonic() >= self.until:
            self.stopped = (
                f"{budget.seconds} seconds were spent after {self.done} of {budget.trials} trials"
            )
        elif stalled(trials, budget):
            self.stopped = f"{budget.stall} trials in a row brought nothing better"
        self.over = self.over or self.stopped is not None
        return trials

    def overtaken(self, study: optuna.Study) -> bool:
        """Whether the last trial ran to its end after others had failed it as silent.

        It is also true where its end was written twice.
        """
        trials = study.get_trials(deepcopy=False)
        return self.last is not None and trials[self.last].state != TrialState.RUNNING


def _end(trial: optuna.Trial, trace: Trace, budget: TuningSettings) -> float:
    # Everything at once and at the end: a storage that is asked at every step costs more than a
    # small trial.
    if trace.state == TrialState.FAIL:
        raise GivenUp
    best = max(trace.curve)
    trial.set_user_attr(CURVE, trace.curve)
    trial.set_user_attr(ROUNDS, fewest(trace.rounds, trace.curve, budget.settle))
    if trace.state == TrialState.PRUNED:
        trial.report(best, len(trace.curve) - 1)
        raise optuna.TrialPruned
    return best


def sampler(
    plan: Plan, slot: int, before: Sequence[FrozenTrial], beside: Sequence[FrozenTrial]
) -> optuna.samplers.BaseSampler:
    """What hands Optuna the point of `slot`: a start point, else what follows from other trials."""
    at, rng = slot - len(plan.known), np.random.default_rng([plan.budget.seed, slot])
    start = plan.points[at] if 0 <= at < len(plan.points) else {}
    point = (
        start
        if complete(start, plan.settings)
        else {**_next(plan, slot, before, beside, rng), **start}
    )
    with quiet():  # by chance is what exists only beside an incomplete start point
        by_chance = optuna.samplers.RandomSampler(int(rng.integers(2**32)))
        return optuna.samplers.PartialFixedSampler(point, by_chance)


def _next(
    plan: Plan,
    slot: int,
    before: Sequence[FrozenTrial],
    beside: Sequence[FrozenTrial],
    rng: np.random.Generator,
) -> Params:
    if not before:
        return anywhere(plan.settings, rng) if slot else middle(plan.settings)
    # A trial that was given up counts as good as it had become: its true end says no more.
    seen = [(trial.params, max(trial.user_attrs[CURVE])) for trial in before]
    others = [trial.params for trial in beside if complete(trial.params, plan.settings)]
    return propose(plan.settings, seen, others, rng)


def as_study(trials: Sequence[dict[str, Any]], settings: ModelSettings) -> optuna.Study:
    """A study in memory for Optuna's plots, which show complete trials.

    Those given up count as far as they came.
    """
    study = open_study("study", None)
    study.add_trials(
        [taken_over(trial["number"], {**trial, "state": "complete"}, settings) for trial in trials]
    )
    return study
