"""What names a row: its key columns, or else a hash of its content, with repeats counted."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from clockwork.learning.data.columns import kind_of
from clockwork.learning.data.raw_columns import INDEX
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput, BadRows

SEVERAL = "|"  # between the parts of a key
REPEAT = re.compile(r"^([0-9a-f]{16})\.\d+$")


def row_names(table: pa.Table, settings: DataSettings) -> "pd.Series[str]":
    """A name for each row of `table`, each of them once.

    Raises `BadInput` where the key is missing or there twice.
    """
    columns = settings.columns
    if not columns.key:
        return hashed(table, settings)
    texts = [_text(table, name) for name in columns.key]
    names = (
        texts[0]
        if len(texts) == 1
        else pd.Series([SEVERAL.join(parts) for parts in zip(*texts, strict=True)])
    )
    twice = names.duplicated()
    if twice.any():
        at = int(np.flatnonzero(twice)[0])
        first = int(np.flatnonzero(names == names[at])[0])
        named = ", ".join(columns.key)
        raise BadInput(
            f"{settings.rows}: key ({named}) '{names[at]}' is there twice (rows {first} and {at}); "
            "drop one, or add a column to `key`"
        )
    return names


def _text(table: pa.Table, name: str) -> "pd.Series[str]":
    column = table.column(name)
    if column.null_count:
        at = int(np.flatnonzero(column.is_null().to_numpy())[0])
        raise BadRows(
            f"column '{name}': "
            f"{column.null_count} rows have no key, the first is row {at}; fill or drop them"
        )
    texts = pd.Series(as_texts(name, column).to_pylist(), dtype=object)
    return texts.str.replace(SEVERAL, "\\" + SEVERAL, regex=False)


def as_texts(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values of a column of names as text. Raises `BadRows` where they cannot be."""
    try:
        return column.cast(pa.string())
    except pa.ArrowException:
        raise BadRows(
            f"column '{name}' is {column.type}, and names no row; convert it to text"
        ) from None


def hashed(table: pa.Table, settings: DataSettings) -> "pd.Series[str]":
    """The hash of each row's values but the target and an index, whatever the order of columns.

    `.1` and so on tell repeats apart. A row whose target was mended keeps its name.
    """
    texts = {settings.columns.entity, *settings.columns.slices}
    names = [
        name
        for name in sorted(table.column_names)
        if name != settings.columns.label and not INDEX.fullmatch(name)
    ]
    plain = {name: _plain(table.column(name), as_text=name in texts) for name in names}
    marks = pd.util.hash_pandas_object(pd.DataFrame(plain), index=False, categorize=True)
    marked: pd.Series[str] = pd.Series([f"{mark:016x}" for mark in marks], dtype=object)
    again = marked.groupby(marked).cumcount()
    return marked.where(again == 0, marked + "." + again.astype(str))


def original(name: str) -> str:
    """The name without what tells a repeat apart: that of the first row with the same content."""
    return REPEAT.sub(r"\1", name)


def _plain(column: pa.ChunkedArray, *, as_text: bool) -> "pd.Series[Any]":
    # One type for all numbers: a missing value in one file makes a column of whole numbers one of
    # fractions.
    if kind_of(column.type) == "number" and not as_text:
        return pd.Series(np.asarray(column.cast(pa.float64(), safe=False).to_numpy()))
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        texts = column.cast(pa.string()).to_pylist()
    except pa.ArrowException:  # lists, structs, and bytes that are no text
        texts = [_shown(value) for value in column.to_pylist()]
    return pd.Series(texts, dtype=object)


def _shown(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return None if value is None else str(value)
