"""Is a column the target in disguise? Then it alone tells the target of every row."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.keys import RowKeys
from clockwork.learning.targets import labels_of, task_of
from clockwork.support.errors import BadRows

Labels = npt.NDArray[Any]
ENOUGH = 20  # rows of each class, and values of a category
SEVERAL = 10  # targets of numbers: of fewer any order may be that of a column


def check_disguise(rows: pd.DataFrame, features: list[str]) -> None:
    """Raise `BadInput` where one column alone tells every row's target: it was made from that."""
    label = labels_of(rows)
    counts = np.unique(label, return_counts=True)[1]
    ordered = task_of(rows).name in ("regression", "ranking")
    if (
        (len(counts) < SEVERAL and len(rows) < ENOUGH * SEVERAL)
        if ordered
        else counts.min() < ENOUGH
    ):
        return  # of a few rows that happens by itself
    at = RowKeys(rows).first(label == label.max())
    for name in features:
        if _tells(rows[name], label, ordered=ordered):
            raise BadRows(
                f"column '{name}' alone tells the target of every row (first row {rows.index[at]}: "
                f"{rows[name].iat[at]}): it is the target in disguise; add it to `exclude`"
            )


def suspects(parts: Iterable[pd.DataFrame], features: list[str]) -> list[str]:
    """Those of `features` that may tell the target of every row.

    In each part of the rows they tell that of its own.
    """
    for rows in parts:
        label = labels_of(rows)
        if len(np.unique(label)) > 1:
            ordered = task_of(rows).name in ("regression", "ranking")
            features = [name for name in features if _tells(rows[name], label, ordered=ordered)]
        if not features:
            break
    return features


def _tells(values: "pd.Series[Any]", label: Labels, *, ordered: bool) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy()
        few = len(np.unique(codes)) <= max(ENOUGH, len(np.unique(label)) if not ordered else 0)
        return few and _one_each(codes, label)
    numbers = values.to_numpy()
    there = ~np.isnan(numbers)
    if not there.all():  # that a value is missing may be what tells
        positive = label == label.max()
        return set(np.unique(label).tolist()) == {0, 1} and bool(
            (there == positive).all() or (there != positive).all()
        )
    return _rises(numbers, label) if ordered else _apart(numbers, label)


def _one_each(codes: npt.NDArray[Any], label: Labels) -> bool:
    """Whether all rows of one code have one label."""
    pairs = np.unique(np.column_stack([codes.astype(np.float64), label.astype(np.float64)]), axis=0)
    return len(pairs) == len(np.unique(codes))


def _apart(numbers: npt.NDArray[Any], label: Labels) -> bool:
    """Whether no class begins before another one ends."""
    ends = sorted(
        (numbers[label == one].min(), numbers[label == one].max()) for one in np.unique(label)
    )
    return all(one[1] < other[0] for one, other in pairwise(ends))


def _rises(numbers: npt.NDArray[Any], label: Labels) -> bool:
    """Whether labels rise, or fall, with the numbers, and stay exactly where these stay."""
    order = np.argsort(numbers, kind="stable")
    steps, changes = np.diff(numbers[order]), np.diff(label[order])
    same = ((steps == 0) == (changes == 0)).all()
    return bool(same and ((changes >= 0).all() or (changes <= 0).all()))
