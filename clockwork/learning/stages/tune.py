"""tune <algorithm>: a search over folds of the training rows -> build/tuning/<algorithm>.json."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from clockwork.learning.data.split import TRAIN
from clockwork.learning.tables import category_places, read_matrix, read_part, write_json
from clockwork.learning.targets import task_of
from clockwork.model import check_task
from clockwork.project import find_model
from clockwork.settings.data import data_settings
from clockwork.settings.engine import engine_settings
from clockwork.settings.models import model_settings, tuning_settings
from clockwork.support.paths import FEATURES, SPLIT, TUNING

if TYPE_CHECKING:
    from clockwork.learning.tuning.job import Job


def main(algorithm: str) -> None:
    """Search where there is a space to search, else hand on the fixed parameters."""
    settings = model_settings(algorithm)
    check_task(find_model(algorithm), task_of(read_part(SPLIT, TRAIN)[1]).name)
    found = _search(algorithm) if settings.search else {"params": settings.params, "trials": []}
    write_json(TUNING / f"{algorithm}.json", found)


def prepared(algorithm: str, storage: str | None = None) -> "Job":
    """The search of `algorithm` with its rows, as this checkout's settings and outputs have them.

    `storage` is the URL of a database; without one the study is a journal below build/studies.
    """
    from clockwork.learning.tuning.folds import folds_of  # only a search pays for these imports
    from clockwork.learning.tuning.job import job
    from clockwork.learning.tuning.warm import read_warm

    (train, rows), settings = read_part(SPLIT, TRAIN), model_settings(algorithm)
    x, _ = read_matrix(FEATURES, train)
    folds = folds_of(
        x, rows, data_settings().split, engine_settings().folds, category_places(FEATURES)
    )
    return job(algorithm, settings, tuning_settings(), folds, read_warm(algorithm), storage)


def part(algorithm: str, storage: str | None = None) -> str | None:
    """One worker's share of the search, beside others on the same study.

    Gives why it stopped before the budget, if so.
    """
    from clockwork.learning.tuning.job import run

    return run(prepared(algorithm, storage))


def _search(algorithm: str) -> dict[str, object]:
    from clockwork.learning.tuning.job import done
    from clockwork.learning.tuning.progress import progress
    from clockwork.learning.tuning.workers import search_on

    engine = engine_settings()
    task = prepared(algorithm, engine.storage)
    for name in task.dropped:
        _say(
            f"configs/tuned.json: '{name}' of {algorithm} lies in the space no longer; "
            "it is left to the sampler"
        )
    before = done(task)
    if before:
        _say(f"{before} of {task.plan.budget.trials} trials are known already, from {task.source}")
    with progress(algorithm, task.plan.budget.trials) as tell:
        tuned = search_on(engine, task, part, tell)
    if tuned.stopped:
        _say(f"ended early: {tuned.stopped}")
    return {**asdict(tuned), "digest": task.digest}


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201
