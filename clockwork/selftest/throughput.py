"""throughput [ALGORITHM] [TRIALS] [REPEATS]: trials a minute of one worker, of two, and of two on a Dask cluster.

Measured on this checkout's own rows, one after the other in every repeat, each worker with one thread. Every place of
the budget tries the same point in each of them and runs to its end, so all do the same work. The clock runs from the
beginning of the first trial to the end of the last: starting processes is paid once, not by the minute.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from clockwork.learning.stages.tune import prepared
from clockwork.learning.tuning.cube import anywhere
from clockwork.learning.tuning.job import Job, run
from clockwork.learning.tuning.slots import finished
from clockwork.learning.tuning.storage import open_study
from clockwork.learning.tuning.workers import share
from clockwork.settings.engine import EngineSettings
from clockwork.support.errors import exit_on_bad_input

MINUTE = 60.0
ONE, TWO, DASK = "one worker", "two workers", "two workers of a cluster"


def throughput(algorithm: str, trials: int, repeats: int, say: Callable[[str], None]) -> dict[str, list[float]]:
    """Trials a minute of each engine, once for every repeat."""
    found: dict[str, list[float]] = {ONE: [], TWO: [], DASK: []}
    with tempfile.TemporaryDirectory() as folder, two_workers() as address:
        for at in range(repeats):
            for name, engine in _engines(address).items():
                storage = Path(folder) / f"{at}-{name}.log"
                found[name].append(trials_a_minute(algorithm, trials, engine, storage))
                say(f"{name}: {found[name][-1]:.1f} trials a minute ({at + 1} of {repeats})")
    return found


def _engines(address: str) -> dict[str, EngineSettings]:
    here = EngineSettings(workers=1, scheduler=None, storage=None)
    there = EngineSettings(workers=2, scheduler=address, storage=None)
    return {ONE: here, TWO: here.model_copy(update={"workers": 2}), DASK: there}


@contextmanager
def two_workers() -> Iterator[str]:
    """The address of a Dask scheduler on loopback with two worker processes."""
    from distributed import LocalCluster

    made: Any = LocalCluster(2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0")  # type: ignore[no-untyped-call]
    with made as cluster:
        yield cluster.scheduler_address


def trials_a_minute(algorithm: str, trials: int, engine: EngineSettings, storage: Path) -> float:
    """How many trials `engine` does in a minute, by the clock of the study itself."""
    job = measured(algorithm, trials, storage)
    study = open_study(job.plan.name, storage, job.plan.space)
    share(engine, part, [algorithm, trials, str(storage)], lambda: len(finished(study, trials)), trials)
    done = finished(study, trials)
    begun = min(trial.datetime_start for trial in done if trial.datetime_start)
    ended = max(trial.datetime_complete for trial in done if trial.datetime_complete)
    seconds: float = (ended - begun).total_seconds()
    return MINUTE * len(done) / seconds


def part(algorithm: str, trials: int, storage: str) -> str | None:
    """One worker's share."""
    return run(measured(algorithm, trials, Path(storage)))


def measured(algorithm: str, trials: int, storage: Path) -> Job:
    """The search of `algorithm` with points that depend on their place alone, each tried to its end."""
    job = prepared(algorithm)
    job.folds.threads = 1
    changes = {"trials": trials, "pruner": "none", "seconds": None, "stall": None}
    points = [anywhere(job.plan.settings, np.random.default_rng(place)) for place in range(trials)]
    plan = replace(job.plan, budget=job.plan.budget.model_copy(update=changes), points=points, known=())
    return replace(job, plan=plan, storage=storage)


def main(algorithm: str, trials: int, repeats: int) -> int:
    """Print the medians, and the ratios to one worker, as JSON."""
    found = throughput(algorithm, trials, repeats, lambda line: print(line, file=sys.stderr))  # noqa: T201
    medians = {name: statistics.median(values) for name, values in found.items()}
    ratios = {name: statistics.median(a / b for a, b in zip(found[name], found[ONE], strict=True)) for name in found}
    print(json.dumps({"trials a minute": medians, "to one worker": ratios}, indent=1))  # noqa: T201
    return 0


def read_words() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m clockwork.selftest.throughput", description=__doc__)
    parser.add_argument("algorithm", nargs="?", default="lightgbm", metavar="ALGORITHM", help="default: lightgbm")
    for name, default in (("trials", 20), ("repeats", 5)):
        parser.add_argument(
            name, nargs="?", type=int, default=default, metavar=name.upper(), help=f"default: {default}"
        )
    words = parser.parse_args()
    if min(words.trials, words.repeats) < 1:
        parser.error("TRIALS and REPEATS are at least 1")
    return words


if __name__ == "__main__":
    words = read_words()
    sys.exit(exit_on_bad_input(lambda: main(**vars(words))))
