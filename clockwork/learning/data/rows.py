"""Raw rows: Parquet files -> one table with known columns, in one unit of time."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clockwork.learning.data.contract import check_contract, row_name
from clockwork.learning.values import check_lossless, check_minutes, narrow
from clockwork.settings.data import DataSettings, check_free
from clockwork.support.errors import BadInput

ROLES = ("entity", "time", "label")


def read_rows(settings: DataSettings, root: Path = Path()) -> pd.DataFrame:
    """The raw rows that configs/data.yaml points at, in the order of the files.

    Columns: `entity` (category), `time` (int64, minutes since the epoch or since the data's own zero),
    `label` (int8, 0 or 1), one category per slice, one float32 per metric. Raises `BadInput` when the
    rows break the contract: a missing column, a wrong type, duplicates, time going backwards, one class.
    """
    tables = [_read(path, settings) for path in _files(settings, root)]
    try:
        table = pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise BadInput(f"{settings.rows}: the files disagree ({error}); write a column as one type") from None
    frame = _frame(table, settings)
    check_contract(frame, settings, cut=_has_seconds(table.column(settings.columns.time)))
    return _with_metrics(frame, table)


def raw_rows(settings: DataSettings, root: Path = Path()) -> int:
    """How many rows the files hold, by their own count."""
    return sum(int(pq.read_metadata(path).num_rows) for path in _files(settings, root))


def _files(settings: DataSettings, root: Path) -> list[Path]:
    try:
        files = sorted(root.glob(settings.rows))
    except (NotImplementedError, ValueError):
        raise BadInput(f"configs/data.yaml: rows '{settings.rows}' must be a path below the checkout") from None
    if not files:
        raise BadInput(f"configs/data.yaml: rows '{settings.rows}' match no file; run `make run` or fix the key")
    return files


def metric_names(available: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The columns that `patterns` name, in the order of the patterns, each once; never a column of `ROLES`."""
    found = dict.fromkeys(name for pattern in patterns for name in _matching(available, pattern))
    return [name for name in found if name not in ROLES]


def _matching(available: Sequence[str], pattern: str) -> list[str]:
    # Only * is special: names such as "Air temperature [K]" or "ok?" stand for themselves.
    if pattern in available:
        return [pattern]
    shape = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    return [name for name in available if shape.fullmatch(name)]


def _read(path: Path, settings: DataSettings) -> pa.Table:
    try:
        schema = pq.read_schema(path)
        wanted = _wanted(path, schema, settings)
        table = pq.read_table(path, columns=wanted, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path}: not a readable Parquet file ({error}); fetch it again") from None
    for name in _keys(settings):
        table = table.set_column(table.schema.get_field_index(name), name, _category(path, name, table.column(name)))
    return table


def _category(path: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)  # no number is no name either
    plain = pa.types.is_dictionary(kind) and (
        pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)
    )
    if plain and not any(chunk.dictionary.null_count for chunk in column.chunks):
        return column
    try:
        return (
            column.cast(kind.value_type if pa.types.is_dictionary(kind) else kind).cast(pa.string()).dictionary_encode()
        )
    except pa.ArrowException:
        raise BadInput(f"{path}: column '{name}' is {kind}, not text or a category; convert it") from None


def _keys(settings: DataSettings) -> list[str]:
    return [settings.columns.entity, *settings.columns.slices]


def _wanted(path: Path, schema: pa.Schema, settings: DataSettings) -> list[str]:
    columns = settings.columns
    roles = [*_keys(settings), columns.time, columns.label]
    for key in [*roles, *columns.metrics]:
        if key not in schema.names and (key in roles or not _matching(schema.names, key)):
            raise BadInput(f"{path}: no column '{key}', which configs/data.yaml names; it has {schema.names}")
    names = dict.fromkeys(name for pattern in columns.metrics for name in _matching(schema.names, pattern))
    metrics = [name for name in names if name not in roles]
    if not metrics:
        raise BadInput(f"{path}: metrics {columns.metrics} of configs/data.yaml name no column that has no other role")
    for name in metrics:
        _check_metric(path, schema, name)
    for name in (*roles, *metrics):
        if schema.names.count(name) > 1:
            raise BadInput(f"{path}: {schema.names.count(name)} columns are called '{name}'; rename all but one")
    return [*roles, *metrics]


def _check_metric(path: Path, schema: pa.Schema, name: str) -> None:
    try:
        check_free(name)
    except ValueError as error:
        raise BadInput(f"{path}: {error}, or name the metrics without it in configs/data.yaml") from None
    kind = schema.field(schema.names.index(name)).type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise BadInput(f"{path}: metric '{name}' is {kind}, not a number; convert it or drop it from metrics")


def _frame(table: pa.Table, settings: DataSettings) -> pd.DataFrame:
    columns = settings.columns
    data: dict[str, object] = {}
    for name in _keys(settings):
        category = table.column(name).unify_dictionaries().combine_chunks().to_pandas()
        data["entity" if name == columns.entity else name] = category
    data["time"] = _minutes(table.column(columns.time), columns.time)
    data["label"] = _labels(table.column(columns.label), columns.label)
    return pd.DataFrame(data, copy=False)


def _with_metrics(frame: pd.DataFrame, table: pa.Table) -> pd.DataFrame:
    entity, own = frame["entity"].cat.codes.to_numpy(), table.column_names[len(frame.columns) :]
    metrics: dict[str, object] = {}
    for name in own:
        values = table.column(name).to_numpy()
        metrics[name] = narrow(values, name, lambda at: row_name(frame, at))
        check_lossless(values, name, entity, lambda at: row_name(frame, at))
    return pd.concat([frame, pd.DataFrame(metrics, copy=False)], axis=1)


def _has_seconds(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_timestamp(column.type):
        return False
    units = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[column.type.unit] * 60
    return bool((np.asarray(column.cast(pa.int64()).to_numpy()) % units).any())


def _minutes(column: pa.ChunkedArray, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if column.null_count:
        raise BadInput(f"column '{name}': {column.null_count} rows have no time; drop them from the data")
    if pa.types.is_timestamp(column.type):
        seconds: np.ndarray[tuple[int], np.dtype[np.int64]] = (
            column.cast(pa.timestamp("s", column.type.tz), safe=False).cast(pa.int64()).to_numpy()
        )
        return seconds // 60
    if pa.types.is_integer(column.type):
        values = column.to_numpy()
        check_minutes(values, name)  # before the cast: an unsigned one may wrap
        return np.asarray(values, dtype=np.int64)
    raise BadInput(f"column '{name}' is {column.type}, not a timestamp or whole minutes; convert it")


def _labels(column: pa.ChunkedArray, name: str) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    if column.null_count:
        raise BadInput(f"column '{name}': {column.null_count} rows have no label; keep labelled rows only")
    if not (pa.types.is_integer(column.type) or pa.types.is_boolean(column.type)):
        raise BadInput(f"column '{name}' is {column.type}, not 0/1; convert it")
    labels = np.asarray(column.to_numpy(zero_copy_only=False))
    if not np.isin(labels, (0, 1)).all():  # before the cast: 256 would wrap to 0
        raise BadInput(f"column '{name}': labels must be 0 or 1, found {np.unique(labels).tolist()[:5]}; convert it")
    return labels.astype(np.int8)
