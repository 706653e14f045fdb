"""Row times: dates, time stamps or numbers of a known unit, as minutes; exact for their order."""

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from clockwork.learning.values import STAMPS, check_minutes, in_minutes
from clockwork.settings.columns import UNITS, Columns
from clockwork.support.errors import BadRows

Minutes = npt.NDArray[np.int64]
Times = Minutes | None  # to the last digit; None where there is no time
MINUTE = 60_000_000  # microseconds
ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


def exact_times(table: pa.Table, columns: Columns) -> Times:
    """The time of each row; None where data have no time.

    Time stamps and fractions are in microseconds, whole numbers as they are.
    """
    if columns.time is None:
        return None
    minutes_of(table, columns)  # refuses what fits no whole number
    column = _checked(table.column(columns.time), columns)
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("us"))
    elif pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_floating(column.type):
        numbers = np.asarray(column.to_numpy(), dtype=np.float64)
        return np.round(numbers * UNITS[columns.unit or "minutes"] * MINUTE).astype(np.int64)
    return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)


def time_names(table: pa.Table, columns: Columns, times: Minutes) -> npt.NDArray[np.str_]:
    """What tells rows of an entity within a minute apart, from their exact `times`.

    Fractions are named by thousandths of their unit where these are whole.
    """
    column = table.column(columns.time)
    if pa.types.is_floating(column.type):
        thousandths = np.asarray(column.to_numpy(), dtype=np.float64) * 1000
        whole = thousandths == np.floor(thousandths)
        names = np.where(whole, thousandths.astype(np.int64), times).astype(str)
        return np.char.add(names, np.where(whole, "", "us"))  # 12.5 s is not 12,500 microseconds
    return times.astype(str)


def minutes_of(table: pa.Table, columns: Columns) -> Minutes:
    """The minute of each row: since the epoch or the data's own zero; 0 where data have no time."""
    if columns.time is None:
        return np.zeros(table.num_rows, dtype=np.int64)
    return minutes(table.column(columns.time), columns)


def minutes(column: pa.ChunkedArray, columns: Columns) -> Minutes:
    """The minute of each time.

    Raises `BadInput` where one is missing, or where they are no times of this unit.
    """
    column = _checked(column, columns)
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    if pa.types.is_timestamp(column.type):
        seconds: Minutes = (
            column.cast(pa.timestamp("s", column.type.tz), safe=False).cast(pa.int64()).to_numpy()
        )
        check_minutes(seconds // 60, str(columns.time), STAMPS)
        return seconds // 60
    unit = columns.unit or "minutes"
    values = column.to_numpy()
    found = values if unit == "minutes" else in_minutes(values, unit)
    check_minutes(found, str(columns.time), unit)  # before the cast: an unsigned one may wrap
    return np.asarray(found, dtype=np.int64)


def _checked(column: pa.ChunkedArray, columns: Columns) -> pa.ChunkedArray:
    name, kind = columns.time, column.type
    if column.null_count:
        at = int(np.flatnonzero(column.is_null().to_numpy())[0])
        raise BadRows(
            f"column '{name}': {column.null_count} rows have no time, the first is row {at}; "
            "drop them from the data"
        )
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return column
    number = pa.types.is_integer(kind) or (
        pa.types.is_floating(kind) and columns.unit not in (None, "minutes")
    )
    if number and columns.unit is None:
        raise BadRows(
            f"column '{name}' is {kind}: set `unit` to {', '.join(UNITS)}, or write time stamps"
        )
    if number:
        return column
    if (
        pa.types.is_string(kind)
        and len(column)
        and len({bool(ZONE.search(one)) for one in column.to_pylist()}) > 1
    ):
        at = next(at for at, one in enumerate(column.to_pylist()) if not ZONE.search(one))
        raise BadRows(
            f"column '{name}': "
            f"some times have a zone, and others, such as row {at}, none; write all alike"
        )
    raise BadRows(
        f"column '{name}' is {kind}, not a date, time stamp or number with a `unit`; convert it"
    )
