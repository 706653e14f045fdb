"""Raw rows: Parquet files -> one table with known columns, in one unit of time."""

import fnmatch
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.data.contract import check_contract
from pipelines.errors import BadInput
from pipelines.settings.data import DataSettings

ROLES = ("entity", "time", "label")


def read_rows(settings: DataSettings, root: Path = Path()) -> pd.DataFrame:
    """The raw rows that configs/data.yaml points at, in the order of the files.

    Columns: `entity` (category), `time` (int64, minutes since the epoch or since the data's own zero),
    `label` (int8, 0 or 1), one category per slice, one float32 per metric. Raises `BadInput` when the
    rows break the contract: a missing column, a wrong type, duplicates, time going backwards, one class.
    """
    try:
        files = sorted(root.glob(settings.rows))
    except (NotImplementedError, ValueError):
        raise BadInput(f"configs/data.yaml: rows '{settings.rows}' must be a path below the checkout") from None
    if not files:
        raise BadInput(f"configs/data.yaml: rows '{settings.rows}' match no file; run `make run` or fix the key")
    tables = [_read(path, settings) for path in files]
    try:
        table = pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise BadInput(f"{settings.rows}: the files disagree ({error}); write a column as one type") from None
    frame = _frame(table, settings)
    check_contract(frame, settings)
    return frame


def metric_names(available: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The columns that `patterns` name, in the order of the patterns, each once; never a column of `ROLES`."""
    found = dict.fromkeys(name for pattern in patterns for name in fnmatch.filter(available, pattern))
    return [name for name in found if name not in ROLES]


def _read(path: Path, settings: DataSettings) -> pa.Table:
    try:
        schema = pq.read_schema(path)
        wanted = _wanted(path, schema, settings)
        table = pq.read_table(path, columns=wanted)
    except (pa.ArrowInvalid, OSError) as error:
        raise BadInput(f"{path}: not a readable Parquet file ({error}); fetch it again") from None
    text = [name for name in _keys(settings) if not pa.types.is_dictionary(table.schema.field(name).type)]
    for name in text:
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, table.column(name).cast(pa.string()).dictionary_encode())
    return table


def _keys(settings: DataSettings) -> list[str]:
    return [settings.columns.entity, *settings.columns.slices]


def _wanted(path: Path, schema: pa.Schema, settings: DataSettings) -> list[str]:
    columns = settings.columns
    for key in [*_keys(settings), columns.time, columns.label, *columns.metrics]:
        if not fnmatch.filter(schema.names, key):
            raise BadInput(f"{path}: no column '{key}', which configs/data.yaml names; it has {schema.names}")
    own = {*_keys(settings), columns.time, columns.label}
    metrics = [name for name in metric_names(schema.names, columns.metrics) if name not in own]
    if not metrics:
        raise BadInput(f"{path}: metrics {columns.metrics} of configs/data.yaml name no column that has no other role")
    for name in metrics:
        kind = schema.field(name).type
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
            raise BadInput(f"{path}: metric '{name}' is {kind}, not a number; convert it or drop it from metrics")
    return [*_keys(settings), columns.time, columns.label, *metrics]


def _frame(table: pa.Table, settings: DataSettings) -> pd.DataFrame:
    columns = settings.columns
    special = {columns.entity: "entity", columns.time: "time", columns.label: "label"}
    data: dict[str, object] = {}
    for name in table.column_names:
        column = table.column(name)
        if name in (columns.entity, *columns.slices):
            data[special.get(name, name)] = column.unify_dictionaries().combine_chunks().to_pandas()
        elif name == columns.time:
            data["time"] = _minutes(column, name)
        elif name == columns.label:
            data["label"] = _labels(column, name)
        else:
            data[name] = column.to_numpy().astype(np.float32, copy=False)
    return pd.DataFrame(data, copy=False)


def _minutes(column: pa.ChunkedArray, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if column.null_count:
        raise BadInput(f"column '{name}': {column.null_count} rows have no time; drop them from the data")
    if pa.types.is_timestamp(column.type):
        seconds: np.ndarray[tuple[int], np.dtype[np.int64]] = (
            column.cast(pa.timestamp("s", column.type.tz), safe=False).cast(pa.int64()).to_numpy()
        )
        return seconds // 60
    if pa.types.is_integer(column.type):
        return np.asarray(column.to_numpy(), dtype=np.int64)
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
