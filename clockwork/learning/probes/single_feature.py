"""Does one feature predict almost alone? Then it is the label in disguise."""

from collections.abc import Callable, Sequence
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
SEED = 20
Values = npt.NDArray[Any]
Measure = Callable[[Values, Labels], float]  # of a feature's values, whose label is in their order


def single_feature(
    x: npt.NDArray[np.float32],
    y: Labels,
    names: list[str],
    task: str = BINARY,
    categories: Sequence[int] = (),
    entity: Values | None = None,
) -> Probe:
    """How well every feature by itself tells labels apart, against the most that is believed.

    Either direction counts. Of classes and of relevances: the area under the ROC curve, the mean
    over pairs of them. Source: Hand and Till (2001). Of numbers: Spearman's rank correlation. The
    codes of `categories`, places of features, have no order: their values rank also by the mean
    label that they have among the other half of the entities. `entity` has a code for each row;
    without it each is by itself.
    """
    several = task != "regression" and len(np.unique(y)) > 1
    most = MOST if several else MOST_IN_ORDER
    half = _half(np.arange(len(y)) if entity is None else entity)
    found = [
        (_between_classes if several else _in_order)(
            x[:, at], y, half if at in categories else None
        )
        for at in range(x.shape[1])
    ]
    best = int(np.argmax(found))
    what = "a ROC AUC" if several else "a rank correlation"
    pairs = ", the mean over pairs of classes" if several and task != BINARY else ""
    message = f"'{names[best]}' alone reaches {what} of {found[best]:.3f}{pairs}"
    return Probe(CheckId.SINGLE_FEATURE, found[best] < most, message)


def _half(entity: Values) -> Values:
    # Half of the entities; half of the rows where all are of one.
    code = np.unique(entity, return_inverse=True)[1]
    code = code if code.any() else np.arange(len(entity))
    order = np.random.default_rng(SEED).permutation(int(code.max(initial=0)) + 1)
    return np.asarray(order[code] % 2 == 0)


def _between_classes(values: Values, y: Labels, half: Values | None) -> float:
    classes, counts = np.unique(y, return_counts=True)
    most = np.sort(classes[np.argsort(-counts, kind="stable")[:CLASSES]])
    found = []
    for one, other in combinations(most, 2):
        of = (y == one) | (y == other)
        own = y[of] == other
        area = _area(values[of], own)
        area = max(area, 1 - area)
        found.append(
            area if half is None else max(area, _by_half(_area, values[of], own, half[of]))
        )
    return float(np.mean(found))


def _in_order(values: Values, y: Labels, half: Values | None) -> float:
    found = abs(_correlation(values, y))
    return found if half is None else max(found, _by_half(_correlation, values, y, half))


def _by_half(measure: Measure, codes: Values, y: Labels, half: Values) -> float:
    # The mean of both halves, each by what the other one knows of the categories.
    code, found = np.unique(codes, return_inverse=True)[1], []
    for known in (half, ~half):
        own = ~known
        if known.any() and own.any() and np.ptp(y[own].astype(np.float64)) > 0:
            count = np.bincount(code[known], minlength=code.max() + 1)
            total = np.bincount(code[known], y[known], minlength=code.max() + 1)
            mean = np.where(count > 0, total / np.maximum(count, 1), y[known].mean())
            found.append(measure(mean[code[own]], y[own]))
    return float(np.mean(found)) if found else 0.0


def _area(values: Values, own: Labels) -> float:
    ranks, count = _ranks(values)[own == 1], int((own == 1).sum())
    return float((ranks.sum() - count * (count + 1) / 2) / (count * (len(own) - count)))


def _correlation(values: Values, y: Labels) -> float:
    ranks, target = _ranks(values), _ranks(y)
    if np.ptp(ranks) == 0 or np.ptp(target) == 0:
        return 0.0
    return float(np.corrcoef(ranks, target)[0, 1])


def _ranks(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    # Missing values rank together below all others: that a value is missing may be the leak.
    return np.asarray(pd.Series(np.nan_to_num(values, nan=-np.inf)).rank(), dtype=np.float64)
