"""Where to look next in a search of a few dozen trials.

A Gaussian process over the space tells, by its upper bound. Optuna's TPE needs some tens of trials
before it draws better than chance, and its GPSampler brings PyTorch, which is larger than all else
here together.

Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1, with the
Matern kernel of 5/2 and a length scale for each parameter; the bound after Srinivas, Krause, Kakade
and Seeger (2010).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.learning.tuning.cube import axes, place, points_at, shares_of
from clockwork.settings.models import ModelSettings, Params

Array = npt.NDArray[np.floating[Any]]
Seen = Sequence[tuple[Params, float]]

BOUND = 2.5  # standard deviations that the bound lies above the mean
CANDIDATES, NEAR, WIDTH = 128, 256, 0.2  # drawn anywhere, and around the best point seen
# Of the length: those that are tried, and the prior's middle.
SCALES, TYPICAL = (0.2, 0.4, 0.8, 1.6, 3.2), 1.5
NOISES = (0.003, 0.01, 0.03, 0.1, 0.3)  # variance of a score's luck, of 1 for all scores
MOST = 300  # points that are learnt from: the work grows with their cube
# Relative: machines differ in the last digits, so of what is as good as equal the first is taken.
TIE = 1e-8


def propose(
    settings: ModelSettings, seen: Seen, others: Sequence[Params], rng: np.random.Generator
) -> Params:
    """The next point of `settings`' space: the best of a few hundred drawn ones not tried before.

    `seen` are points and their scores, higher is better, at least one. `others` are tried at this
    moment by other workers; they count with the mean score, which keeps this point away from them
    (the constant liar of Ginsbourger, Le Riche and Carraro, 2010).
    """
    learnt = _learnt(seen)
    x = np.array([place(settings, point) for point in [*(point for point, _ in learnt), *others]])
    y = np.append(_scaled(np.array([score for _, score in learnt])), np.zeros(len(others)))
    candidates = _untried(
        settings, seen, others, points_at(settings, _drawn(settings, learnt[0][0], rng))
    )
    of = axes(settings)
    scales, noise = _fit(x, y, of)
    _, root, weights = _likelihood(x, y, scales[of], noise)
    at = np.array([place(settings, point) for point in candidates])
    mean, deviation = _predict(at, x, scales[of], root, weights)
    return candidates[_first_best(mean + BOUND * deviation)]


def _untried(
    settings: ModelSettings, seen: Seen, others: Sequence[Params], drawn: list[Params]
) -> list[Params]:
    """Those of `drawn` nobody tried, else all: scores are fixed, a second one tells nothing."""

    def where(point: Params) -> tuple[float, ...]:
        return tuple(np.round(place(settings, point), 9).tolist())

    tried = {where(point) for point in [*(point for point, _ in seen), *others]}
    return [point for point in drawn if where(point) not in tried] or drawn


def _learnt(seen: Seen) -> Seen:
    """At most `MOST` of `seen`, best first: best and last ones, as the forgotten look untried."""
    last = len(seen) - MOST // 2
    best_first = sorted(range(len(seen)), key=lambda at: -seen[at][1])
    earlier = [at for at in best_first if at < last][: MOST - MOST // 2]
    return [seen[at] for at in best_first if at >= last or at in earlier]


def _scaled(scores: Array) -> Array:
    spread = float(scores.std())
    equal = spread <= 1e-9 * float(np.abs(scores).max())
    return np.zeros(len(scores)) if equal else (scores - scores.mean()) / spread


def _drawn(
    settings: ModelSettings, best: Params, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    count = len(settings.search)
    near = shares_of(settings, best) + rng.normal(0, WIDTH, (NEAR, count))
    return np.clip(np.vstack([rng.random((CANDIDATES, count)), near]), 0, 1)


def _predict(
    at: Array, x: Array, scales: Array, root: Array, weights: Array
) -> tuple[Array, Array]:
    """Mean and deviation of the score at each row of `at`."""
    across = _matern(at, x, scales)
    spread = np.linalg.solve(root, across.T)
    return spread.T @ weights, np.sqrt(np.maximum(1 - (spread**2).sum(axis=0), 0))


def _fit(x: Array, y: Array, of: npt.NDArray[np.intp]) -> tuple[Array, float]:
    # One after the other, twice: as good as a gradient's way on grids this coarse, and it needs no
    # start or stop.
    scales, noise = np.full(int(of.max()) + 1, TYPICAL), NOISES[2]

    def worth(scales: Array, noise: float) -> float:
        return _likelihood(x, y, scales[of], noise)[0] - 0.5 * float(
            (np.log(scales / TYPICAL) ** 2).sum()
        )

    for _ in range(2):
        for axis in range(len(scales)):
            options = [np.where(np.arange(len(scales)) == axis, one, scales) for one in SCALES]
            scales = options[_first_best([worth(one, noise) for one in options])]
        noise = NOISES[_first_best([worth(scales, one) for one in NOISES])]
    return scales, noise


def _first_best(values: Sequence[float] | Array) -> int:
    top = np.max(values)
    return int(np.argmax(values >= top - TIE * max(1.0, abs(top))))


def _likelihood(x: Array, y: Array, scales: Array, noise: float) -> tuple[float, Array, Array]:
    root = np.linalg.cholesky(_matern(x, x, scales) + noise * np.eye(len(x)))
    weights = np.linalg.solve(root, y)
    return float(-0.5 * weights @ weights - np.log(np.diag(root)).sum()), root, weights


def _matern(a: Array, b: Array, scales: Array) -> Array:
    distance = np.sqrt(5 * (((a[:, None] - b[None]) / scales) ** 2).sum(axis=-1))
    kernel: Array = (1 + distance + distance**2 / 3) * np.exp(-distance)
    return kernel
