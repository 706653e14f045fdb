"""Logistic regression on standardised features, kept as arrays; scoring needs no scikit-learn."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from clockwork.model import Labels, Matrix, Scores, medians, take

KNOWN = {"inverse_penalty": 1.0, "iterations": 200, "clip": 10.0}
NONE = np.empty((0, 2))
VALUES = 64  # of a category, at most: thousands of columns would fill the memory


class Logistic:
    """Weights over features, median-filled, centred, scaled and clipped at `clip` deviations.

    A category becomes a column of zeros and ones for each of its values, or of its `VALUES` most
    frequent ones.
    """

    seeded = False
    categorical = True

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.float64]]) -> None:
        self.arrays = dict(arrays)

    @classmethod
    def fit(
        cls,
        x: Matrix,
        y: Labels,
        params: Mapping[str, Any],
        seed: int,
        categories: Sequence[int] = (),
    ) -> Self:
        # A second and a half, for training only.
        from sklearn.linear_model import (
            LogisticRegression,
        )

        own = take(params, KNOWN, "logistic")
        levels = _levels(x, categories)
        x = _with_levels(x, levels)
        median = medians(x)
        filled = np.where(np.isnan(x), median, x)
        centre, spread = filled.mean(axis=0), filled.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        arrays = {
            "median": median,
            "centre": centre,
            "spread": spread,
            "clip": np.array(float(own["clip"])),
        }
        learner = LogisticRegression(
            C=own["inverse_penalty"], max_iter=own["iterations"], tol=1e-3, random_state=seed
        )
        learner.fit(cls(arrays)._standardised(x), y)
        known = {"levels": levels} if len(levels) else {}
        return cls(
            {**arrays, **known, "weights": learner.coef_[0], "intercept": learner.intercept_}
        )

    def score(self, x: Matrix) -> Scores:
        x = _with_levels(x, self.arrays.get("levels", NONE))
        z = self._standardised(x) @ self.arrays["weights"] + self.arrays["intercept"][0]
        return np.asarray(expit(z), dtype=np.float64)

    def _standardised(self, x: Matrix) -> npt.NDArray[np.float64]:
        a = self.arrays
        z = (np.where(np.isnan(x), a["median"], x) - a["centre"]) / a["spread"]
        return np.clip(z, -a["clip"], a["clip"])

    def save(self, folder: Path) -> None:
        np.savez(folder / "model.npz", allow_pickle=False, **self.arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            return cls(dict(arrays))


def _levels(x: Matrix, categories: Sequence[int]) -> npt.NDArray[np.float64]:
    # (place, value) of each value of each category.
    values = [(at, value) for at in categories for value in _frequent(x[:, at])]
    return np.array(values, dtype=np.float64).reshape(-1, 2)


def _frequent(column: Matrix) -> Matrix:
    values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    return np.sort(values[np.argsort(-counts, kind="stable")[:VALUES]])


def _with_levels(x: Matrix, levels: npt.NDArray[np.float64]) -> Matrix:
    if not len(levels):
        return x
    places = levels[:, 0].astype(np.intp)
    numbers = np.delete(x, np.unique(places), axis=1)
    return np.hstack([numbers, (x[:, places] == levels[:, 1]).astype(np.float32)])


MODEL = Logistic
