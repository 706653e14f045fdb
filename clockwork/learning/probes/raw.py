"""Raw files as they lie on disk, to be cut and changed before the reader sees them.

What is done to a table that was read already cannot show what the reader did, and is read a second time when it is
written back. So these are Arrow tables with every column as it is in the file, and they go back under the same names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clockwork.learning.data.rows import metric_names
from clockwork.settings.data import Columns, DataSettings
from clockwork.support.errors import BadInput

Mask = npt.NDArray[np.bool_]
FIRST = 2  # rows of the spare entity


@dataclass(frozen=True)
class RawFile:
    """One file: its name below the checkout, its table, and the entity and the minute of each row."""

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
        return replace(self, table=self.table.filter(pa.array(keep)), entity=entity, minute=self.minute[keep])

    def with_columns(self, columns: Mapping[str, pa.Array]) -> Self:
        """The file with other values in some of its columns."""
        table = self.table
        for name, values in columns.items():
            at = table.schema.get_field_index(name)
            table = table.set_column(at, table.schema.field(at), values.cast(table.schema.field(at).type))
        return replace(self, table=table)


@dataclass(frozen=True)
class Raw:
    """All raw files, in the order in which the reader takes them."""

    root: Path
    settings: DataSettings
    files: tuple[RawFile, ...]

    @property
    def columns(self) -> Columns:
        """Which column is what."""
        return self.settings.columns

    def names(self) -> "pd.Index[str]":
        """The entities, each once, in the order of their names."""
        return pd.Index(sorted({str(name) for file in self.files for name in file.entity.dropna().unique()}))

    def classes(self) -> list[Any]:
        """The values of the label, each once."""
        labels = [pc.unique(file.table.column(self.columns.label)).to_pylist() for file in self.files]
        return sorted({label for some in labels for label in some if label is not None})

    def metrics(self, file: RawFile) -> list[str]:
        """The metrics of `file`: with entity and time they are all that a row has when it is scored."""
        own = {self.columns.entity, self.columns.time, self.columns.label, *self.columns.slices}
        return metric_names([name for name in file.table.column_names if name not in own], self.columns.metrics)

    def unserved(self, file: RawFile) -> list[str]:
        """The columns of `file` that serving lacks: the label, the slices, and what nothing names."""
        served = {self.columns.entity, self.columns.time, *self.metrics(file)}
        return [name for name in file.table.column_names if name not in served]

    def where(self, keep: Callable[[RawFile], Mask]) -> Self:
        """The rows that `keep` marks; a file that has none is left out."""
        kept = [file.where(keep(file)) for file in self.files]
        return replace(self, files=tuple(file for file in kept if len(file.entity)))

    def each(self, change: Callable[[RawFile], RawFile]) -> Self:
        """The files, changed one by one."""
        return replace(self, files=tuple(map(change, self.files)))

    def write(self, place: Path) -> None:
        """Write every file below `place` under its own name; what else lies beside them on disk is linked."""
        for file in self.files:
            (place / file.name).parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(file.table, place / file.name)
        for name in self._beside():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).symlink_to((self.root / name).resolve())

    def _beside(self) -> list[Path]:
        folders = list(takewhile(lambda part: not set(part) & set("*?["), Path(self.settings.rows).parts[:-1]))
        if not folders:  # raw files among everything else: then nothing is theirs alone
            return []
        raw = set(self.root.glob(self.settings.rows))
        there = (path for path in self.root.joinpath(*folders).rglob("*") if path.is_file() and path not in raw)
        return [path.relative_to(self.root) for path in there]


@dataclass(frozen=True)
class Sample:
    """The rows of a few entities, and the first rows of a spare one that is in every cut.

    The spare has a row of each class, for a reader may refuse rows with one class, and a cut may hold but one.
    """

    raw: Raw
    spare: str | None

    def cut(self, keep: Callable[[RawFile], Mask]) -> Raw:
        """The rows that `keep` marks, and those of the spare."""
        return self.raw.where(lambda file: keep(file) | (file.entity == self.spare).to_numpy())


def read_raw(settings: DataSettings, root: Path = Path()) -> Raw:
    """The raw files that `settings` name below `root`, with all their columns."""
    files = [_file(path, root, settings.columns) for path in sorted(root.glob(settings.rows))]
    return Raw(root, settings, tuple(files))


def _file(path: Path, root: Path, columns: Columns) -> RawFile:
    table = pq.read_table(path).combine_chunks()
    entity = table.column(columns.entity).cast(pa.string()).dictionary_encode().to_pandas()
    return RawFile(path.relative_to(root).as_posix(), table, entity, minutes(table.column(columns.time)))


def minutes(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """The minute of each raw time: since the epoch, or as it is where it is a whole number."""
    if pa.types.is_timestamp(column.type):
        seconds = column.cast(pa.timestamp("s", column.type.tz), safe=False).cast(pa.int64()).to_numpy()
        return np.asarray(seconds // 60, dtype=np.int64)
    if pa.types.is_integer(column.type):
        return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)
    raise BadInput(f"a raw time is {column.type}: to be cut, raw files need timestamps or whole minutes; convert it")


def sample(raw: Raw, names: list[str]) -> Sample:
    """The rows of the entities `names`, and of one more entity the first two, with a label of each class."""
    spare = next((name for name in raw.names() if name not in names), None)
    if spare is None:
        return Sample(raw, None)
    left = FIRST
    files = []
    for file in raw.files:
        at = np.flatnonzero((file.entity == spare).to_numpy())[:left]
        left -= len(at)
        keep = file.entity.isin(names).to_numpy(copy=True)
        keep[at] = True
        files.append(file.where(keep))
    few = replace(raw, files=tuple(file for file in files if len(file.entity)))
    return Sample(few.each(lambda file: _both_classes(file, raw, spare)), spare)


def _both_classes(file: RawFile, raw: Raw, spare: str) -> RawFile:
    label, classes = raw.columns.label, raw.classes()
    values = file.table.column(label).to_pylist()
    for at, row in enumerate(np.flatnonzero((file.entity == spare).to_numpy())):
        values[int(row)] = classes[-1 if at else 0]
    return file.with_columns({label: pa.array(values, file.table.schema.field(label).type)})
