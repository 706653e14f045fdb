"""The target of two classes: which value of its column is the positive one."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from clockwork.learning.data.columns import absent, kind_of
from clockwork.settings.columns import Columns
from clockwork.support.errors import BadInput, BadRows

# What YAML makes of an unquoted word.
YES, NO = ("yes", "true", "y", "on"), ("no", "false", "n", "off")
Labels = npt.NDArray[np.int8]


def labelled(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """The `column` itself, each row of which has a target. Raises `BadInput` where one has none."""
    without = np.flatnonzero(absent(column).to_numpy())
    if len(without):
        raise BadRows(
            f"column '{name}': {len(without)} rows have no label, the first is row {without[0]}; "
            "keep labelled rows only, or set `unlabelled` of configs/data.yaml to drop"
        )
    return column


def with_target(table: pa.Table, name: str) -> pa.Table:
    """The rows of `table` that have a target in the column `name`.

    Raises `BadInput` where that can hold none.
    """
    column = table.column(name)
    if kind_of(column.type) is None:
        raise _no_target(column, name)
    return table.filter(pc.invert(absent(column)))


def _no_target(column: pa.ChunkedArray, name: str) -> BadRows:
    return BadRows(
        f"column '{name}' is {column.type}, no target; convert it, or name another `target`"
    )


def labels(column: pa.ChunkedArray, columns: Columns) -> Labels:
    """1 where `column` has the positive value, else 0.

    Raises `BadInput` where it is no column of two values.
    """
    name = columns.label
    column = labelled(column, name)
    if columns.positive is not None:
        return _marked(column, name, columns.positive)
    if pa.types.is_floating(column.type) and np.isin(column.to_numpy(), (0, 1)).all():
        # Whole numbers that were fractions because of a missing one.
        column = column.cast(pa.int8())
    if not (pa.types.is_integer(column.type) or pa.types.is_boolean(column.type)):
        raise BadRows(
            f"column '{name}' is {column.type}, not 0/1; name the value that counts as `positive`"
        )
    values = np.asarray(column.to_numpy(zero_copy_only=False))
    if not np.isin(values, (0, 1)).all():  # before the cast: 256 would wrap to 0
        found = np.unique(values).tolist()
        raise BadRows(
            f"column '{name}': labels must be 0 or 1, found {found[:5]}; "
            "name the `positive` value of two"
        )
    return values.astype(np.int8)


def _marked(column: pa.ChunkedArray, name: str, positive: Any) -> Labels:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if kind_of(column.type) is None:
        raise _no_target(column, name)
    values = pc.unique(column).to_pylist()
    if len(values) > 2:
        raise BadRows(
            f"column '{name}': {len(values)} values ({_some(values)}), "
            "not the two of a binary target; drop other rows"
        )
    chosen = [value for value in values if _same(value, positive)]
    if not chosen:
        raise BadInput(
            "configs/data.yaml: "
            f"positive {positive!r} is no value of column '{name}', which has {_some(values)}"
        )
    return np.asarray(
        pc.equal(column, pa.scalar(chosen[0], column.type)).to_numpy().astype(np.int8)
    )


def _same(value: Any, positive: Any) -> bool:
    if isinstance(positive, bool) and isinstance(value, str):
        return value.lower() in (YES if positive else NO)
    return str(value) == str(positive) or (isinstance(value, int | float) and value == positive)


def _some(values: list[Any]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values, key=str)[:5])
