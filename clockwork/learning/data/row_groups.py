"""Which row groups of Parquet files hold the rows of which entities, and those rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clockwork.learning.data.categories import key_columns, with_categories
from clockwork.learning.data.raw_columns import raw_kinds
from clockwork.learning.data.rows import read_rows, table_rows, wanted_columns
from clockwork.learning.data.sources import CSV, files
from clockwork.learning.kept import cuts
from clockwork.learning.keys import ENTITY
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput

BITS = 32  # of a whole number: a larger one may need all rows to tell what a float can hold of it
Codes = npt.NDArray[np.intp]
Names = list[str] | None  # of columns; None: all


def some_columns(rows: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The columns `names` of the rows, or all of them."""
    return rows if names is None else rows[names]


@dataclass
class _Known:
    # What the files hold: the categories of each key column, and which entities have rows where, in
    # their first order.
    names: dict[str, dict[Any, int]]
    groups: list[tuple[Path, int, Codes]] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)
    labels: set[Any] = field(default_factory=set)
    schema: pa.Schema | None = None  # of these columns, the same in each group


@dataclass(frozen=True)
class Plan:
    """The rows of Parquet files in parts of whole entities, read when they are asked for.

    `columns` are those that the files are asked for; `parts` hold the entities' codes, which are
    their places in `entities`.
    """

    settings: DataSettings
    root: Path
    columns: list[str]
    known: _Known
    parts: list[Codes]

    @property
    def entities(self) -> list[str]:
        """Their names, in the order of their first rows in the files."""
        return list(self.known.names[str(self.settings.columns.entity)])

    def read(self, names: Names) -> Iterator[pd.DataFrame]:
        """The rows of one part after the other, with the columns `names` (None: all)."""
        return (some_columns(self.rows_of(part), names) for part in self.parts)

    def rows_of(self, entities: Codes) -> pd.DataFrame:
        """The rows of some entities, with the categories of all."""
        try:
            rows = table_rows(pa.concat_tables(self._tables(entities)), self.settings, part=True)
        except BadInput:
            read_rows(self.settings, self.root)  # its message names the row by its place among all
            raise
        for name in key_columns(self.settings):
            own = ENTITY if name == self.settings.columns.entity else name
            rows[own] = rows[own].cat.set_categories(
                _dtype(list(self.known.names[name])).categories
            )
        return rows

    def _tables(self, entities: Codes) -> Iterator[pa.Table]:
        own, names = str(self.settings.columns.entity), self.entities
        wanted = pa.array([names[code] for code in entities], pa.string())
        for path, group, there in self.known.groups:
            if np.isin(there, entities).any():
                with pq.ParquetFile(path) as file:
                    table = file.read_row_group(group, self.columns, use_threads=False)
                table = with_categories(path, table, self.settings)
                yield table.filter(pc.is_in(table.column(own).cast(pa.string()), wanted))


def _dtype(names: list[str]) -> Any:
    # As Arrow gives the categories of a column.
    empty = pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array(names, pa.string()))
    return empty.to_pandas().dtype


def planned(settings: DataSettings, root: Path, least: int) -> Plan | None:
    """Parts of at least `least` rows of whole entities, to be read one by one.

    None where there are few rows, or where a row has a meaning for those of other entities.
    """
    found, columns = files(settings, root), settings.columns
    own = bool(
        columns.entity
        and columns.time
        and not columns.key
        and not columns.query
        and not settings.dates
    )
    plain = settings.task == "binary" and columns.positive is None and not columns.text
    if not own or not plain or any(path.name.endswith(CSV) for path in found):
        return None
    try:
        if sum(pq.read_metadata(path).num_rows for path in found) < 2 * least:
            return None
        first, *others = [_plain_columns(path, settings) for path in found]
        if first is None or any(first != one for one in others):
            return None
        known = _scanned(found, settings)
    # The reader's message has the place.
    except (BadInput, pa.ArrowException, OSError, UnicodeError):
        return None
    if known is None or known.labels != {0, 1}:
        return None
    order, ends = np.array(list(known.counts)), np.cumsum(list(known.counts.values()))
    edges = np.searchsorted(ends, cuts(ends, least)[1:-1]) + 1
    return Plan(settings, root, first.names, known, np.split(order, edges))


def _plain_columns(path: Path, settings: DataSettings) -> pa.Schema | None:
    # Those to be read, where each value means the same whatever the others are.
    schema = pq.read_schema(path).remove_metadata()
    names, kinds = wanted_columns(path, schema, settings), raw_kinds(schema, settings)
    types = [schema.field(name).type for name, kind in kinds.items() if kind == "number"]
    wide = any(
        pa.types.is_decimal(one) or (pa.types.is_integer(one) and one.bit_width > BITS)
        for one in types
    )
    if wide or not set(kinds.values()) <= {"number", "moment"}:
        return None
    return pa.schema([schema.field(name) for name in names])


def _scanned(paths: list[Path], settings: DataSettings) -> _Known | None:
    own, label = str(settings.columns.entity), settings.columns.label
    known = _Known({name: {} for name in key_columns(settings)})
    for path in paths:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, [*known.names, label], use_threads=False)
                if table.column(label).null_count or not table.num_rows:
                    return None
                known.labels |= set(pc.unique(table.column(label)).to_pylist())
                table = with_categories(path, table, settings)
                codes = _coded(known, table)[own]
                if codes is None or not table.schema.equals(known.schema or table.schema):
                    return None
                known.schema = table.schema
                there, first, counts = np.unique(codes, return_index=True, return_counts=True)
                order = np.argsort(first)
                for code, count in zip(there[order].tolist(), counts[order].tolist(), strict=True):
                    known.counts[code] = known.counts.get(code, 0) + count
                known.groups.append((path, group, there))
    return known


def _coded(known: _Known, table: pa.Table) -> dict[str, Codes | None]:
    # The codes of the key columns, whose categories are numbered as they come; None where a value
    # is missing.
    found: dict[str, Codes | None] = {}
    for name, names in known.names.items():
        column = table.column(name).unify_dictionaries().combine_chunks()
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        places = [
            names.setdefault(text, len(names))
            for text in column.dictionary.cast(pa.string()).to_pylist()
        ]
        found[name] = (
            None
            if column.null_count
            else np.array(places, dtype=np.intp)[column.indices.to_numpy()]
        )
    return found
