"""The served log: a row for each score that was given, minute by minute."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from clockwork.fleet.snapshot import write_whole
from clockwork.learning.ticks.state import Scores

PARTS, SERVED = "parts", "served"


@dataclass(frozen=True)
class Answer:
    """What became of a minute: scores, alerts to send, served log, which of the `rows` are refused.

    `seconds` are those of the tick.
    """

    scores: Scores
    sent: list[tuple[str, int, float]]
    log: pa.Table
    refused: dict[str, list[int]]
    seconds: float
    rows: int


def log_of(
    scores: Scores, sent: list[tuple[str, int, float]], threshold: float, model: str
) -> pa.Table:
    """The served log of a minute: key, score, alert, whether scored before, the model's hash."""
    alerted, keys = (
        np.zeros(len(scores.time), dtype=np.bool_),
        {(name, minute) for name, minute, _ in sent},
    )
    least = min((score for *_, score in sent), default=np.inf)
    for at in np.flatnonzero(scores.score >= least).tolist():
        alerted[at] = (scores.entity[at], int(scores.time[at])) in keys
    columns = {
        "entity": pa.array(scores.entity, pa.string()),
        "time": scores.time,
        "score": scores.score,
        "alert": scores.score >= threshold,
        "alerted": alerted,
        "again": scores.again,
        "model": pa.DictionaryArray.from_arrays(
            np.zeros(len(scores.time), dtype=np.int32), [model]
        ),
    }
    return pa.table(columns)


def roll(folder: Path, present: int) -> None:
    """Put the parts of each hour before the hour `present` into one file.

    One that is there already gets the rows that it lacks.
    """
    hours: dict[int, list[Path]] = {}
    files = (folder / PARTS).glob("*.parquet")
    for part in sorted(files, key=lambda path: path.stem.rpartition("-")[2]):
        hours.setdefault(int(part.stem.rpartition("-")[0]), []).append(part)
    for hour, parts in hours.items():
        if hour >= present:
            continue
        whole = folder / SERVED / f"{np.datetime64(hour, 'h')}.parquet"
        _add(whole, [*([whole] if whole.exists() else []), *parts])
        for part in parts:
            part.unlink()


def _add(whole: Path, files: list[Path]) -> None:
    tables = [pq.read_table(file) for file in files]
    table = pa.concat_tables(tables).unify_dictionaries()
    if files[0] == whole:  # a process may have died before the parts went
        new = ~table.to_pandas().duplicated().to_numpy()
        new[: len(tables[0])] = True
        table = table.filter(pa.array(new))
    write_whole(whole, lambda file: pq.write_table(table, file))
