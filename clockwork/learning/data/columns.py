"""A raw column -> what features are made of: numbers as is, dates in parts, text as categories."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clockwork.learning.encoding import PARTS, Kind, parts_of
from clockwork.learning.text import token_counts, token_names
from clockwork.support.errors import BadRows

Values = npt.NDArray[Any] | pd.Categorical
EXACT = 2**53  # up to here a double holds every whole number
MANY = 10_000  # values of one category: these are names, and say nothing of rows that are to come


def kind_of(column: pa.DataType) -> Kind | None:
    """How a column of this type is taken; None where it cannot be."""
    types = pa.types
    if (
        types.is_floating(column)
        or types.is_integer(column)
        or types.is_boolean(column)
        or types.is_decimal(column)
    ):
        return "number"
    if types.is_null(column):
        return "number"
    if types.is_timestamp(column) or types.is_date(column):
        return "moment"
    if types.is_dictionary(column):
        inner = column.value_type
        return "category" if kind_of(inner) in ("category", "number") else None
    return "category" if types.is_string(column) or types.is_large_string(column) else None


def encoded(name: str, column: pa.ChunkedArray, kind: Kind | None) -> Mapping[str, Values]:
    """The columns that stand for a raw one of this kind, by their names."""
    match kind:
        case "number":
            return {name: _numbers(column)}
        case "moment":
            return _parts(name, column)
        case "category":
            return {name: _category(name, column)}
        case "text":
            return dict(
                zip(token_names(name), token_counts(_texts(column).to_pylist()).T, strict=True)
            )
    raise BadRows(
        f"column '{name}' is {column.type}, not a number, "
        "date, truth value or text; convert or exclude it"
    )


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[Any]:
    kind = column.type
    if pa.types.is_decimal(kind) or pa.types.is_null(kind) or pa.types.is_boolean(kind):
        column = column.cast(pa.int8()) if pa.types.is_boolean(kind) else column
        column = column.cast(pa.float64())
    return np.asarray(column.to_numpy())


def check_digits(name: str, column: pa.ChunkedArray) -> None:
    """Raise `BadRows` where a column becomes doubles, which cannot hold all digits of its numbers.

    They are decimals, and whole numbers some of which are missing.
    """
    whole = pa.types.is_integer(column.type) and column.null_count
    if not (whole or pa.types.is_decimal(column.type)):
        return
    values = np.asarray(column.cast(pa.float64(), safe=False).to_numpy())
    large = np.abs(values) >= EXACT
    if large.any() and pc.count_distinct(column).as_py() > len(
        np.unique(values[~np.isnan(values)])
    ):
        raise BadRows(
            f"column '{name}': numbers of more digits than a double holds, "
            f"the first ({column[int(large.argmax())]}) in row {int(large.argmax())}; "
            "subtract an offset or write differences"
        )


def _parts(name: str, column: pa.ChunkedArray) -> dict[str, Values]:
    day = pa.types.is_date(column.type)
    moments = column.cast(pa.timestamp("ms", None if day else column.type.tz), safe=False)
    # In UTC: clients send no zone.
    found = parts_of(moments.cast(pa.int64()).cast(pa.timestamp("ms")).to_pandas())
    return {f"{name}_{part}": found[part] for part in (PARTS[:-1] if day else PARTS)}


def blank(texts: pa.Array) -> pa.Array:
    """Which of `texts` hold nothing but white space; null where one is."""
    return pc.equal(pc.utf8_trim_whitespace(texts), "")


def absent(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Which rows of `column` hold nothing: null, NaN, or blank text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pc.fill_null(blank(column), True)
    return pc.is_null(column, nan_is_null=pa.types.is_floating(column.type))


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.string())


def _category(name: str, column: pa.ChunkedArray) -> pd.Categorical:
    coded = _texts(column).combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    values = coded.dictionary.to_pylist()
    if len(values) >= MANY:
        raise BadRows(
            f"column '{name}': {len(values):,} different values, the first '{values[0]}'; "
            "they are names, no category: add it to `exclude`, "
            "to `text` where its words matter, or to `key` where it names the row"
        )
    codes = coded.indices.fill_null(-1).to_numpy()
    found = pd.Categorical.from_codes(codes, pd.Index(values, dtype=object))
    return found.reorder_categories(sorted(values))
