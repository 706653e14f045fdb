"""One algorithm's search with its rows.

Every worker makes its own from its checkout, and is sent two words for it.
"""

from dataclasses import dataclass, field

from clockwork.learning.tasks.registry import TASKS
from clockwork.learning.tuning.curves import Curve, curve
from clockwork.learning.tuning.digest import digest, search_digest
from clockwork.learning.tuning.owners import finished
from clockwork.learning.tuning.patience import PATIENCE
from clockwork.learning.tuning.results import Tuned
from clockwork.learning.tuning.storage import STUDIES, Storage, place_of
from clockwork.learning.tuning.study import OnTrial, Plan, begin, search, work
from clockwork.learning.tuning.warm import Warm, known_trials, points
from clockwork.model import Folds
from clockwork.project import find_model
from clockwork.settings.models import ModelSettings, Params, TuningSettings


@dataclass(frozen=True)
class Job:
    """A search that is ready to run."""

    algorithm: str
    plan: Plan
    folds: Folds
    digest: str = ""
    storage: Storage = None
    dropped: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        """Where finished trials come from that nothing has run for here."""
        return "configs/tuned.json" if self.plan.known else place_of(self.storage)

    def curve_of(self, params: Params) -> Curve:
        """The learning curve of `params` on the folds."""
        budget, better = self.plan.budget, TASKS[self.folds.problem.task].better
        return curve(
            find_model(self.algorithm),
            self.folds,
            params,
            budget.seed,
            budget.rounds_per_step,
            better,
        )


def job(
    algorithm: str,
    settings: ModelSettings,
    budget: TuningSettings,
    folds: Folds,
    warm: Warm,
    storage: Storage = None,
) -> Job:
    """The search of `algorithm` on `folds`, which starts from what `warm` tells.

    Without a `storage` its study is a journal below build/studies.
    """
    if settings.trials is not None:
        budget = budget.model_copy(update={"trials": settings.trials})
    same = search_digest(algorithm, settings, budget, folds)
    known = known_trials(warm, same, settings, budget.trials)
    first, dropped = ([], []) if known else points(warm, settings)
    name = f"{algorithm}-{digest([same, first, [trial['params'] for trial in known]])}"
    plan = Plan(settings, budget, first, known, name)
    return Job(algorithm, plan, folds, same, storage or STUDIES / f"{name}.log", dropped)


def run(job: Job, on_trial: OnTrial = lambda _done, _best: None) -> str | None:
    """Work on the job's study until its budget is spent, beside any others who do.

    Gives why it stopped before, if so.
    """
    return work(begin(job.plan, job.storage, PATIENCE), job.plan, job.curve_of, on_trial)


def done(job: Job) -> int:
    """How many trials of the job's budget are finished.

    Raises `BadInput` at once where its storage is not there.
    """
    return len(
        finished(begin(job.plan, job.storage).get_trials(deepcopy=False), job.plan.budget.trials)
    )


def finish(job: Job, on_trial: OnTrial = lambda _done, _best: None) -> Tuned:
    """`run`, which does what others left, and then what the whole study found."""
    return search(job.plan, job.curve_of, on_trial, job.storage, PATIENCE)
