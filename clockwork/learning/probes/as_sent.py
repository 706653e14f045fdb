"""Raw rows as the files hold them, read without the pipeline's reader, and some of them as a client would send them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clockwork.learning.data.columns import encoded, kind_of
from clockwork.learning.data.rows import key_frame, read_raw_table
from clockwork.learning.data.times import exact_times
from clockwork.learning.keys import ENTITY, ROW, TIME, RowKeys
from clockwork.learning.probes.calls import Sample
from clockwork.settings.data import DataSettings

MOST = 48  # rows with an extreme or a missing value

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RawFiles:
    """All rows of the files: columns of the signature first, entity and time at their head, then label and slices.

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


def read_files(root: Path, data: DataSettings, inputs: list[str]) -> RawFiles:
    """The files that configs/data.yaml names, with the columns `inputs`, the label and the slices."""
    columns = data.columns
    raw = read_raw_table(data, root)
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


def extreme(files: RawFiles, scored: pd.DataFrame) -> pd.MultiIndex:
    """Of the scored rows those in which a metric is greatest, least or missing: there a reader that clips shows."""
    places = {name: code for code, name in enumerate(files.names)}
    code = scored[ENTITY].astype(str).map(places).fillna(-1).to_numpy(dtype=np.int64)
    first, last = files.minute.min(), files.minute.max()
    known = code * (last - first + 1) + scored[TIME].to_numpy().clip(first, last) - first
    rows = np.flatnonzero(np.isin(files.code * (last - first + 1) + files.minute - first, known))
    found: list[int] = []
    for name in files.features if len(rows) else ():
        kind = kind_of(files.table.column(name).type)
        if kind != "number":
            continue
        values = encoded(name, files.table.column(name).take(rows), kind)[name]
        there = ~np.isnan(values)
        if there.any():
            found += [int(np.nanargmax(values)), int(np.nanargmin(values))]
        found += np.flatnonzero(~there)[:1].tolist()
    some = np.unique(found).astype(np.int64)
    few = rows[some[np.unique(np.linspace(0, len(some) - 1, min(MOST, len(some))).round().astype(int))]]
    found_keys = files.keys(few)
    return found_keys if files.row is None else found_keys.intersection(RowKeys(scored).index)


def sample(files: RawFiles, asked: pd.DataFrame, history: int) -> Sample:
    """The rows that `asked` names by entity and minute, with all rows of the `history` minutes before each."""
    places = {name: code for code, name in enumerate(files.names)}
    wanted = [(places[key[0]], key[1]) for key in asked.index if key[0] in places]
    near = np.flatnonzero(np.isin(files.code, [entity for entity, _ in wanted]))
    code, minute = files.code[near], files.minute[near]
    kept = np.zeros(len(near), dtype=np.bool_)
    for entity, at in wanted:
        kept |= (code == entity) & (minute >= at - history) & (minute <= at)
    numbers = near[kept]
    numbers = numbers[np.lexsort((files.minute[numbers], files.code[numbers]))]
    return Sample(_as_sent(files, numbers), files.inputs, files.features, files.keys(numbers), asked, history)


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
                column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column, pa.float64(), safe=False
            )
    plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    return plain.cast(pa.string())
