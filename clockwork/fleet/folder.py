"""A folder that gets a Parquet file a minute: each is scored once, in the order of the names."""

import json
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from clockwork.fleet.follow import Newer, following
from clockwork.fleet.rows import in_pandas, refusals
from clockwork.fleet.served import Answer
from clockwork.fleet.snapshot import write_whole
from clockwork.fleet.station import Station
from clockwork.support.console import Report
from clockwork.support.errors import BadInput, one_line

PAUSE = 1.0  # seconds from one look into the folder to the next


def watch(
    station: Station,
    source: Path,
    report: Report,
    newer: Newer | None = None,
    *,
    once: bool = False,
) -> None:
    """Score what lies in `source` and what comes; ends after what is there with `once`, else never.

    Raises `BadInput` at the end of `once` where files were not scored.

    `newer` gives a model to score with from then on, where one has come.

    A file must be put there as a whole: written beside and renamed, or under a name that does not
    end in .parquet.
    """
    if not source.is_dir():
        raise BadInput(
            f"{source}: no such folder; make it, or name the one that the minutes are written to"
        )
    for name, answer in station.resume():
        _tell(station, name, answer, report)
    unreadable: set[tuple[str, int]] = set()
    with following(station, newer, report):
        _pass(station, source, unreadable, report)
        while not once:
            time.sleep(PAUSE)
            _pass(station, source, unreadable, report)
    if unreadable:
        raise BadInput(
            f"{source}: {len(unreadable)} files were not scored, see above; mend or remove them"
        )


def _pass(station: Station, source: Path, unreadable: set[tuple[str, int]], report: Report) -> None:
    files = sorted(source.glob("*.parquet"))
    station.names &= {path.name for path in files}
    for path in files:
        mark = (path.name, _written(path))
        if path.name in station.names or mark in unreadable:
            continue
        try:
            rows = in_pandas(_read(path), station.model.data.columns)
            _tell(station, path.name, station.take(rows, path.name), report)
        except BadInput as error:
            if station.torn:
                raise
            unreadable.add(mark)
            report(one_line(BadInput(f"{path.name}: {error}")))


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # gone since, or a link to nothing: reading it says so
        return 0


def _read(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, partitioning=None)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadInput(f"not a readable Parquet file ({error}); write it again") from None


def _tell(station: Station, name: str, answer: Answer, report: Report) -> None:
    scores = answer.scores
    report(f"{name}: minute {scores.minute}, {len(scores.score)} scores, {len(answer.sent)} alerts")
    for line in refusals(answer.refused, answer.rows):
        report(f"{name}: {line}")
    for entity, minute, score in answer.sent:
        report(
            "alert: "
            f"{station.slices.get(entity, '')} {entity} at minute {minute}, score {score:.4f}"
        )
    document = json.dumps(station.alerts.document(station.slices), indent=1)
    write_whole(station.folder / "alerts.json", lambda file: file.write(document.encode()))
