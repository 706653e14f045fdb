"""Does one feature predict almost alone? Then it is the label in disguise."""

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.gate.catalogue import CheckId
from clockwork.learning.probes.probe import Probe
from clockwork.model import BINARY, Labels

MOST = 0.97  # area under the curve of one feature by itself
# Rank correlation with a number: an honest feature may come near, as the weight does with a price.
MOST_IN_ORDER = 0.99
CLASSES = 10  # the most frequent ones: of more there are too many pairs


def single_feature(
    x: npt.NDArray[np.float32], y: Labels, names: list[str], task: str = BINARY
) -> Probe:
    """How well every feature by itself tells labels apart, against the most that is believed.

    Either direction counts. Of classes and of relevances: the area under the ROC curve, the mean
    over pairs of them. Source: Hand and Till (2001). Of numbers: Spearman's rank correlation.
    """
    several = task != "regression" and len(np.unique(y)) > 1
    measure, most = (_between_classes, MOST) if several else (_in_order, MOST_IN_ORDER)
    found = [measure(x[:, at], y) for at in range(x.shape[1])]
    best = int(np.argmax(found))
    what = "a ROC AUC" if several else "a rank correlation"
    pairs = ", the mean over pairs of classes" if several and task != BINARY else ""
    message = f"'{names[best]}' alone reaches {what} of {found[best]:.3f}{pairs}"
    return Probe(CheckId.SINGLE_FEATURE, found[best] < most, message)


def _between_classes(values: npt.NDArray[np.float32], y: Labels) -> float:
    classes, counts = np.unique(y, return_counts=True)
    most = np.sort(classes[np.argsort(-counts, kind="stable")[:CLASSES]])
    return float(
        np.mean(
            [_area(values[y == one], values[y == other]) for one, other in combinations(most, 2)]
        )
    )


def _area(others: npt.NDArray[np.float32], own: npt.NDArray[np.float32]) -> float:
    ranks = _ranks(np.concatenate([others, own]))
    count = len(own)
    area = (ranks[len(others) :].sum() - count * (count + 1) / 2) / (count * len(others))
    return float(max(area, 1 - area))


def _in_order(values: npt.NDArray[np.float32], y: Labels) -> float:
    ranks, target = _ranks(values), _ranks(y)
    if np.ptp(ranks) == 0 or np.ptp(target) == 0:
        return 0.0
    return float(abs(np.corrcoef(ranks, target)[0, 1]))


def _ranks(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    # Missing values rank together below all others: that a value is missing may be the leak.
    return np.asarray(pd.Series(np.nan_to_num(values, nan=-np.inf)).rank(), dtype=np.float64)
