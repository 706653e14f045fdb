"""Learning curves over folds: how good a setting is after each step of its training, on the mean of the folds.

All folds step together, so a setting can be given up on what its whole curve says, and rows are binned once.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from pipelines.models.base import Algorithm, Labels, Matrix
from pipelines.models.lightgbm import Lightgbm, train_params

Curve = Iterator[tuple[int, float]]
Metric = Callable[[Labels, npt.NDArray[np.float64]], float]


class Folds:
    """Training and held-out rows of every fold. `fold` gives the fold of each row, 0 and up."""

    def __init__(self, x: Matrix, y: Labels, fold: npt.NDArray[np.int8]) -> None:
        self.x, self.y, self.fold = x, y, fold
        self.held_out = [np.flatnonzero(fold == f) for f in np.unique(fold)]
        self.train = [np.flatnonzero(fold != f) for f in np.unique(fold)]
        self._binned: list[lgb.Dataset] = []

    def binned(self, params: Mapping[str, Any]) -> list[lgb.Dataset]:
        """The training rows of each fold as LightGBM bins them; done once, shared by every trial."""
        if not self._binned:
            self._binned = [
                lgb.Dataset(self.x[rows], self.y[rows], params=dict(params), free_raw_data=False).construct()
                for rows in self.train
            ]
        return self._binned

    def mean(self, metric: Metric, scores: list[npt.NDArray[np.float64]]) -> float:
        """The mean over folds of `metric` on the held-out rows."""
        return float(np.mean([metric(self.y[rows], s) for rows, s in zip(self.held_out, scores, strict=True)]))


def curve(
    model: type[Algorithm], folds: Folds, params: Mapping[str, Any], seed: int, step: int, metric: Metric
) -> Curve:
    """(rounds, mean score) after each step; a learner without rounds has a curve of one point."""
    if issubclass(model, Lightgbm):
        return _boosted(folds, params, seed, step, metric)
    return _whole(model, folds, params, seed, metric)


def _boosted(folds: Folds, params: Mapping[str, Any], seed: int, step: int, metric: Metric) -> Curve:
    own, rounds = train_params(params, seed)
    boosters = [lgb.Booster(own, data) for data in folds.binned(own)]
    held_out = [folds.x[rows] for rows in folds.held_out]
    raw = [np.zeros(len(rows)) for rows in held_out]
    for done in range(0, rounds, step):
        for at, booster in enumerate(boosters):
            for _ in range(min(step, rounds - done)):
                booster.update()
            raw[at] += booster.predict(
                held_out[at], raw_score=True, start_iteration=done, num_iteration=step, num_threads=1
            )
        yield min(done + step, rounds), folds.mean(metric, raw)


def _whole(model: type[Algorithm], folds: Folds, params: Mapping[str, Any], seed: int, metric: Metric) -> Curve:
    scores = [
        model.fit(folds.x[train], folds.y[train], params, seed).score(folds.x[held_out])
        for train, held_out in zip(folds.train, folds.held_out, strict=True)
    ]
    yield 0, folds.mean(metric, scores)
