"""Does one feature predict almost alone? Then it is the label in disguise."""

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from clockwork.gate.catalogue import CheckId
from clockwork.learning.probes.probe import Probe

MOST = 0.97  # area under the curve of one feature by itself


def single_feature(x: npt.NDArray[np.float32], y: npt.NDArray[np.int8], names: list[str]) -> Probe:
    """The area under the ROC curve of every feature by itself, in either direction, against `MOST`."""
    areas = [_area(x[:, at], y) for at in range(x.shape[1])]
    best = int(np.argmax(areas))
    message = f"'{names[best]}' alone reaches a ROC AUC of {areas[best]:.3f}"
    return Probe(CheckId.SINGLE_FEATURE, areas[best] < MOST, message)


def _area(values: npt.NDArray[np.float32], y: npt.NDArray[np.int8]) -> float:
    # Missing values rank together below all others: that a value is missing may be the leak.
    ranks = rankdata(np.nan_to_num(values, nan=-np.inf))
    positives = int(y.sum())
    area = (ranks[y == 1].sum() - positives * (positives + 1) / 2) / (positives * (len(y) - positives))
    return float(max(area, 1 - area))
