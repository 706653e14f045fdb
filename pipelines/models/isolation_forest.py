"""Isolation forest: the trees are kept by skops, which loads named types only; the rest as arrays."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import skops.io
from sklearn.ensemble import IsolationForest

from pipelines.models.base import Labels, Matrix, Scores, take
from pipelines.models.calibration import apply_sigmoid, fit_sigmoid

KNOWN = {"trees": 100, "sample": 256, "features": 1.0}
TRUSTED = ["numpy.dtype", "sklearn.ensemble._iforest.IsolationForest", "sklearn.tree._tree.Tree"]


class Forest:
    """Rows that a few random cuts set apart are anomalies; labels only calibrate the score."""

    seeded = True

    def __init__(
        self, forest: IsolationForest, median: npt.NDArray[np.float32], sigmoid: npt.NDArray[np.float64]
    ) -> None:
        self.forest, self.median, self.sigmoid = forest, median, sigmoid

    @classmethod
    def fit(cls, x: Matrix, y: Labels, params: Mapping[str, Any], seed: int) -> Self:
        own = take(params, KNOWN, "isolation_forest")
        median = np.nan_to_num(np.nanmedian(x, axis=0)).astype(np.float32)
        forest = IsolationForest(
            n_estimators=own["trees"],
            max_samples=min(own["sample"], len(x)),
            max_features=own["features"],
            random_state=seed,
            n_jobs=1,
        ).fit(np.where(np.isnan(x), median, x))
        model = cls(forest, median, np.zeros(4))
        return cls(forest, median, fit_sigmoid(model._raw(x), y))

    def _raw(self, x: Matrix) -> npt.NDArray[np.float64]:
        return np.asarray(-self.forest.score_samples(np.where(np.isnan(x), self.median, x)), dtype=np.float64)

    def score(self, x: Matrix) -> Scores:
        return apply_sigmoid(self._raw(x), self.sigmoid)

    def save(self, folder: Path) -> None:
        skops.io.dump(self.forest, folder / "forest.skops")
        np.savez(folder / "model.npz", allow_pickle=False, median=self.median, sigmoid=self.sigmoid)

    @classmethod
    def load(cls, folder: Path) -> Self:
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            forest = skops.io.load(folder / "forest.skops", trusted=TRUSTED)
            return cls(forest, arrays["median"], arrays["sigmoid"])


MODEL = Forest
