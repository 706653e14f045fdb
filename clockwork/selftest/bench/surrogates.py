"""Clockwork's Gaussian process against others that could draw a search's trials in its place.

Each searches for LightGBM's parameters on the training rows of one checkout, in a process of its
own, from the middle of the space on, and has as long as it needs to a score that all of them reach.
`bayesian-optimization` takes part where it is installed; nothing else here needs it.
"""

import importlib.util
import statistics
from dataclasses import replace
from pathlib import Path

from clockwork.selftest.bench.clone import run_all
from clockwork.selftest.bench.figure import EXACT, SHARE, TIMES, Figure
from clockwork.selftest.bench.proposals import LIBRARY, NARROW, OWN, WHOLE
from clockwork.selftest.bench.strategies import Task
from clockwork.selftest.bench.tuning import BUDGET, ENOUGH, MOST, Run, seeds_of, strategy
from clockwork.support.console import Report


def surrogate_figures(clone: Path, repeats: int, report: Report) -> list[Figure]:
    """Processor time to 99.9 % of a grid's best score: each surrogate against Clockwork's own."""
    run_all(clone)
    grid = strategy(clone, Task())
    task = Task(
        "clockwork",
        score=ENOUGH * grid.score[-1],
        most=MOST * grid.cpu[-1],
        cpu=BUDGET * grid.cpu[-1],
    )
    names = [OWN, LIBRARY, NARROW, *([WHOLE] if importlib.util.find_spec("bayes_opt") else [])]
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for seed in seeds_of(repeats):
        for name, found in runs.items():
            found.append(strategy(clone, replace(task, seed=seed, surrogate=name)))
        report(
            " · ".join(
                f"{name} {found[-1].until(task.score):.0f} s" for name, found in runs.items()
            )
        )
    return [one for name in names for one in _figures(name, runs[name], runs[OWN], grid)]


def _figures(name: str, found: list[Run], own: list[Run], grid: Run) -> list[Figure]:
    shares, owns = ([min(one.share_of(grid), MOST) for one in runs] for runs in (found, own))
    against = [one / statistics.median(owns) for one in shares]
    gained = [one.gain_on(grid) for one in found]
    score = f"{name}: best score after 20 % of the grid's time, against its best"
    return [
        Figure(f"{name}: to 99.9 % of a grid's best score, share of its time", shares, SHARE),
        Figure(f"{name}: the same against Clockwork's own", against, TIMES),
        Figure(score, gained, EXACT),
    ]
