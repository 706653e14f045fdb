"""Categories as numbers: their order is fitted on training rows and kept with the model."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.text import token_names

Matrix = npt.NDArray[np.float32]
# A matrix where all features are numbers, else a frame with categories.
Table = Matrix | pd.DataFrame
Categories = dict[str, list[str]]


Kind = Literal["number", "category", "moment", "text"]
PARTS = ("year", "month", "day", "weekday", "hour")  # of a moment; a day without time has no hour
OF_A_SLICE = "_value"  # what a feature is called whose column is a slice, too


def names_of(raw: str, kind: Kind, slices: list[str], features: list[str]) -> list[str]:
    """Those of `features` that a raw column stands behind, before windows are taken of them."""
    if kind == "moment":
        return [name for part in PARTS if (name := f"{raw}_{part}") in features]
    if kind == "text":
        return token_names(raw)
    return [f"{raw}{OF_A_SLICE}" if raw in slices else raw]


def parts_of(values: "pd.Series[Any]") -> dict[str, npt.NDArray[np.float64]]:
    """The parts of each moment, NaN where there is none."""
    named = {part: "day_of_week" if part == "weekday" else part for part in PARTS}
    return {
        part: getattr(values.dt, name).to_numpy(dtype=np.float64, na_value=np.nan)
        for part, name in named.items()
    }


def fit_categories(x: Table) -> Categories:
    """The values of each category of `x`, in order of their names; none where all are numbers."""
    if not isinstance(x, pd.DataFrame):
        return {}
    names = [name for name in x.columns if isinstance(x[name].dtype, pd.CategoricalDtype)]
    return {str(name): sorted(map(str, x[name].dropna().unique())) for name in names}


def encode(x: Table, categories: Categories) -> Matrix:
    """`x` as numbers: a category is its place in `categories`; one not there is a missing value."""
    if not isinstance(x, pd.DataFrame):
        return x
    out = np.empty(x.shape, dtype=np.float32)
    for at, name in enumerate(x.columns):
        named = isinstance(x[name].dtype, pd.CategoricalDtype)
        out[:, at] = _codes(x[name], categories.get(str(name), [])) if named else x[name].to_numpy()
    return out


def _codes(column: "pd.Series[str]", known: list[str]) -> Matrix:
    codes = (
        column.astype("category")
        .cat.rename_categories(str)
        .cat.set_categories(known)
        .cat.codes.to_numpy()
    )
    return np.where(codes < 0, np.nan, codes).astype(np.float32)


def comparable(x: Table) -> Matrix:
    """`x` as numbers that are the same for the same values, whatever else is in the table."""
    if not isinstance(x, pd.DataFrame):
        return x
    categories = fit_categories(x)
    out = encode(x, categories)
    for name, values in categories.items():
        marks = (
            pd.util.hash_array(np.array(values, dtype=object)) % 2**24 if values else np.zeros(0)
        )
        column = out[:, list(x.columns).index(name)]
        there = ~np.isnan(column)
        column[there] = marks[column[there].astype(np.int64)]
    return out
