"""Columns of text, or of whole numbers, that are dates."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from clockwork.learning.data.columns import absent, kind_of
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput

ONE_NUMBER = "%Y%m%d"  # a day without signs between its digits
LONG = {  # what Arrow knows and Python does not, in parts that both do
    "%D": "%m/%d/%y",
    "%F": "%Y-%m-%d",
    "%R": "%H:%M",
    "%T": "%H:%M:%S",
    "%e": "%d",
    "%h": "%b",
    "%k": "%H",
    "%l": "%I",
}
AFTER_30 = pa.array([5, 7, 10, 12])  # months after one of 30 days


def as_date(column: pa.ChunkedArray, written: str) -> pa.ChunkedArray:
    """A column of text, or of whole numbers such as 20240131, as dates.

    They are time stamps where `written` has hours. Blank text and NaN are missing. Raises Arrow's
    error for a misfit and for a day that is in no calendar.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    column = pc.if_else(absent(column), pa.scalar(None, column.type), column)
    if kind_of(column.type) == "number":
        column = column.cast(pa.int64()).cast(pa.string())
        if written != ONE_NUMBER:
            raise pa.ArrowInvalid(
                f"numbers, which lose the zeros before them, are dates as {ONE_NUMBER} alone"
            )
    if (
        written == ONE_NUMBER
        and pc.any(pc.not_equal(pc.utf8_length(column), len("20240131"))).as_py()
    ):
        raise pa.ArrowInvalid("not all have eight digits")
    moments = pc.strptime(column, format=written, unit="s")
    _check_days(column, moments, written)
    # Hours may be written as %H, %I, %T, %R and so on: two times of a day then read otherwise.
    noon, midnight = datetime(2000, 1, 1, 11, 22, 33, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)
    timed = noon.strftime(written) != midnight.strftime(written)
    return moments if timed else moments.cast(pa.date32())


def _check_days(column: pa.ChunkedArray, moments: pa.ChunkedArray, written: str) -> None:
    # Arrow takes the 30th of February for the 1st of March; Python is strict, and asked where it
    # may be that.
    month, day = pc.month(moments), pc.day(moments)
    written = re.sub("%.", lambda part: LONG.get(part[0], part[0]), written)
    march = pc.and_(pc.equal(month, 3), pc.less_equal(day, 3))
    texts = column.filter(pc.or_(march, pc.and_(pc.is_in(month, AFTER_30), pc.equal(day, 1))))
    # A pattern that Python does not know.
    if not _parses(datetime(2000, 1, 1, tzinfo=UTC).strftime(written), written):
        return
    for text in pc.unique(texts.filter(pc.match_substring_regex(texts, "29|3[01]"))).to_pylist():
        if not _parses(text, written):
            raise pa.ArrowInvalid(f"{text} is no day of the calendar")


def _parses(text: str, written: str) -> bool:
    try:
        datetime.strptime(text, written)
    except ValueError:
        return False
    return True


def dated(path: Path, table: pa.Table, settings: DataSettings) -> pa.Table:
    """The table of the file at `path`, with the columns that `dates` names as dates.

    Raises `BadInput` where one is not all written as it says.
    """
    for name, written in settings.dates.items():
        at = table.schema.get_field_index(name)
        if at < 0 or kind_of(table.column(at).type) == "moment":  # not asked for, or a date already
            continue
        try:
            table = table.set_column(at, name, as_date(table.column(at), written))
        except pa.ArrowException as error:
            raise BadInput(
                f"{path}: column '{name}' is not all written as '{written}' ({error}); "
                "fix `dates`, or the value"
            ) from None
    return table
