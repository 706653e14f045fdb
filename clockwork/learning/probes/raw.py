"""Raw files as they lie on disk, to be cut and changed before the reader sees them.

What is done to a table that was read already cannot show what the reader did, and is read a second
time when it is written back. So these are Arrow tables with every column as it is in the file, and
they go back under the same names.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from clockwork.learning.data.naming import hashed, row_names
from clockwork.learning.data.raw_columns import raw_features
from clockwork.learning.data.rows import many_rows
from clockwork.learning.data.sources import files, read_table, write_table
from clockwork.learning.data.times import minutes_of
from clockwork.settings.columns import Columns
from clockwork.settings.data import DataSettings
from clockwork.settings.strict import read_yaml
from clockwork.support.paths import CONFIGS

Mask = npt.NDArray[np.bool_]
NAME = "clockwork_row"  # the column that names rows which have no key


@dataclass(frozen=True)
class RawFile:
    """One file: its name below the checkout, its table, and the entity and minute of each row."""

    name: str
    table: pa.Table
    entity: "pd.Series[Any]"  # a category, for millions of texts are slow
    minute: npt.NDArray[np.int64]

    def of_entity(self, values: Mapping[str, float]) -> npt.NDArray[np.float64]:
        """For each row what `values` has for its entity; NaN where it has nothing."""
        each = [values.get(str(name), np.nan) for name in self.entity.cat.categories]
        return np.asarray(each, dtype=np.float64)[self.entity.cat.codes.to_numpy()]

    def where(self, keep: Mask) -> Self:
        """The rows that `keep` marks."""
        entity = self.entity[keep].reset_index(drop=True)
        return replace(
            self, table=self.table.filter(pa.array(keep)), entity=entity, minute=self.minute[keep]
        )

    def with_columns(self, columns: Mapping[str, pa.Array]) -> Self:
        """The file with other values in some of its columns."""
        table = self.table
        for name, values in columns.items():
            at = table.schema.get_field_index(name)
            table = table.set_column(
                at, table.schema.field(at), values.cast(table.schema.field(at).type)
            )
        return replace(self, table=table)


@dataclass(frozen=True)
class Late:
    """Files read, and changed, whenever asked for, one after the other: many rows need room."""

    make: Callable[[], Iterator[RawFile]]

    def __iter__(self) -> Iterator[RawFile]:
        return self.make()


@dataclass(frozen=True)
class Raw:
    """All raw files, in the order in which the reader takes them."""

    root: Path
    settings: DataSettings
    files: Iterable[RawFile]

    @property
    def columns(self) -> Columns:
        """Which column is what."""
        return self.settings.columns

    def names(self) -> "pd.Index[str]":
        """The entities, each once, in the order of their names."""
        return pd.Index(sorted(self._counted[0]))

    def rows_of(self, name: str) -> int:
        """How many rows the entity has."""
        return self._counted[0][name]

    def classes(self) -> list[Any]:
        """The values of the label, each once."""
        return sorted(self._counted[1])

    def ends(self) -> tuple[int, int]:
        """The first and the last minute of all."""
        return min(self._counted[2]), max(self._counted[2])

    @cached_property
    def _counted(self) -> tuple[Counter[str], set[Any], set[int]]:
        # Rows by entity, labels, and the first and the last minute of each file.
        rows, labels, ends = Counter[str](), set[Any](), set[int]()
        for file in self.files:
            rows.update(
                {
                    str(name): int(count)
                    for name, count in file.entity.value_counts().items()
                    if count
                }
            )
            labels |= {
                one
                for one in pc.unique(file.table.column(self.columns.label)).to_pylist()
                if one is not None
            }
            ends |= {int(file.minute.min()), int(file.minute.max())} if len(file.minute) else set()
        return rows, labels, ends

    def metrics(self, file: RawFile) -> list[str]:
        """The metrics of `file`: with entity and time they are all that a row has when scored."""
        return raw_features(file.table.column_names, self.settings)

    def unserved(self, file: RawFile) -> list[str]:
        """The columns of `file` that serving lacks: the label, slices, and what nothing names."""
        served = {self.columns.entity, self.columns.time, *self.columns.key, *self.metrics(file)}
        return [name for name in file.table.column_names if name not in served]

    def where(self, keep: Callable[[RawFile], Mask]) -> Self:
        """The rows that `keep` marks; a file that has none is left out."""

        def kept() -> Iterator[RawFile]:
            return (
                some for some in (file.where(keep(file)) for file in self.files) if len(some.entity)
            )

        return self._of(kept)

    def each(self, change: Callable[[RawFile], RawFile]) -> Self:
        """The files, changed one by one."""
        return self._of(lambda: map(change, self.files))

    def _of(self, make: Callable[[], Iterator[RawFile]]) -> Self:
        return replace(self, files=Late(make) if isinstance(self.files, Late) else tuple(make()))

    def write(self, place: Path) -> None:
        """Write every file below `place` by its own name; what lies beside them on disk is linked.

        Settings that lie there already learn by which column rows are named.
        """
        for file in self.files:
            write_table(file.table, place / file.name, self.settings)
        self._name(place / CONFIGS / "data.yaml")
        for name in self._beside():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).symlink_to((self.root / name).resolve())

    def _name(self, path: Path) -> None:
        if self.columns.key == [NAME] and path.exists():
            found = read_yaml(path)
            found.get("columns", found)["key"] = [NAME]
            path.write_text(yaml.safe_dump(found, sort_keys=False), encoding="utf-8")

    def _beside(self) -> list[Path]:
        folders = list(
            takewhile(lambda part: not set(part) & set("*?["), Path(self.settings.rows).parts[:-1])
        )
        if not folders:  # raw files among everything else: then nothing is theirs alone
            return []
        raw = set(self.root.glob(self.settings.rows))
        there = (
            path
            for path in self.root.joinpath(*folders).rglob("*")
            if path.is_file() and path not in raw
        )
        return [path.relative_to(self.root) for path in there]


def read_raw(settings: DataSettings, root: Path = Path()) -> Raw:
    """The raw files that `settings` name below `root`, with all their columns."""
    paths = files(settings, root)
    names = [path.relative_to(root).as_posix() for path in paths]
    if settings.columns.named_by and many_rows(settings, root):

        def make() -> Iterator[RawFile]:
            for name, path in zip(names, paths, strict=True):
                yield _file(name, read_table(path, settings).combine_chunks(), settings)

        return Raw(root, settings, Late(make))
    tables = [read_table(path, settings).combine_chunks() for path in paths]
    if not settings.columns.named_by:
        tables, settings = _named(tables, settings)
    return Raw(
        root,
        settings,
        tuple(_file(name, table, settings) for name, table in zip(names, tables, strict=True)),
    )


def _named(tables: list[pa.Table], settings: DataSettings) -> tuple[list[pa.Table], DataSettings]:
    # A name by content would change with what is done to the rows: so each gets a column with the
    # name that it has.
    names = hashed(pa.concat_tables(tables, promote_options="permissive"), settings)
    ends = np.cumsum([table.num_rows for table in tables])
    parts = [
        names.iloc[end - table.num_rows : end] for end, table in zip(ends, tables, strict=True)
    ]
    with_names = [
        table.append_column(NAME, pa.array(part, pa.string()))
        for table, part in zip(tables, parts, strict=True)
    ]
    columns = settings.columns.model_copy(update={"key": [NAME]})
    return with_names, settings.model_copy(update={"columns": columns})


def _file(name: str, table: pa.Table, settings: DataSettings) -> RawFile:
    own = settings.columns.entity
    if own:
        entity = table.column(own).cast(pa.string()).dictionary_encode().to_pandas()
    else:
        entity = row_names(table, settings).astype("category")
    return RawFile(name, table, entity, minutes_of(table, settings.columns))
