"""What tuning costs: against grid search and plain Optuna, cold and warm."""

import json
import os
import shutil
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

from clockwork.project import STAGES
from clockwork.selftest.bench.clone import answer, python, run_all
from clockwork.selftest.bench.figure import EXACT, SECONDS, SHARE, TIMES, Figure
from clockwork.selftest.bench.strategies import Task
from clockwork.support.console import Report
from clockwork.support.git import git

SEEDS = 5  # at least
ENOUGH = 0.999  # of the grid's best score
# Of the grid's processor time: what a search has, and when it is ended at the latest.
BUDGET, MOST = 0.2, 0.4
REAL_DATA = "CLOCKWORK_REAL_DATA"
REAL = {
    "data.yaml": """
rows: data/*.parquet
entity: device
time: minute
unit: minutes
step: 1
target: label
features: ["metric_*"]
split: {train_share_of_time: 0.6, train_share_of_entities: 1.0, embargo: 60,
        folds: 4, fold_by: time}
""",
    "features.yaml": """
every: 5
windows: {30: [mean, std]}
missing: zero
""",
}


@dataclass(frozen=True)
class Run:
    """The trace of a strategy, and the best setting.

    The trace is the best score so far and the processor seconds after each trial.
    """

    cpu: list[float]
    score: list[float]
    best: dict[str, Any]

    def until(self, score: float) -> float:
        """The seconds until `score` was reached; infinite where it was not."""
        return next(
            (cpu for cpu, found in zip(self.cpu, self.score, strict=True) if found >= score), inf
        )

    def after(self, cpu: float) -> float:
        """The best score within `cpu` seconds."""
        return max(
            (found for spent, found in zip(self.cpu, self.score, strict=True) if spent <= cpu),
            default=-inf,
        )

    def share_of(self, grid: "Run") -> float:
        """Its seconds to nearly the grid's best score, as a share of all of the grid's."""
        return self.until(ENOUGH * grid.score[-1]) / grid.cpu[-1]

    def gain_on(self, grid: "Run") -> float:
        """Its best score within a part of the grid's seconds, against the grid's best."""
        return self.after(BUDGET * grid.cpu[-1]) / grid.score[-1]


def seeds_of(repeats: int) -> range:
    """The seeds of a search's repeats, never fewer than SEEDS."""
    return range(1, max(repeats, SEEDS) + 1)


def figures(root: Path, clone: Path, repeats: int, report: Report) -> list[Figure]:
    """What a search costs; on real telemetry, too, where there is some."""
    run_all(clone)
    found = search_figures("demo fleet", clone, seeds_of(repeats), report)
    for real in real_telemetry(root, clone.parent):
        found += search_figures("real servers", real, seeds_of(repeats), report)
    return found


def search_figures(data: str, checkout: Path, seeds: range, report: Report) -> list[Figure]:
    """Clockwork, cold and warm, and plain Optuna beside a grid, on `checkout`'s training rows."""
    report(f"{data}: grid search (some minutes, without a word)")
    grid = strategy(checkout, Task())
    task = Task(score=ENOUGH * grid.score[-1], most=MOST * grid.cpu[-1])
    report(
        f"{data}: grid search took {grid.cpu[-1]:.0f} s to "
        f"{grid.score[-1]:.4f} with {json.dumps(grid.best)}"
    )
    cold, warm, plain = [], [], []
    for seed in seeds:
        cold.append(
            strategy(
                checkout, replace(task, name="clockwork", seed=seed, cpu=BUDGET * grid.cpu[-1])
            )
        )
        # A base's search, and then head's, whose sampler draws otherwise.
        warm.append(
            strategy(
                checkout, replace(task, name="clockwork", seed=seed + 1000, first=cold[-1].best)
            )
        )
        plain.append(strategy(checkout, replace(task, name="plain", seed=seed)))
        line = " · ".join(
            f"{name} {run[-1].until(task.score):.0f} s, {run[-1].score[-1]:.4f}"
            for name, run in (("cold", cold), ("warm", warm), ("plain Optuna", plain))
        )
        report(f"{data}: seed {seed} of {len(seeds)}: {line}")
    return compared(data, grid, cold, warm, plain)


def compared(
    data: str, grid: Run, cold: list[Run], warm: list[Run], plain: list[Run]
) -> list[Figure]:
    """What the runs come to; where plain Optuna was ended, it is taken for as quick as that."""
    shares, again, plainly = ([one.share_of(grid) for one in runs] for runs in (cold, warm, plain))
    gained = [one.gain_on(grid) for one in cold]
    against = [one / min(statistics.median(plainly), MOST) for one in shares]
    score = f"{data}: best score after 20 % of its time, against its best"
    return [
        Figure(f"{data}: GridSearchCV over 81 settings, processor time", [grid.cpu[-1]], SECONDS),
        Figure(f"{data}: to 99.9 % of its best score, share of its time", shares, SHARE, 0.13),
        Figure(f"{data}: the same, from base's best setting", again, SHARE, 0.05),
        Figure(score, gained, EXACT, 1.0, least=True),
        Figure(f"{data}: plain Optuna to that score, share of its time", plainly, SHARE),
        Figure(f"{data}: Clockwork against plain Optuna, time to that score", against, TIMES, 0.5),
    ]


def strategy(checkout: Path, task: Task) -> Run:
    """Run one strategy in a process of its own."""
    return Run(**answer(checkout, "clockwork.selftest.bench.strategies", json.dumps(asdict(task))))


def real_telemetry(root: Path, folder: Path) -> Iterator[Path]:
    """A checkout with the features of real servers, where their rows are here.

    See REAL_DATA in the environment.
    """
    place = Path(os.environ.get(REAL_DATA) or root.resolve().parent / "shared" / "data" / "smd")
    machines = sorted((place / "test").glob("*.parquet"))
    if not machines:
        return
    checkout = folder / "real"
    git(folder, "clone", "--quiet", str(folder / "clone"), str(checkout))
    (checkout / "data").mkdir()
    for machine in machines:
        shutil.copy2(machine, checkout / "data")
    for name, text in REAL.items():
        (checkout / "configs" / name).write_text(text.lstrip(), encoding="utf-8")
    for stage in ("features", "split"):
        python(checkout, "-m", f"{STAGES}.{stage}")
    yield checkout
