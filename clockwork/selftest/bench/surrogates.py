"""What draws a search's trials: Clockwork's Gaussian process, and others that could take its place.

Each searches for LightGBM's parameters on the training rows of one checkout, in a process of its
own, from the middle of the space on, and has as long as it needs to a score that all of them reach.
`bayesian-optimization` takes part where it is installed; nothing else here needs it.
"""

import importlib.util
import statistics
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from clockwork.learning.tuning import study, surrogate
from clockwork.learning.tuning.cube import place, points_at, shares_of
from clockwork.selftest.bench.clone import run_all
from clockwork.selftest.bench.figure import EXACT, SHARE, TIMES, Figure
from clockwork.selftest.bench.strategies import Task
from clockwork.selftest.bench.tuning import BUDGET, ENOUGH, MOST, Run, seeds_of, strategy
from clockwork.settings.models import ModelSettings, Params
from clockwork.support.console import Report

OWN, LIBRARY, NARROW, WHOLE = "own", "scikit-learn", "bound of 1", "bayesian-optimization"


def use(name: str) -> None:
    """Let the searches of this process draw their trials by the surrogate `name`."""
    if name == LIBRARY:
        study.propose = propose_by_library  # type: ignore[attr-defined]
    elif name == NARROW:
        surrogate.BOUND = 1.0
    elif name == WHOLE:
        study.propose = propose_by_package  # type: ignore[attr-defined]


def propose_by_library(
    settings: ModelSettings,
    seen: surrogate.Seen,
    others: Sequence[Params],
    rng: np.random.Generator,
) -> Params:
    """As `clockwork.learning.tuning.surrogate.propose`, by scikit-learn's Gaussian process.

    It has the same kernel.
    """
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import Matern, WhiteKernel

    x = np.array([place(settings, point) for point in [*(point for point, _ in seen), *others]])
    scores = np.array([score for _, score in seen])
    y = np.append(scores, np.full(len(others), scores.mean()))
    kernel = Matern(np.full(x.shape[1], surrogate.TYPICAL), (0.1, 5.0), nu=2.5) + WhiteKernel(
        0.03, (1e-3, 0.3)
    )
    process = GaussianProcessRegressor(
        kernel, normalize_y=True, random_state=int(rng.integers(2**31))
    )
    process.fit(x, y)
    best = max(seen, key=lambda one: one[1])[0]
    near = shares_of(settings, best) + rng.normal(
        0, surrogate.WIDTH, (surrogate.NEAR, len(settings.search))
    )
    anywhere = rng.random((surrogate.CANDIDATES, len(settings.search)))
    candidates = points_at(settings, np.clip(np.vstack([anywhere, near]), 0, 1))
    mean, deviation = process.predict(
        np.array([place(settings, one) for one in candidates]), return_std=True
    )
    return candidates[int(np.argmax(mean + surrogate.BOUND * deviation))]


def propose_by_package(
    settings: ModelSettings,
    seen: surrogate.Seen,
    others: Sequence[Params],
    rng: np.random.Generator,
) -> Params:
    """As `clockwork.learning.tuning.surrogate.propose`, by bayesian-optimization as it comes.

    It comes with a bound of 2.576.
    """
    from bayes_opt import BayesianOptimization

    names = list(settings.ordered)
    search = BayesianOptimization(
        None,
        dict.fromkeys(names, (0.0, 1.0)),
        random_state=int(rng.integers(2**31)),
        verbose=0,
        allow_duplicate_points=True,
    )
    typical = float(np.mean([score for _, score in seen]))
    for point, score in [*seen, *((point, typical) for point in others)]:
        search.register(dict(zip(names, shares_of(settings, point).tolist(), strict=True)), score)
    shares = search.suggest()
    return points_at(settings, np.array([[float(shares[name]) for name in names]]))[0]


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
