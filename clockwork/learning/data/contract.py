"""What must hold before anything is computed: each breach is one line that names the first row at fault."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.data.times import Times
from clockwork.learning.keys import ENTITY, ROW, TARGET, TIME, RowKeys
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput

FEW = 0.1  # of the values of a column: so many texts among numbers are slips
ENOUGH = 20  # rows of each class, and values of a category
LONG = 10 * 366 * 24 * 60  # minutes: nothing is silent for ten years, but a clock that was reset may say so
DUPLICATE = "drop one of them"
CUT = "two of its times are within a minute: average or drop rows until there is one a minute, or take `step` out"


def check_contract(rows: pd.DataFrame, settings: DataSettings, times: Times = None) -> None:
    """Raise `BadInput` unless `rows` (as `read_rows` gives them) can be learnt from.

    `times` are their times to the last digit, for what is twice within a minute need not be there twice.
    """
    columns = settings.columns
    if rows.empty:
        raise BadInput(f"{settings.rows}: the table has no rows; check where the data comes from")
    classes = np.unique(rows[TARGET].to_numpy())
    if not set(classes.tolist()) <= {0, 1}:
        raise BadInput(f"column '{columns.label}': labels must be 0 or 1, found {classes.tolist()[:5]}")
    if len(classes) < 2:
        raise BadInput(f"column '{columns.label}': every label is {classes[0]}; both classes are needed")
    for name in [ENTITY, *columns.slices]:
        missing = rows[name].isna()
        if missing.any():
            at = int(missing.to_numpy().argmax())
            shown = columns.entity if name == ENTITY else name
            raise BadInput(
                f"column '{shown}': {int(missing.sum())} rows have none, the first is row {at}; fill or drop them"
            )
    _check_order(rows, settings, times)
    if columns.time:
        _check_clock(rows, settings)


def check_disguise(rows: pd.DataFrame, features: list[str]) -> None:
    """Raise `BadInput` where one column alone tells the target of every row: then it was made from the target."""
    positive = rows[TARGET].to_numpy() == 1
    if min(positive.sum(), (~positive).sum()) < ENOUGH:
        return  # of a few rows that happens by itself
    for name in features:
        if _tells(rows[name], positive):
            first = f"first row {int(positive.argmax())}: {rows[name].iat[int(positive.argmax())]}"
            raise BadInput(
                f"column '{name}' alone tells the target of every row ({first}): it is the target in disguise; "
                "add it to `exclude`"
            )


def check_numbers(rows: pd.DataFrame, features: list[str]) -> None:
    """Raise `BadInput` where a column is text for the sake of a few values among numbers."""
    for name in features:
        if not isinstance(rows[name].dtype, pd.CategoricalDtype):
            continue
        odd = pd.to_numeric(pd.Series(rows[name].cat.categories.astype(str)), errors="coerce").isna().to_numpy()
        of_rows = odd[rows[name].cat.codes.to_numpy()] & rows[name].notna().to_numpy()
        if 0 < of_rows.sum() < FEW * len(rows):
            at = int(of_rows.argmax())
            raise BadInput(
                f"column '{name}': {int(of_rows.sum())} values are no numbers, the first ('{rows[name].iat[at]}') of "
                f"{row_name(rows, at)}; write null where there is none, or add it to `exclude`"
            )


def _tells(values: "pd.Series[Any]", positive: npt.NDArray[np.bool_]) -> bool:
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy()
        few = len(np.unique(codes)) <= ENOUGH
        return few and not set(codes[positive].tolist()) & set(codes[~positive].tolist())
    numbers = values.to_numpy()
    if np.isnan(numbers).any():  # that a value is missing may be what tells
        there = ~np.isnan(numbers)
        return bool((there == positive).all() or (there != positive).all())
    one, other = numbers[positive], numbers[~positive]
    return bool(one.min() > other.max() or one.max() < other.min())


def _check_clock(rows: pd.DataFrame, settings: DataSettings) -> None:
    time = rows[TIME].to_numpy()
    seen = np.unique(time)
    gaps = np.flatnonzero(np.diff(seen) > LONG)
    if len(gaps):
        early = time <= seen[gaps[0]]
        at = int(np.flatnonzero(early if early.mean() < 0.5 else ~early)[0])  # the fewer rows are the odd ones
        years = f"{(seen[gaps[0] + 1] - seen[gaps[0]]) / LONG * 10:.0f} years"
        raise BadInput(
            f"{settings.rows}: {row_name(rows, at)} is {years} away from the others; mend its time or drop it"
        )


def _check_order(rows: pd.DataFrame, settings: DataSettings, times: Times) -> None:
    names = RowKeys(rows).names
    time = rows[TIME].to_numpy()
    entity = rows[ENTITY].cat.codes.to_numpy()
    same = entity[1:] == entity[:-1]
    beside = np.r_[False, same & (time[1:] == time[:-1])]  # sorted, so the two stand side by side
    again = rows.duplicated(names).to_numpy() if ROW in names else beside
    if again.any():
        at = int(again.argmax())
        first = int(np.flatnonzero((rows[names] == rows[names].iloc[at]).all(axis=1))[0])
        cut = times is not None and times[first] != times[at]
        both = f"{row_name(rows, at)} is there twice, as row {first} too"
        raise BadInput(f"{settings.rows}: {both}; {CUT if cut else DUPLICATE}")
    off = same & ((time[1:] - time[:-1]) % settings.grid != 0)
    if off.any():
        at = int(off.argmax()) + 1
        told = f"{row_name(rows, at)} is off the {settings.step}-minute grid"
        raise BadInput(f"{settings.rows}: {told}; align it, or fix `step`")


def row_name(rows: pd.DataFrame, at: int) -> str:
    """The row at a place, for a message."""
    return RowKeys(rows).message(at)
