"""Raw rows: files of any kind -> one table of known columns, in one unit of time and one order."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from clockwork.learning.data.categories import key_columns, with_categories
from clockwork.learning.data.columns import check_digits, encoded
from clockwork.learning.data.contract import check_contract
from clockwork.learning.data.naming import as_texts, row_names
from clockwork.learning.data.raw_columns import matching, raw_kinds
from clockwork.learning.data.sources import CSV, files, one_table, read_table, schema_of
from clockwork.learning.data.times import Times, exact_times, minutes_of, time_names
from clockwork.learning.encoding import OF_A_SLICE, Kind
from clockwork.learning.keys import ENTITY, QUERY, ROW, TARGET, TIME, RowKeys
from clockwork.learning.tasks.registry import TASKS
from clockwork.learning.values import check_lossless, narrow
from clockwork.settings.columns import check_free
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput

MANY = 2_000_000  # rows
ROLES = (ENTITY, TIME, TARGET, ROW, QUERY)


def read_rows(settings: DataSettings, root: Path = Path()) -> pd.DataFrame:
    """The raw rows that configs/data.yaml points at, rows of an entity together, in order of time.

    Columns: `entity` (category; where there is none, a name for each row), one category per slice,
    `time` (int64, minutes since the epoch or since the data's own zero; 0 where there is none),
    `label` (of two classes int8, 0 or 1; see clockwork/learning/tasks for others), `query` of a
    list that is ranked, `row` where entity and time do not name a row, and features: float32, or
    categories. Raises `BadInput` when the rows break the contract: a missing column, a wrong type,
    duplicates, one class.
    """
    table = read_raw_table(settings, root)
    if not table.num_rows:
        without = " with a target" * (settings.unlabelled == "drop")
        raise BadInput(
            f"{settings.rows}: the table has no rows{without}; check where the data comes from"
        )
    return table_rows(table, settings)


def table_rows(table: pa.Table, settings: DataSettings, *, part: bool = False) -> pd.DataFrame:
    """The rows of `table`, from `read_raw_table` or a `part` of it, as `read_rows` gives them."""
    times, kinds = exact_times(table, settings.columns), raw_kinds(table.schema, settings)
    frame = key_frame(table, settings, times)
    for name, kind in kinds.items():
        if kind == "number":
            check_digits(name, table.column(name))
    order = _order(frame, times)
    if order is not None:  # the index keeps each row's place in the files, for messages
        frame, table = frame.take(order), table.take(pa.array(order))
        times = None if times is None else times[order]
    check_contract(frame, settings, times, part=part)
    columns = {name: table.column(name) for name in kinds}
    del table
    return _with_metrics(frame, columns, kinds, alone=not settings.columns.entity)


def read_raw_table(
    settings: DataSettings, root: Path = Path(), names: Sequence[str] | None = None
) -> pa.Table:
    """The columns `names` of all files; without them those with a role and those of features.

    Where nothing else names a row, the other columns come, too.
    """
    tables = [_read(path, settings, names) for path in files(settings, root)]
    return one_table(tables, settings.rows)


def file_places(settings: DataSettings, root: Path = Path()) -> npt.NDArray[np.intp]:
    """Where each row of `read_rows` stands in the files, counted from 0 through all of them."""
    table = read_raw_table(settings, root, settings.columns.roles)
    times = exact_times(table, settings.columns)
    order = _order(key_frame(table, settings, times), times)
    return np.arange(table.num_rows) if order is None else order


def raw_rows(settings: DataSettings, root: Path = Path()) -> int:
    """How many rows the files hold, by their own count."""
    settings = settings.model_copy(update={"unlabelled": "refuse"})
    counts = [
        read_table(path, settings).num_rows
        if path.name.endswith(CSV)
        else pq.read_metadata(path).num_rows
        for path in files(settings, root)
    ]
    return sum(map(int, counts))


def many_rows(settings: DataSettings, root: Path = Path()) -> bool:
    """Whether rows are so many, in files that tell it, that they are better taken file by file."""
    paths = files(settings, root)
    return not any(path.name.endswith(CSV) for path in paths) and raw_rows(settings, root) > MANY


def empty_columns(rows: pd.DataFrame, features: Sequence[str]) -> list[str]:
    """Those of `features` that have no value in any of `rows`."""
    return [name for name in features if rows[name].isna().all()]


def _order(frame: pd.DataFrame, times: Times) -> npt.NDArray[np.intp] | None:
    # Entities in the order of their first rows. None where the rows lie so already, or where one
    # has no entity, which the contract then tells with the row's place in the files.
    if frame[ENTITY].isna().any():
        return None
    first = pd.factorize(frame[ENTITY])[0]
    within = np.zeros(len(frame), dtype=np.int64) if times is None else times
    same = first[1:] == first[:-1]
    if ((first[1:] > first[:-1]) | (same & (within[1:] >= within[:-1]))).all():
        return None
    return np.lexsort((within, first))


def feature_columns(rows: pd.DataFrame, settings: DataSettings) -> list[str]:
    """The columns of `rows` that features are made of, in their order."""
    keys = {*ROLES, *settings.columns.slices}
    return [str(name) for name in rows.columns if name not in keys]


def _read(path: Path, settings: DataSettings, names: Sequence[str] | None) -> pa.Table:
    schema = schema_of(path, settings)
    wanted = wanted_columns(path, schema, settings) if names is None else names
    # The content of all columns names a row where nothing else does.
    others = (
        [] if settings.columns.named_by else [name for name in schema.names if name not in wanted]
    )
    return with_categories(path, read_table(path, settings, [*wanted, *others]), settings)


def wanted_columns(path: Path, schema: pa.Schema, settings: DataSettings) -> list[str]:
    """The columns with a role and those of the features.

    Raises `BadInput` where one is missing or there twice.
    """
    columns = settings.columns
    roles = columns.roles
    for key in [*roles, *columns.metrics, *columns.text, *columns.exclude]:
        if key not in schema.names and (key in roles or not matching(schema.names, [key])):
            raise BadInput(
                f"{path}: no column '{key}', which configs/data.yaml names; it has {schema.names}"
            )
    metrics = _checked_features(path, schema, settings)
    # A row without a name is read whole.
    for name in schema.names if not columns.named_by else (*roles, *metrics):
        if schema.names.count(name) > 1:
            raise BadInput(
                f"{path}: "
                f"{schema.names.count(name)} columns are called '{name}'; rename all but one"
            )
    return [*(name for name in roles if name not in metrics), *metrics]


def _checked_features(path: Path, schema: pa.Schema, settings: DataSettings) -> list[str]:
    try:
        found = list(raw_kinds(schema, settings))
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None
    if not found:
        named = settings.columns.metrics
        raise BadInput(
            f"{path}: features {named} of configs/data.yaml name no column that has no other role"
        )
    for name in found:
        try:
            check_free(name)
        except ValueError as error:
            raise BadInput(
                f"{path}: {error}, or name the features without it in configs/data.yaml"
            ) from None
    return found


def key_frame(table: pa.Table, settings: DataSettings, times: Times) -> pd.DataFrame:
    """The keys of the rows of `read_raw_table`, in its order."""
    columns = settings.columns
    named = columns.key or not (columns.entity and columns.time)
    names = row_names(table, settings) if named else None
    data: dict[str, object] = (
        {} if columns.entity or names is None else {ENTITY: pd.Categorical(names)}
    )
    for name in key_columns(settings):
        category = table.column(name).unify_dictionaries().combine_chunks().to_pandas()
        data[ENTITY if name == columns.entity else name] = category
    data[TIME] = minutes_of(table, columns)
    data[TARGET] = TASKS[settings.task].targets(table.column(columns.label), columns)
    if columns.entity and not settings.step:
        data[ROW] = (
            names if names is not None or times is None else time_names(table, columns, times)
        )
    if columns.query:
        data[QUERY] = pd.Categorical(
            as_texts(columns.query, table.column(columns.query)).to_pylist()
        )
    return pd.DataFrame(data, copy=False)


def _with_metrics(
    frame: pd.DataFrame,
    columns: dict[str, pa.ChunkedArray],
    kinds: Mapping[str, Kind],
    *,
    alone: bool,
) -> pd.DataFrame:
    # Takes each of `columns` out when its turn has come: both forms of all of them need not be in
    # memory together.
    entity = np.zeros(len(frame), dtype=np.intp) if alone else frame[ENTITY].cat.codes.to_numpy()
    metrics: dict[str, Any] = {}
    for raw, kind in kinds.items():
        for name, values in encoded(raw, columns.pop(raw), kind).items():
            known = f"{name}{OF_A_SLICE}" if name in frame.columns else name
            if known in metrics or known in frame.columns:
                raise BadInput(
                    f"configs/data.yaml: two features are called '{known}'; "
                    f"exclude or rename column '{raw}'"
                )
            metrics[known] = values
            if isinstance(values, np.ndarray):
                metrics[known] = narrow(values, name, RowKeys(frame))
                check_lossless(values, name, entity, RowKeys(frame))
    return pd.concat([frame.reset_index(drop=True), pd.DataFrame(metrics, copy=False)], axis=1)
