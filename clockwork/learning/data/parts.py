"""Raw rows in parts of whole entities, where there are many.

They are the rows of `read_rows`, in its order, never all at once. Files may hold some entities each
or all entities for a while: a part is read from the row groups that its entities have rows in.
Where a row has a meaning for those of other entities, all are read, and parts are cut from them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.feather as feather
import pyarrow.parquet as pq

from clockwork.learning.data.raw_columns import raw_kinds
from clockwork.learning.data.rows import (
    key_columns,
    read_rows,
    table_rows,
    wanted_columns,
    with_categories,
)
from clockwork.learning.data.sources import CSV, files
from clockwork.learning.kept import blocks, cuts
from clockwork.learning.keys import ENTITY
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput

LEAST = 1_000_000  # rows of a part
SPOOL = ".parts-"
BITS = 32  # of a whole number: a larger one may need all rows to tell what a float can hold of it
Codes = npt.NDArray[np.intp]
Reader = Callable[[DataSettings, Path], pd.DataFrame]
Names = list[str] | None  # of columns; None: all


@dataclass(frozen=True)
class Parts:
    """Rows in `count` parts.

    `read` gives them one after the other whenever it is asked; `held` are rows in memory.
    """

    count: int
    read: Callable[[Names], Iterator[pd.DataFrame]]
    held: pd.DataFrame | None = None

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return self.read(None)

    @cached_property
    def header(self) -> pd.DataFrame:
        """No row, with the columns of all and their types."""
        return next(self.read(None)).iloc[:0].copy()

    @cached_property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.held) if self.held is not None else sum(map(len, self.read([ENTITY])))

    def whole(self, names: Names = None) -> pd.DataFrame:
        """Some columns of all rows, or all of them."""
        if self.held is not None:
            return self.held if names is None else self.held[names]
        return pd.concat(self.read(names), ignore_index=True)


def read_parts(settings: DataSettings, reader: Reader, root: Path = Path()) -> Parts:
    """The rows of `reader` in parts of at least `LEAST` rows.

    Of another reader than `read_rows` all are read first.
    """
    plan = _planned(settings, root) if reader is read_rows else None
    if plan is not None:
        return Parts(len(plan.parts), plan.read)
    return parts_of(reader(settings, root))


def parts_of(rows: pd.DataFrame) -> Parts:
    """Rows that are in memory, in parts."""
    cut = blocks(rows[ENTITY], LEAST)
    if len(cut) == 1:
        return one_part(rows)
    return Parts(
        len(cut),
        lambda names: (_of(rows.iloc[part], names).reset_index(drop=True) for part in cut),
        rows,
    )


def one_part(rows: pd.DataFrame) -> Parts:
    """Rows that are in memory, together."""
    return Parts(1, lambda names: iter([_of(rows, names)]), rows)


@contextmanager
def spooled(rows: Parts, place: Path) -> Iterator[Parts]:
    """The same rows, to be read again and again by column.

    They lie in files below `place`, or together where they are held.
    """
    if rows.held is not None:
        yield one_part(rows.held)
        return
    place.mkdir(parents=True, exist_ok=True)
    for left in place.glob(f"{SPOOL}*"):  # by a run that was killed: as large as all rows
        rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=place, prefix=SPOOL) as folder:
        paths = [Path(folder) / f"{at}.arrow" for at in range(rows.count)]
        for path, part in zip(paths, rows, strict=True):
            feather.write_feather(part, str(path), compression="uncompressed")

        def read(names: Names) -> Iterator[pd.DataFrame]:
            for path in paths:
                yield feather.read_feather(path, columns=names, use_threads=False, memory_map=False)

        yield Parts(rows.count, read)


def _of(rows: pd.DataFrame, names: Names) -> pd.DataFrame:
    return rows if names is None else rows[names]


def read_entities(
    settings: DataSettings, reader: Reader, names: set[str], root: Path = Path()
) -> pd.DataFrame:
    """The rows of the entities `names`."""
    plan = _planned(settings, root) if reader is read_rows else None
    if plan is not None:
        codes = np.flatnonzero([name in names for name in plan.entities])
        return plan.rows_of(codes) if len(codes) else plan.rows_of(plan.parts[0]).iloc[:0]
    rows = reader(settings, root)
    wanted = rows[ENTITY].cat.categories.astype(str).isin(names)
    return rows[wanted[rows[ENTITY].cat.codes]].reset_index(drop=True)


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
class _Plan:
    settings: DataSettings
    root: Path
    columns: list[str]
    known: _Known
    parts: list[Codes]

    @property
    def entities(self) -> list[str]:
        return list(self.known.names[str(self.settings.columns.entity)])

    def read(self, names: Names) -> Iterator[pd.DataFrame]:
        return (_of(self.rows_of(part), names) for part in self.parts)

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


def _planned(settings: DataSettings, root: Path) -> _Plan | None:
    # None where there are few rows, or where a row has a meaning for those of other entities.
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
        if sum(pq.read_metadata(path).num_rows for path in found) < 2 * LEAST:
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
    edges = np.searchsorted(ends, cuts(ends, LEAST)[1:-1]) + 1
    return _Plan(settings, root, first.names, known, np.split(order, edges))


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
