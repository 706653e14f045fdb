"""Scores of a history in files: one file at a time, and of those before only the longest window."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from clockwork.fleet.model import Model
from clockwork.fleet.rows import in_pandas, texts
from clockwork.fleet.snapshot import write_whole
from clockwork.learning.serving.scorer import Scorer, minutes
from clockwork.support.console import Report
from clockwork.support.errors import BadInput

MINUTE = "__minute__"


def score_files(model: Model, source: Path, out: Path, report: Report) -> None:
    """Score each Parquet file of `source` (file or folder) to the same name in the folder `out`.

    Files are partitions by time, by entity or both, in the order of their names: of an entity, each
    file is later than those before. Memory is that of one file and of the longest window of every
    entity.
    """
    files = [source] if source.is_file() else sorted(source.glob("*.parquet"))
    if not files:
        raise BadInput(f"{source}: no Parquet file and no folder of them; name one")
    if out.resolve() == (source if source.is_dir() else source.parent).resolve():
        raise BadInput(f"{out}: the rows lie there; name another folder for the scores")
    scorer = model.scorer()
    past: pd.DataFrame | None = None
    for path in files:
        past, scored = _one(model, scorer, path, past)
        write_whole(
            out / path.name,
            lambda file, table=scored: pq.write_table(table, file),  # type: ignore[misc]
        )
        report(
            f"{path.name}: "
            f"{scored.num_rows} rows, {scored.num_rows - scored['score'].null_count} scores"
        )


def _one(
    model: Model, scorer: Scorer, path: Path, past: pd.DataFrame | None
) -> tuple[pd.DataFrame, pa.Table]:
    entity, time = model.data.columns.entity_and_time
    rows = in_pandas(_read(path, [entity, time, *model.metrics]), model.data.columns)
    try:
        names = texts(rows[entity])
        rows[entity] = pd.Series(names, rows.index, dtype=object).mask(names == "", None)
        rows[MINUTE] = minutes(rows[time], model.data.columns.unit)
        _check_later(rows, past, entity)
        whole = rows if past is None else pd.concat([past, rows], ignore_index=True)
        score = scorer.score(whole.drop(columns=MINUTE))[len(whole) - len(rows) :]
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None
    table = pa.table(
        {
            "entity": pa.array(rows[entity], pa.string()),
            "time": rows[MINUTE].to_numpy(),
            "score": pa.array(score, from_pandas=True),
            "alert": score >= model.threshold,
            "model": pa.array([model.hash] * len(rows), pa.string()).dictionary_encode(),
        }
    )
    last = whole.groupby(entity)[MINUTE].transform("max")
    reach = max(model.how.history, model.data.grid) + model.data.grid
    return whole[whole[MINUTE] > last - reach].reset_index(drop=True), table


def _check_later(rows: pd.DataFrame, past: pd.DataFrame | None, entity: str) -> None:
    if past is None:
        return
    first, last = rows.groupby(entity)[MINUTE].min(), past.groupby(entity)[MINUTE].max()
    early = first[first <= last.reindex(first.index)]
    if len(early):
        raise BadInput(
            f"entity '{early.index[0]}' at minute {early.iloc[0]} is no later "
            "than in the files before; name the files in the order of time"
        )


def _read(path: Path, columns: list[str]) -> pa.Table:
    try:
        return pq.read_table(path, columns=columns, partitioning=None)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(
            f"{path}: not readable ({error}); it must be Parquet with the columns {columns}"
        ) from None
