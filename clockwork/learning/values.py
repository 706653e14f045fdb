"""Numbers and minutes as the pipeline keeps them; a column that loses information is refused."""

from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.learning.keys import RowKeys
from clockwork.settings.columns import UNITS
from clockwork.support.errors import BadRows

FAR = 500_000_000  # minutes, nine centuries from the epoch: numbers beyond are seconds or less
SLIGHT = 1e-6  # minutes: more than doubles, and 15 digits, lose of days of this century
STAMPS = "time stamps"  # what has its unit with it
SHARE = 0.1  # of an entity's usual change from row to row that rounding may take
NOISE = 1e-14  # of a value: changes below are rounding of whoever computed it


def narrow(values: npt.NDArray[Any], column: str, rows: RowKeys) -> npt.NDArray[np.float32]:
    """`values` of `rows` as float32; raises `BadInput` where one is infinite or too large."""
    with np.errstate(over="ignore"):
        out = values.astype(np.float32, copy=False)
    spoilt = np.isinf(out)
    if spoilt.any():
        at = rows.first(spoilt)
        what = (
            "infinite values"
            if np.isinf(values[spoilt].astype(np.float64)).all()
            else "values beyond float32"
        )
        raise BadRows(
            f"column '{column}': {int(spoilt.sum())} {what}, the first ({values[at]}) "
            f"of {rows.message(at)}; write null where there is no number, or rescale the column"
        )
    return out


def check_lossless(
    values: npt.NDArray[Any], column: str, entity: npt.NDArray[np.integer[Any]], rows: RowKeys
) -> None:
    """Raise `BadInput` if float32 cannot hold how `column` changes from row to row of an entity."""
    if values.dtype in (np.float16, np.float32, np.int8, np.int16, np.uint8, np.uint16) or not len(
        values
    ):
        return
    whole = values.dtype.kind in "iu"
    # A double cannot hold 2 ** 60 + 1.
    exact: npt.NDArray[Any] = values.astype(np.longdouble if whole else np.float64)
    same = entity[1:] == entity[:-1]
    change, error = np.diff(exact), np.diff(values.astype(np.float32) - exact)
    usable = same & np.isfinite(change)
    usable &= np.abs(change) > (0 if whole else NOISE) * np.abs(exact[1:])
    of = entity[1:][usable]
    signal, lost = (
        np.bincount(of, part[usable].astype(np.float64) ** 2) for part in (change, error)
    )
    if (lost > SHARE**2 * signal).any():
        at = rows.first(np.isin(entity, np.flatnonzero(lost > SHARE**2 * signal)))
        raise BadRows(
            f"column '{column}': from {np.nanmin(exact):.15g} to {np.nanmax(exact):.15g}, "
            f"so float32 cannot hold its changes from row to row, first of {rows.message(at)}; "
            "subtract an offset or write differences"
        )


def in_minutes(times: npt.ArrayLike, unit: str) -> npt.NDArray[np.float64]:
    """Numbers of `unit` as whole minutes, for `check_minutes`, before they are cast.

    What rounding leaves just below a minute is of that minute: 125 minutes are 0.0868055... days.
    """
    return np.floor(np.asarray(times, dtype=np.float64) * UNITS[unit] + SLIGHT)


def check_minutes(time: npt.NDArray[Any], column: str, unit: str = "minutes") -> None:
    """Raise `BadInput` where `time`, in minutes, is endless or centuries away: not in `unit`."""
    endless = np.flatnonzero(~np.isfinite(time))
    if len(endless):
        raise BadRows(
            f"column '{column}': {len(endless)} times are no finite numbers, "
            f"the first is row {endless[0]}; drop them from the data"
        )
    if len(time) and max(abs(int(time.min())), abs(int(time.max()))) > FAR:
        at = int(np.abs(time).argmax())
        away = f"row {at} is {abs(int(time[at])) / 525_960:,.0f} years from zero"
        if unit == STAMPS:
            raise BadRows(
                f"column '{column}': {away}; "
                "mend its time or drop it, or write the unit that its type says"
            )
        raise BadRows(
            f"column '{column}': {away}, so it is no number of {unit} but of a smaller unit; "
            "set `unit`, write timestamps, or divide it"
        )
