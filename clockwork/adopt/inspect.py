"""What each column of a table holds: type, gaps, values, and how well it alone tells the target."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clockwork.adopt.leakage import alone
from clockwork.learning.data.columns import absent, kind_of
from clockwork.learning.data.dates import ONE_NUMBER, as_date

Kind = Literal["number", "whole number", "truth value", "date", "text", "other"]
# How dates are written as text, the first that fits all values.
WRITTEN = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%b %d, %Y",
)
MONTHS = ("%Y-%m", "%m/%Y", "%Y %b", "%b %Y")
HOURS = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S")
DAYS, FIRST, LAST = 30, 18000101, 22001231  # numbers that are days, if there are so many of them
DIGITS, EIGHT, SHOWN, LONG = re.compile(r"\d"), re.compile(r"\d{8}"), 3, 24
EXACT = 1e15  # below it a double holds every whole number


@dataclass(frozen=True)
class Column:
    """One column of the files.

    `missing` counts blank text, too. `written` is the pattern of dates that are text, `twice` that
    another fits them, too; `odd` is how many words stand among numbers, `largest` the share of the
    most frequent value, `length` how many words a text has in the mean, `numbered` whether it
    counts the rows, `alone` from 0 to 1 how well it tells the target by itself; `least` and `most`
    are those of its numbers.
    """

    name: str
    kind: Kind
    rows: int
    missing: int
    distinct: int
    examples: tuple[str, ...]
    largest: float = 0.0
    length: float = 0.0
    numbered: bool = False
    written: str | None = None
    twice: bool = False
    odd: int = 0
    alone: float | None = None
    least: float | None = None
    most: float | None = None

    @property
    def typed(self) -> str:
        """The type as people say it."""
        return f"date as text ({self.written})" if self.written else self.kind

    @property
    def few(self) -> bool:
        """Whether it has values that can be counted on one's fingers."""
        return (
            self.kind in ("text", "truth value", "whole number")
            and not self.written
            and 2 <= self.distinct <= 8
        )


def inspect(table: pa.Table, target: str) -> list[Column]:
    """Every column of `table`, in the order of the files."""
    truth = values_of(table.column(target))
    return [
        _column(name, table.column(name), None if name == target else truth)
        for name in table.column_names
    ]


def values_of(column: pa.ChunkedArray) -> "pd.Series[Any]":
    """The values of a column as pandas has them, categories as their text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    values: pd.Series[Any] = column.to_pandas(date_as_object=False)
    return values


def present_values(column: pa.ChunkedArray) -> "pd.Series[Any]":
    """The values of a column as `values_of` gives them, blank text being missing."""
    return values_of(column).mask(absent(column).to_numpy())


def _column(name: str, column: pa.ChunkedArray, truth: "pd.Series[Any] | None") -> Column:
    kind, values = _kind(column), present_values(column)
    if kind == "other":
        return Column(name, kind, len(column), column.null_count, 0, ())
    counts = values.value_counts()
    written, twice = _written(counts, kind)
    moments = values_of(as_date(column, written)) if written else values
    numeric = kind in ("number", "whole number") and len(counts) > 0
    return Column(
        name=name,
        kind="date" if written else kind,
        rows=len(values),
        missing=int(values.isna().sum()),
        distinct=len(counts),
        examples=tuple(_short(value) for value in values.dropna().unique()[:SHOWN]),
        largest=float(counts.iloc[0] / len(values)) if len(counts) else 0.0,
        length=_length(counts) if kind == "text" and not written else 0.0,
        numbered=kind == "whole number" and _numbered(values),
        written=written,
        twice=twice,
        odd=_odd(counts) if kind == "text" and not written else 0,
        alone=None if truth is None else alone(moments, truth),
        least=float(values.min()) if numeric else None,
        most=float(values.max()) if numeric else None,
    )


def _kind(column: pa.ChunkedArray) -> Kind:
    inner = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    match kind_of(inner):
        case "number":
            if pa.types.is_boolean(inner):
                return "truth value"
            return "whole number" if pa.types.is_integer(inner) or _whole(column) else "number"
        case "moment":
            return "date"
        case "category":
            return "text"
    return "other"


def _whole(column: pa.ChunkedArray) -> bool:
    # A column of whole numbers of which some are missing is read as one of fractions.
    values = (
        column.cast(pa.float64()).drop_null().to_numpy()
        if not pa.types.is_null(column.type)
        else np.zeros(0)
    )
    finite: npt.NDArray[np.float64] = values[np.isfinite(values)]
    return bool(len(finite)) and bool((finite == np.floor(finite)).all())


def _numbered(values: "pd.Series[Any]") -> bool:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return len(numbers) > 2 and bool((np.diff(numbers) == 1).all()) and numbers[0] in (0, 1)


def _written(counts: "pd.Series[Any]", kind: Kind) -> tuple[str | None, bool]:
    # The pattern, and whether another order of day and month fits as well.
    texts = _texts(counts, kind)
    if not len(texts) or not all(DIGITS.search(text) for text in texts[:20]):
        return None, False
    column = pa.chunked_array([pa.array(texts.to_list(), pa.string())])
    if all(EIGHT.fullmatch(text) for text in texts):
        return (ONE_NUMBER if len(texts) >= DAYS and _fits(column, ONE_NUMBER) else None), False
    fits = [
        one
        for one in (*(day + hour for day in WRITTEN for hour in HOURS), *MONTHS)
        if _fits(column, one)
    ]
    return (fits[0] if fits else None), len(fits) > 1


def _texts(counts: "pd.Series[Any]", kind: Kind) -> "pd.Index[Any]":
    # What may be dates: text, and many numbers that could all be days.
    if (
        kind == "whole number"
        and len(counts) >= DAYS
        and counts.index.min() >= FIRST
        and counts.index.max() <= LAST
    ):
        return counts.index.astype(np.int64).astype(str)
    return counts.index.astype(str) if kind == "text" else counts.index[:0]


def _fits(column: pa.ChunkedArray, written: str) -> bool:
    try:
        as_date(column.slice(0, 5), written)
        years = pc.year(as_date(column, written))
    except pa.ArrowException:
        return False
    return bool(pc.min(years).as_py() >= 1800 and pc.max(years).as_py() <= 2200)


def _length(counts: "pd.Series[Any]") -> float:
    # By distinct values, of which there are often few.
    words = counts.index.astype(str).str.count(r"\S+").to_numpy()
    return float(np.average(words, weights=counts)) if len(counts) else 0.0


def _odd(counts: "pd.Series[Any]") -> int:
    numbers = pd.to_numeric(pd.Series(counts.index.astype(str)), errors="coerce")
    words = int(counts[numbers.isna().to_numpy()].sum())
    return words if 0 < words < 0.1 * counts.sum() else 0


def _short(value: Any) -> str:
    if isinstance(value, float):
        text = f"{value:.0f}" if value.is_integer() and abs(value) < EXACT else f"{value:.6g}"
    else:
        text = str(value).removesuffix(" 00:00:00")
    text = " ".join(text.split())
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"
