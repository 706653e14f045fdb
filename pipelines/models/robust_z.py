"""The robust z-score: distance from the median in units of the spread.

The largest few features are averaged.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from clockwork.learning.calibration import apply_sigmoid, fit_sigmoid
from clockwork.model import Labels, Matrix, Scores, medians, take

KNOWN = {"top": 3}
TO_SIGMA = 1.4826  # a normal distribution's standard deviation over its median absolute deviation


class RobustZ:
    """What an alert threshold by hand would do, on every feature at once.

    Labels only calibrate the score.
    """

    seeded = False
    categorical = True  # to leave them out: a rare value is no outlier

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.arrays = dict(arrays)

    @classmethod
    def fit(
        cls,
        x: Matrix,
        y: Labels,
        params: Mapping[str, Any],
        seed: int,  # noqa: ARG003
        categories: Sequence[int] = (),
    ) -> Self:
        own = take(params, KNOWN, "robust_z", {"top": 1})
        median = medians(x).astype(np.float32)
        spread = TO_SIGMA * medians(np.abs(x - median))
        spread[list(categories)] = 0
        arrays = {
            "median": median,
            "spread": np.where(spread > 0, spread, np.inf).astype(np.float32),
            "top": np.array(int(own["top"])),
        }
        return cls({**arrays, "sigmoid": fit_sigmoid(cls(arrays)._raw(x), y)})

    def _raw(self, x: Matrix) -> npt.NDArray[np.float64]:
        a = self.arrays
        z = np.nan_to_num(np.abs(x - a["median"]) / a["spread"], posinf=0.0)
        top = min(int(a["top"]), z.shape[1])
        largest = np.partition(z, -top, axis=1)[:, -top:]
        return np.asarray(np.log1p(largest.mean(axis=1, dtype=np.float64)), dtype=np.float64)

    def score(self, x: Matrix) -> Scores:
        return apply_sigmoid(self._raw(x), self.arrays["sigmoid"])

    def save(self, folder: Path) -> None:
        np.savez(folder / "model.npz", allow_pickle=False, **self.arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            return cls(dict(arrays))


MODEL = RobustZ
