"""How well one column alone tells the target.

One that always does was made from it, or is known only afterwards.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

FEW, BINS = 20, 50
LEARNT, HELD = slice(0, None, 2), slice(1, None, 2)  # rows
Floats = npt.NDArray[np.float64]


def alone(values: "pd.Series[Any]", truth: "pd.Series[Any]") -> float | None:
    """From 0 (nothing) to 1 (every row) how well `values` tell `truth`.

    None where too few rows have both classes. Of two classes the area under the ROC curve, in
    either direction, at least that of whether a value is missing; of several the share of rows that
    it tells right; of numbers the size of Spearman's correlation. What a value stands for is learnt
    on every other row and held against the rest.
    """
    there = truth.notna().to_numpy()
    values, truth = values[there].reset_index(drop=True), truth[there].reset_index(drop=True)
    classes = truth.nunique()
    if classes < 2:
        return None
    numeric = pd.api.types.is_numeric_dtype(truth) and not pd.api.types.is_bool_dtype(truth)
    if classes == 2:
        return _of_two(values, (truth == truth.iloc[0]).to_numpy())
    if numeric and classes > FEW:
        return _of_numbers(values, truth.to_numpy(dtype=np.float64))
    return _of_several(values, pd.factorize(truth)[0])


def _of_two(values: "pd.Series[Any]", first: npt.NDArray[np.bool_]) -> float | None:
    if min(first.sum(), (~first).sum()) < FEW:
        return None
    gone = values.isna().to_numpy().astype(np.float64)
    numbers = _numbers(values)
    if numbers is not None:
        return max(_area(numbers, first), _area(gone, first))
    return max(_area(_learnt(values, first), first[HELD]), _area(gone, first))


def _of_several(values: "pd.Series[Any]", codes: npt.NDArray[np.intp]) -> float:
    numbers = _numbers(values)
    if numbers is None:
        named = _named(values)
    else:
        edges = np.unique(np.quantile(numbers, np.linspace(0, 1, BINS), method="lower"))
        named = np.searchsorted(edges, numbers).astype(str)
    usual = pd.Series(codes[LEARNT]).groupby(named[LEARNT]).agg(lambda one: one.mode().iloc[0])
    return float((pd.Series(named[HELD]).map(usual).to_numpy() == codes[HELD]).mean())


def _of_numbers(values: "pd.Series[Any]", truth: Floats) -> float:
    numbers = _numbers(values)
    if numbers is not None:
        return _correlation(numbers, truth)
    return _correlation(_learnt(values, truth), truth[HELD])


def _learnt(values: "pd.Series[Any]", truth: npt.NDArray[Any]) -> Floats:
    # What each value stands for in the mean, for the rows that it was not learnt on.
    named = _named(values)
    means = pd.Series(truth[LEARNT]).groupby(named[LEARNT]).mean()
    held = pd.Series(named[HELD]).map(means).fillna(float(truth[LEARNT].mean()))
    return held.to_numpy(np.float64)


def _correlation(one: Floats, other: Floats) -> float:
    ranks = np.array([rankdata(one), rankdata(other)])
    return 0.0 if ranks.std(axis=1).min() == 0 else float(abs(np.corrcoef(ranks)[0, 1]))


def _numbers(values: "pd.Series[Any]") -> Floats | None:
    # Missing values rank together below all others.
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return np.asarray(values.to_numpy("datetime64[s]").astype(np.int64), dtype=np.float64)
    if not pd.api.types.is_numeric_dtype(values.dtype):
        return None
    numbers: Floats = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(numbers), -np.inf, numbers)


def _named(values: "pd.Series[Any]") -> npt.NDArray[Any]:
    return values.astype(object).where(values.notna(), "").astype(str).to_numpy(dtype=object)


def _area(scores: Floats, first: npt.NDArray[np.bool_]) -> float:
    positives = int(first.sum())
    if not 0 < positives < len(first):
        return 0.5
    ranks = rankdata(scores)
    area = (ranks[first].sum() - positives * (positives + 1) / 2) / (
        positives * (len(first) - positives)
    )
    return float(max(area, 1 - area))
