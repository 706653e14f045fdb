"""Where to look next in a search of a few dozen trials: a Gaussian process over the space, by its upper bound.

A parameter is a number from 0 to 1 along its range, a choice one of as many corners that lie 1 apart; one that does not
exist beside the others is taken for its middle. Optuna's TPE needs some tens of trials before it draws better than
chance, and its GPSampler brings PyTorch, which is larger than all else here together.

Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1, with the Matern kernel of 5/2 and
a length scale for each parameter; the bound after Srinivas, Krause, Kakade and Seeger (2010).
"""

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.settings.models import ModelSettings, Params, Space, Value

Array = npt.NDArray[np.floating[Any]]
Seen = Sequence[tuple[Params, float]]

BOUND = 2.5  # standard deviations that the bound lies above the mean
CANDIDATES, NEAR, WIDTH = 128, 256, 0.2  # drawn anywhere, and around the best point seen
SCALES, TYPICAL = (0.2, 0.4, 0.8, 1.6, 3.2), 1.5  # of the length: those that are tried, and the prior's middle
NOISES = (0.003, 0.01, 0.03, 0.1, 0.3)  # variance of a score's luck, of 1 for all scores
MOST = 150  # points that are learnt from, the best ones: the work grows with their cube


def propose(settings: ModelSettings, seen: Seen, others: Sequence[Params], rng: np.random.Generator) -> Params:
    """The next point of the space of `settings`, with a value for every parameter, also one that conditions leave out.

    `seen` are points and their scores, higher is better. `others` are tried at this moment by other workers; they count
    with the mean score, which keeps this point away from them (the constant liar of Ginsbourger et al., 2010). With
    nothing seen it is the middle of the space, or a random point where others are on their way.
    """
    spaces = list(settings.ordered.values())
    if not seen:
        return _point(settings, rng.random(len(spaces)) if others else np.full(len(spaces), 0.5))
    best_first = sorted(seen, key=lambda one: -one[1])[:MOST]
    scores = np.array([score for _, score in best_first])
    scaled = (scores - scores.mean()) / (scores.std() or 1.0)
    x = np.array([_row(settings, point) for point in [*(point for point, _ in best_first), *others]])
    y = np.append(scaled, np.zeros(len(others)))
    axes = np.repeat(np.arange(len(spaces)), [len(space.choices or [0]) for space in spaces])
    candidates = [_point(settings, at) for at in _drawn(settings, best_first[0][0], rng)]
    scales, noise = _fit(x, y, axes)
    _, root, weights = _likelihood(x, y, scales[axes], noise)
    rows = np.array([_row(settings, point) for point in candidates])
    mean, deviation = _predict(rows, x, scales[axes], root, weights)
    return candidates[int(np.argmax(mean + BOUND * deviation))]


def _drawn(settings: ModelSettings, best: Params, rng: np.random.Generator) -> Array:
    count = len(settings.search)
    middle = [_share(space, best[name]) if name in best else 0.5 for name, space in settings.ordered.items()]
    near = np.array(middle) + rng.normal(0, WIDTH, (NEAR, count))
    return np.clip(np.vstack([rng.random((CANDIDATES, count)), near]), 0, 1)


def _point(settings: ModelSettings, shares: Array) -> Params:
    return {
        name: _value(space, at) for (name, space), at in zip(settings.ordered.items(), shares.tolist(), strict=True)
    }


def _value(space: Space, share: float) -> Value:
    if space.choices is not None:
        return space.choices[min(int(share * len(space.choices)), len(space.choices) - 1)]
    low, high = _ends(space)
    value = low * (high / low) ** share if space.log else low + share * (high - low)
    step = space.step or (1 if space.whole else 0)
    if step:
        value = low + min(round((value - low) / step), int((high - low) / step + 1e-9)) * step
    value = min(max(value, low), high)
    return round(value) if space.whole else value


def _share(space: Space, value: Value) -> float:
    if space.choices is not None:
        return (space.choices.index(value) + 0.5) / len(space.choices)
    (low, high), value = _ends(space), float(value)
    return log(value / low) / log(high / low) if space.log else (value - low) / (high - low)


def _ends(space: Space) -> tuple[float, float]:
    assert space.low is not None
    assert space.high is not None
    return float(space.low), float(space.high)


def _row(settings: ModelSettings, point: Params) -> list[float]:
    row: list[float] = []
    for name, space in settings.ordered.items():
        there = name in point and space.exists(point)
        if space.choices is None:
            row.append(_share(space, point[name]) if there else 0.5)
        else:
            row += [0.5**0.5 if there and one == point[name] else 0.0 for one in space.choices]
    return row


def _predict(at: Array, x: Array, scales: Array, root: Array, weights: Array) -> tuple[Array, Array]:
    """Mean and deviation of the score at each row of `at`."""
    across = _matern(at, x, scales)
    spread = np.linalg.solve(root, across.T)
    return spread.T @ weights, np.sqrt(np.maximum(1 - (spread**2).sum(axis=0), 0))


def _fit(x: Array, y: Array, axes: npt.NDArray[np.intp]) -> tuple[Array, float]:
    # One after the other, twice: as good as a gradient's way on grids this coarse, and it needs no start or stop.
    scales, noise = np.full(int(axes.max()) + 1, TYPICAL), NOISES[2]

    def worth(scales: Array, noise: float) -> float:
        return _likelihood(x, y, scales[axes], noise)[0] - 0.5 * float((np.log(scales / TYPICAL) ** 2).sum())

    for _ in range(2):
        for axis in range(len(scales)):
            options = [np.where(np.arange(len(scales)) == axis, one, scales) for one in SCALES]
            scales = options[int(np.argmax([worth(one, noise) for one in options]))]
        noise = NOISES[int(np.argmax([worth(scales, one) for one in NOISES]))]
    return scales, noise


def _likelihood(x: Array, y: Array, scales: Array, noise: float) -> tuple[float, Array, Array]:
    root = np.linalg.cholesky(_matern(x, x, scales) + noise * np.eye(len(x)))
    weights = np.linalg.solve(root, y)
    return float(-0.5 * weights @ weights - np.log(np.diag(root)).sum()), root, weights


def _matern(a: Array, b: Array, scales: Array) -> Array:
    distance = np.sqrt(5 * (((a[:, None] - b[None]) / scales) ** 2).sum(axis=-1))
    kernel: Array = (1 + distance + distance**2 / 3) * np.exp(-distance)
    return kernel
