"""Raw rows as the files hold them, read without the pipeline's reader.

Some of them are as a client would send them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import escape
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clockwork.learning.data.columns import encoded, kind_of
from clockwork.learning.data.rows import key_frame, many_rows, read_raw_table
from clockwork.learning.data.sources import files, one_table, schema_of
from clockwork.learning.data.times import exact_times
from clockwork.learning.keys import ENTITY, ROW, TIME, RowKeys
from clockwork.learning.probes.calls import Sample
from clockwork.settings.data import DataSettings

MOST = 48  # rows with an extreme or a missing value

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RawFiles:
    """All rows of the files: signature columns first, entity and time ahead, then label and slices.

    `code` and `minute` are entity and time of each row, `row` its own name where it needs one.
    """

    table: pa.Table
    inputs: list[str]
    features: list[str]
    names: list[str]
    code: Numbers
    minute: Numbers
    row: "pd.Series[str] | None" = None

    def keys(self, numbers: Numbers) -> pd.MultiIndex:
        """The names of some rows, as those of their scores."""
        own = [] if self.row is None else [self.row.iloc[numbers]]
        return pd.MultiIndex.from_arrays(
            [[self.names[code] for code in self.code[numbers]], self.minute[numbers], *own]
        )


def read_files(
    root: Path, data: DataSettings, inputs: list[str], entities: set[str] | None = None
) -> RawFiles:
    """The files that configs/data.yaml names, with the columns `inputs`, the label and the slices.

    Where there are many rows and `entities` are given, the rows of these alone.
    """
    if entities is None or not _by_file(data, root):
        return _files(read_raw_table(data, root), data, inputs)
    own, wanted = str(data.columns.entity), pa.array(sorted(entities), pa.string())
    some = [
        table.filter(pc.is_in(table.column(own).cast(pa.string()), wanted))
        for table in (read_raw_table(one, root) for one in _one_by_one(data, root))
    ]
    return _files(one_table(some, data.rows), data, inputs)


def each_file(root: Path, data: DataSettings, inputs: list[str]) -> Iterator[RawFiles]:
    """The same of all entities, file by file where there are many rows."""
    if not _by_file(data, root):
        return iter([read_files(root, data, inputs)])
    return (_files(read_raw_table(one, root), data, inputs) for one in _one_by_one(data, root))


def _by_file(data: DataSettings, root: Path) -> bool:
    own, time = data.columns.entity and not data.columns.key, data.columns.time
    if not own or time is None or not many_rows(data, root):
        return False
    # A time that is a whole number in one file and a fraction in another names a row of all files
    # otherwise.
    return len({schema_of(path, data).field(time).type for path in files(data, root)}) == 1


def _one_by_one(data: DataSettings, root: Path) -> Iterator[DataSettings]:
    for path in files(data, root):
        yield data.model_copy(update={"rows": escape(path.relative_to(root).as_posix())})


def _files(raw: pa.Table, data: DataSettings, inputs: list[str]) -> RawFiles:
    columns = data.columns
    keys = key_frame(raw, data, exact_times(raw, columns))
    wanted = list(dict.fromkeys([*inputs, columns.label, *columns.slices]))
    entity = keys[ENTITY].cat
    return RawFiles(
        raw.select(wanted),
        inputs,
        [name for name in inputs if name not in (columns.entity, columns.time)],
        [str(name) for name in entity.categories],
        entity.codes.to_numpy().astype(np.int64),
        keys[TIME].to_numpy(),
        keys.get(ROW),
    )


def extreme(several: Iterable[RawFiles], scored: pd.DataFrame) -> pd.MultiIndex:
    """Scored rows where a metric is greatest, least or missing: there a reader that clips shows."""
    # A value, the place of its row among all, and the row's name.
    best: dict[tuple[str, str], tuple[float, int, pd.MultiIndex]] = {}
    first, named = 0, False
    for some in several:
        rows = _scored(some, scored)
        for which, value, at in _extremes(some, rows):
            if which not in best or value > best[which][0]:
                best[which] = value, first + at, some.keys(np.array([at]))
        first, named = first + len(some.code), some.row is not None
    keys = [key for _, key in sorted({at: key for _, at, key in best.values()}.items())]
    few = np.unique(np.linspace(0, len(keys) - 1, min(MOST, len(keys))).round().astype(int))
    found: pd.MultiIndex = RowKeys(scored.iloc[:0]).index.append([keys[at] for at in few])
    return found.intersection(RowKeys(scored).index) if named else found


def _scored(some: RawFiles, scored: pd.DataFrame) -> Numbers:
    # The places of the rows that are scored.
    if not len(some.code):
        return np.empty(0, dtype=np.int64)
    places, entity = (
        {name: code for code, name in enumerate(some.names)},
        scored[ENTITY].astype("category").cat,
    )
    own = np.array([*(places.get(str(name), -1) for name in entity.categories), -1])[
        entity.codes.to_numpy()
    ]
    there, first, last = own >= 0, some.minute.min(), some.minute.max()
    known = (
        own[there] * (last - first + 1) + scored[TIME].to_numpy()[there].clip(first, last) - first
    )
    return np.flatnonzero(np.isin(some.code * (last - first + 1) + some.minute - first, known))


def _extremes(some: RawFiles, rows: Numbers) -> Iterator[tuple[tuple[str, str], float, int]]:
    # What is greatest, least or missing first in each metric: its value, the higher the more so,
    # and its row.
    for name in some.features if len(rows) else ():
        kind = kind_of(some.table.column(name).type)
        if kind != "number":
            continue
        values = np.asarray(encoded(name, some.table.column(name).take(rows), kind)[name])
        there = ~np.isnan(values)
        if there.any():
            most, least = int(np.nanargmax(values)), int(np.nanargmin(values))
            yield (name, "greatest"), float(values[most]), int(rows[most])
            yield (name, "least"), -float(values[least]), int(rows[least])
        if not there.all():
            yield (name, "missing"), 0.0, int(rows[np.flatnonzero(~there)[0]])


def sample(files: RawFiles, asked: pd.DataFrame, history: int) -> Sample:
    """The rows `asked` names by entity and minute, and all of the `history` minutes before each."""
    places = {name: code for code, name in enumerate(files.names)}
    wanted = [(places[key[0]], key[1]) for key in asked.index if key[0] in places]
    near = np.flatnonzero(np.isin(files.code, [entity for entity, _ in wanted]))
    code, minute = files.code[near], files.minute[near]
    kept = np.zeros(len(near), dtype=np.bool_)
    for entity, at in wanted:
        kept |= (code == entity) & (minute >= at - history) & (minute <= at)
    numbers = near[kept]
    numbers = numbers[np.lexsort((files.minute[numbers], files.code[numbers]))]
    return Sample(
        _as_sent(files, numbers), files.inputs, files.features, files.keys(numbers), asked, history
    )


def _as_sent(files: RawFiles, numbers: Numbers) -> pd.DataFrame:
    # The signature's types: text, a time, and numbers of double width.
    some = files.table.take(numbers)
    columns = [_sent(some.column(name), name in files.features) for name in some.column_names]
    frame: pd.DataFrame = pa.table(columns, names=some.column_names).to_pandas()
    return frame


def _sent(column: pa.ChunkedArray, feature: bool) -> pa.ChunkedArray:
    match kind_of(column.type):
        case "number" if not feature:
            return column.cast(pa.int64()) if pa.types.is_integer(column.type) else column
        case "moment":
            return pc.cast(column, pa.timestamp("ms"), safe=False)
        case "number":
            return pc.cast(
                column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column,
                pa.float64(),
                safe=False,
            )
    plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    return plain.cast(pa.string())
