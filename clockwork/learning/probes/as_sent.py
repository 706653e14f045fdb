"""Raw rows as the files hold them, read without the pipeline's reader, and some of them as a client would send them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clockwork.learning.probes.calls import Sample
from clockwork.learning.probes.raw import minutes
from clockwork.settings.data import DataSettings

MOST = 48  # rows with an extreme or a missing value

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RawFiles:
    """All rows of the files: columns of the signature first, entity and time at their head, then label and slices."""

    table: pa.Table
    inputs: list[str]
    names: list[str]
    code: Numbers
    minute: Numbers

    def keys(self, numbers: Numbers) -> pd.MultiIndex:
        """Entity and minute of some rows."""
        return pd.MultiIndex.from_arrays([[self.names[code] for code in self.code[numbers]], self.minute[numbers]])


def read_files(root: Path, data: DataSettings, inputs: list[str]) -> RawFiles:
    """The files that configs/data.yaml names, with the columns `inputs`, the label and the slices."""
    text = [data.columns.entity, *data.columns.slices]
    wanted = list(dict.fromkeys([*inputs, data.columns.label, *data.columns.slices]))
    table = pa.concat_tables(
        [_with_text(pq.read_table(path, columns=wanted), text) for path in sorted(root.glob(data.rows))],
        promote_options="permissive",
    ).select(wanted)
    entity = table.column(inputs[0]).combine_chunks().dictionary_encode()
    return RawFiles(
        table,
        inputs,
        entity.dictionary.to_pylist(),
        entity.indices.to_numpy().astype(np.int64),
        minutes(table.column(inputs[1])),
    )


def _with_text(table: pa.Table, names: list[str]) -> pa.Table:
    for name in names:
        table = table.set_column(table.schema.get_field_index(name), name, table.column(name).cast(pa.string()))
    return table


def extreme(files: RawFiles, scored: pd.DataFrame) -> pd.MultiIndex:
    """Of the scored rows those in which a metric is greatest, least or missing: there a reader that clips shows."""
    places = {name: code for code, name in enumerate(files.names)}
    code = scored["entity"].astype(str).map(places).fillna(-1).to_numpy(dtype=np.int64)
    first, last = files.minute.min(), files.minute.max()
    known = code * (last - first + 1) + scored["time"].to_numpy().clip(first, last) - first
    rows = np.flatnonzero(np.isin(files.code * (last - first + 1) + files.minute - first, known))
    found: list[int] = []
    for name in files.inputs[2:] if len(rows) else ():
        values = files.table.column(name).take(rows).cast(pa.float64()).to_numpy()
        there = ~np.isnan(values)
        if there.any():
            found += [int(np.nanargmax(values)), int(np.nanargmin(values))]
        found += np.flatnonzero(~there)[:1].tolist()
    some = np.unique(found).astype(np.int64)
    return files.keys(rows[some[np.unique(np.linspace(0, len(some) - 1, min(MOST, len(some))).round().astype(int))]])


def sample(files: RawFiles, asked: "pd.Series[float]", history: int) -> Sample:
    """The rows that `asked` names by entity and minute, with all rows of the `history` minutes before each."""
    places = {name: code for code, name in enumerate(files.names)}
    wanted = [(places[entity], at) for entity, at in asked.index if entity in places]
    near = np.flatnonzero(np.isin(files.code, [entity for entity, _ in wanted]))
    code, minute = files.code[near], files.minute[near]
    kept = np.zeros(len(near), dtype=np.bool_)
    for entity, at in wanted:
        kept |= (code == entity) & (minute >= at - history) & (minute <= at)
    numbers = near[kept]
    numbers = numbers[np.lexsort((files.minute[numbers], files.code[numbers]))]
    rows = _as_sent(files, numbers)
    return Sample(rows, files.inputs, pd.Series(files.minute[numbers]), asked, history)


def _as_sent(files: RawFiles, numbers: Numbers) -> pd.DataFrame:
    # The signature's types: text, a time, and numbers of double width.
    some = files.table.take(numbers)
    time = some.column(files.inputs[1]).type
    kinds = {files.inputs[1]: pa.timestamp("ms") if pa.types.is_timestamp(time) else pa.int64()}
    kinds |= dict.fromkeys(files.inputs[2:], pa.float64())
    columns = [
        pc.cast(some.column(name), kinds[name], safe=False) if name in kinds else some.column(name)
        for name in some.column_names
    ]
    frame: pd.DataFrame = pa.table(columns, names=some.column_names).to_pandas()
    return frame
