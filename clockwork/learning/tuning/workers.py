"""Several workers on one study: each does trials until the common budget is spent.

One that dies is replaced. What a trial found is kept in the study's storage and nowhere else, so a
worker may die, and a cluster lose all of its work, at any time: finished trials stay, and places of
unfinished ones are free again.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import ExitStack
from typing import Any

from optuna.trial import FrozenTrial

from clockwork.learning.executors import executor
from clockwork.learning.tuning.job import Job, finish
from clockwork.learning.tuning.owners import finished
from clockwork.learning.tuning.patience import PATIENCE
from clockwork.learning.tuning.results import Tuned, best_of, found
from clockwork.learning.tuning.study import OnTrial, begin
from clockwork.settings.engine import EngineSettings
from clockwork.support.errors import BadInput
from clockwork.support.processes import Lost, Processes

# Seconds before a new start when nothing was finished since the last one. Their sum is how long a
# scheduler may be gone, and more than a database waits before it takes a silent worker for dead.
PAUSES = (0.0, 2.0, 5.0, 10.0, 30.0, 60.0)
LOOK = 0.5  # seconds between two looks at how many trials are finished

Part = Callable[..., str | None]


def search_on(engine: EngineSettings, job: Job, part: Part, on_trial: OnTrial) -> Tuned:
    """The search of `job` where `engine` has it; `part(algorithm, storage)` is a worker's share."""
    if engine.workers == 1 and engine.scheduler is None:
        return finish(job, on_trial)
    study, budget = begin(job.plan, job.storage, PATIENCE), job.plan.budget.trials

    def trials() -> list[FrozenTrial]:
        return finished(study.get_trials(deepcopy=False), budget)

    def report(done: int) -> None:
        on_trial(done, best_of(trials()))

    stopped = share(
        engine, part, [job.algorithm, engine.storage], lambda: len(trials()), budget, report
    )
    return found(study, job.plan.settings, job.plan.budget, stopped)


def share(
    settings: EngineSettings,
    part: Part,
    args: list[Any],
    done: Callable[[], int],
    budget: int,
    on_trial: Callable[[int], None] = lambda _done: None,
) -> str | None:
    """Let `settings.workers` workers call `part(*args)` until `done()` reaches `budget`.

    `part` does trials of the study until its budget is spent or held by others, and gives the
    reason where it stops before: so does this. Raises `BadInput` where workers are lost again and
    again with no trial finished between.
    """
    patience = _Patience(done, on_trial)
    while True:
        try:
            stopped = _once(settings, part, args, patience)
        except Lost as error:
            patience.spend(str(error))
            continue
        if stopped or patience.look() >= budget:
            return stopped
        patience.spend("the last places of the budget are held by workers that fell silent")


class _Patience:
    """How many new starts were made since a trial was finished last."""

    def __init__(self, count: Callable[[], int], on_trial: Callable[[int], None]) -> None:
        self.count, self.on_trial = count, on_trial
        self.done, self.starts, self.again = count(), 0, False

    def look(self) -> int:
        """How many trials are finished by now; tells of it where there are more."""
        done = self.count()
        if done > self.done:
            self.done, self.starts = done, 0
            self.on_trial(done)
        return done

    def spend(self, reason: str) -> None:
        """Wait for a new start, longer each time that nothing was finished.

        Raises `BadInput` when that helps no more.
        """
        self.look()
        if self.starts == len(PAUSES):
            raise BadInput(
                f"the study ended after {self.done} trials: "
                f"{reason}, {self.starts} new starts finished none more; look after the "
                "workers of configs/engine.yaml and run again, what is finished counts"
            )
        time.sleep(PAUSES[self.starts])
        self.starts, self.again = self.starts + 1, True


def _once(settings: EngineSettings, part: Part, args: list[Any], patience: _Patience) -> str | None:
    with ExitStack() as stack:
        try:
            workers = stack.enter_context(executor(settings))
        except BadInput as error:
            if not patience.again:
                raise
            raise Lost(str(error)) from None  # it was there before, and may come back
        return _together(workers, settings, part, args, patience)


def _together(
    workers: Processes, settings: EngineSettings, part: Part, args: list[Any], patience: _Patience
) -> str | None:
    running = {workers.submit(part, *args) for _ in range(settings.workers)}
    stopped: str | None = None
    while running:
        ended, running = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
        patience.look()
        if not workers.has_workers():
            raise Lost("the cluster has no worker left")
        for one in ended:
            try:
                stopped = one.result() or stopped
            except Lost as error:
                # A cluster starts a dead worker's call again by itself; what it tells as lost is
                # its own end.
                if settings.scheduler:
                    raise
                patience.spend(str(error))
                running.add(workers.submit(part, *args))
    return stopped
