"""What may draw a search's trials: Clockwork's Gaussian process, and others to hold it against."""

from collections.abc import Sequence

import numpy as np

from clockwork.learning.tuning import study, surrogate
from clockwork.learning.tuning.cube import place, points_at, shares_of
from clockwork.settings.models import ModelSettings, Params

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
