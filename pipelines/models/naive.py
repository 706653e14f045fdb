"""What anyone could predict: the classes' shares, the median, or the one feature that says most.

Any other model has to beat it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.calibration import apply_sigmoid, fit_sigmoid
from clockwork.model import TWO, Labels, Matrix, Problem, Scores, medians, take

KNOWN = {"quantile": 0.5}  # of a target that is a number


class Naive:
    """Of two classes, and of lists, each row by its one most telling feature; else all the same."""

    seeded = False
    tasks = ("binary", "multiclass", "regression", "ranking")

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.arrays = dict(arrays)

    @classmethod
    def fit(
        cls,
        x: Matrix,
        y: Labels,
        params: Mapping[str, Any],
        seed: int,  # noqa: ARG003
        problem: Problem = TWO,
    ) -> Self:
        own = take(params, KNOWN, "naive")
        if problem.task == "multiclass":
            return cls({"same": np.bincount(y, minlength=len(problem.classes)) / len(y)})
        if problem.task == "regression":
            return cls({"same": np.asarray(np.quantile(y, own["quantile"]))})
        median = medians(x)
        telling = _correlations(np.where(np.isnan(x), median, x), y)
        best = int(np.abs(telling).argmax())
        chosen = {"feature": np.array(best), "sign": np.sign(telling[best]), "median": median[best]}
        if problem.task == "ranking":
            return cls(chosen)
        return cls({**chosen, "sigmoid": fit_sigmoid(cls(chosen)._raw(x), y)})

    def _raw(self, x: Matrix) -> Scores:
        a = self.arrays
        values = x[:, int(a["feature"])].astype(np.float64)
        return np.asarray(a["sign"] * np.where(np.isnan(values), a["median"], values))

    def score(self, x: Matrix) -> Scores:
        if "same" in self.arrays:
            return np.repeat(self.arrays["same"][None], len(x), axis=0).astype(np.float64)
        raw = self._raw(x)
        return apply_sigmoid(raw, self.arrays["sigmoid"]) if "sigmoid" in self.arrays else raw

    def save(self, folder: Path) -> None:
        np.savez(folder / "model.npz", allow_pickle=False, **self.arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            return cls(dict(arrays))


def _correlations(x: npt.NDArray[Any], y: Labels) -> Scores:
    """Spearman's rank correlation (features,) of each column with labels; 0 of a constant one."""
    ranks, target = pd.DataFrame(x).rank().to_numpy(), pd.Series(y).rank().to_numpy()
    ranks, target = ranks - ranks.mean(axis=0), target - target.mean()
    scale = np.sqrt((ranks**2).sum(axis=0) * (target**2).sum())
    return np.asarray(
        np.divide(target @ ranks, scale, out=np.zeros(x.shape[1]), where=scale > 0),
        dtype=np.float64,
    )


MODEL = Naive
