"""Where ticks meet the disk: what was accepted is never lost, and no minute is scored twice.

A minute is written to the journal before it is scored and the scores to the served log after it.
Every few ticks the state is written as a whole and the journal before it goes. A process that died
goes on from the snapshot and scores the journal again: the same rows in the same order give the
same scores, in files of the same names.
"""

import fcntl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from clockwork.fleet import snapshot
from clockwork.fleet.alerts import Alerts
from clockwork.fleet.model import Model
from clockwork.fleet.rows import newest, read, refusals
from clockwork.fleet.served import PARTS, SERVED, Answer, log_of
from clockwork.learning.ticks.state import Rows
from clockwork.learning.ticks.tick import tick
from clockwork.learning.values import FAR
from clockwork.support.errors import BadInput

SNAPSHOT, JOURNAL = "state.npz", "journal"


@dataclass
class Station:
    """A fleet whose state lives in `folder`."""

    folder: Path
    model: Model
    number: int = 0
    names: set[str] = field(default_factory=set)
    slices: dict[str, str] = field(default_factory=dict)
    coming: Model | None = None  # scores from the next tick on

    def __post_init__(self) -> None:
        self.state = self.model.state()
        self.alerts = Alerts(
            self.model.threshold, self.model.fleet, max(self.model.every, self.model.data.grid)
        )
        try:
            for name in (JOURNAL, PARTS, SERVED):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            self._lock = (self.folder / "lock").open("a")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadInput(
                f"{self.folder}: another process keeps a fleet here; name another folder"
            ) from None
        except OSError as error:
            raise BadInput(
                f"{self.folder}: {error.strerror}; name a folder that can be written"
            ) from None

    def resume(self) -> Iterator[tuple[str, Answer]]:
        """Go on from the folder; yields the minutes since the snapshot, scored again, by name."""
        path = self.folder / SNAPSHOT
        if path.exists():
            about = snapshot.restore(path, self.state, self.alerts, self.model.features)
            self.number, self.slices = about["number"], about["slices"]
            self.names = set(about["sources"])
        for stale in self.folder.rglob(".*.new"):
            stale.unlink()
        for entry in sorted((self.folder / JOURNAL).glob("*.arrow")):
            if int(entry.stem) <= self.number:
                entry.unlink()
            else:
                yield self._again(entry)

    def _again(self, entry: Path) -> tuple[str, Answer]:
        table = pa.ipc.open_stream(entry.read_bytes()).read_all()
        about = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
        entity, time, group, *metrics = (column.to_numpy() for column in table.columns)
        rows = Rows(
            entity,
            time,
            np.stack(metrics, axis=1) if len(entity) else np.empty((0, len(metrics)), np.float32),
        )
        self._learn(entity, group)
        return about["name"], self._score(rows, about["name"], int(about["minute"]))

    def check(self, model: Model) -> None:
        """Raises `BadInput` where `model` needs rows of other columns or steps than this state."""
        if model.rows != self.model.rows:
            raise BadInput(
                f"model {model.hash[:12]} needs rows with other "
                "columns or another step; start anew with it"
            )

    def change(self, model: Model) -> None:
        """Score with `model` from now on.

        Where its features are others, they are made of the raw cells that are kept. What was scored
        before is saved first: no restart scores it again with another model.
        """
        self.check(model)
        self.save()
        state = model.state()
        old = self.state
        if (state.how, state.metrics, state.kind) == (old.how, old.metrics, old.kind):
            old.score = state.score
        else:
            snapshot.refill(state, old)
            self.state = state
        self.model, self.coming = model, None
        self.alerts.threshold = model.threshold
        self.alerts.spacing = max(model.every, model.data.grid)
        self.save()

    def take(self, frame: pd.DataFrame, name: str = "", minute: int | None = None) -> Answer:
        """Score a minute of raw rows that came as `name`.

        Without `minute` it is the one that most of them are of. Raises `BadInput` where none of
        them can be read.
        """
        if self.coming:
            self.change(self.coming)
        rows, at, refused = read(frame, self.model.data.columns, self.model.metrics)
        now = newest(rows) if minute is None else minute
        if now is None:
            raise BadInput(
                "; ".join(refusals(refused, len(frame)))
                or "there are no rows; send at least one, or a minute"
            )
        if abs(now) > FAR:
            raise BadInput(
                f"minute {now} is no number of minutes since 1970 but of seconds or less; divide it"
            )
        group = self._groups(frame, at)
        self._journal(rows, group, {"name": name, "minute": str(now)})
        self._learn(rows.entity, group)
        answer = self._score(rows, name, now)
        self.state.total.update({f"refused: {why}": len(places) for why, places in refused.items()})
        for why, places in answer.refused.items():
            refused[why] = at[places].tolist()
        if self.number % self.model.fleet.snapshot == 0:
            self.save()
        return replace(answer, refused=refused)

    def _groups(self, frame: pd.DataFrame, at: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
        by = self.model.data.columns.slices[:1]
        if not by or by[0] not in frame:
            return np.full(len(at), "", dtype=object)
        groups: npt.NDArray[Any] = (
            frame[by[0]].astype(object).fillna("").astype(str).to_numpy(dtype=object)[at]
        )
        return groups

    def _learn(self, entity: npt.NDArray[Any], group: npt.NDArray[Any]) -> None:
        if len(group) and group[0]:
            self.slices.update(zip(entity.tolist(), group.tolist(), strict=True))

    def _journal(self, rows: Rows, group: npt.NDArray[Any], about: dict[str, str]) -> None:
        columns = [
            pa.array(rows.entity, pa.string()),
            pa.array(rows.time),
            pa.array(group, pa.string()),
        ]
        columns += [pa.array(values) for values in np.ascontiguousarray(rows.values.T)]
        table = pa.table(
            columns, names=[str(at) for at in range(len(columns))]
        ).replace_schema_metadata(about)

        def write(file: Any) -> None:
            with pa.ipc.new_stream(file, table.schema) as out:
                out.write_table(table)

        snapshot.write_whole(self.folder / JOURNAL / f"{self.number + 1:09d}.arrow", write)

    def _score(self, rows: Rows, name: str, minute: int) -> Answer:
        begun = time.process_time()
        scores = tick(self.state, minute, rows)
        sent, seconds = self.alerts.take(scores), time.process_time() - begun
        log = log_of(scores, sent, self.model.threshold, self.model.hash)
        self.number += 1
        self.names.add(name)
        part = self.folder / PARTS / f"{scores.minute // 60}-{self.number:09d}.parquet"
        snapshot.write_whole(part, lambda file: pq.write_table(log, file))
        return Answer(scores, sent, log, scores.refused, seconds)

    def save(self) -> None:
        """Write the state whole, drop the journal before it, make one file of each past hour."""
        snapshot.save(
            self.folder / SNAPSHOT,
            self.state,
            self.alerts,
            self.model.features,
            number=self.number,
            sources=sorted(self.names),
            slices={name: of for name, of in self.slices.items() if name in self.state.place},
        )
        for entry in (self.folder / JOURNAL).glob("*.arrow"):
            if int(entry.stem) <= self.number:
                entry.unlink()
        self.roll((self.state.minute or 0) // 60)

    def roll(self, present: int) -> None:
        """Put the parts of each hour before the hour `present` into one file.

        An hour's file is never written twice.
        """
        hours: dict[int, list[Path]] = {}
        for part in sorted(
            (self.folder / PARTS).glob("*.parquet"), key=lambda path: path.stem.rpartition("-")[2]
        ):
            hours.setdefault(int(part.stem.rpartition("-")[0]), []).append(part)
        for hour, parts in hours.items():
            if hour >= present:
                continue
            whole = self.folder / SERVED / f"{np.datetime64(hour, 'h')}.parquet"
            if not whole.exists():
                table = pa.concat_tables(
                    [pq.read_table(part) for part in parts]
                ).unify_dictionaries()
                snapshot.write_whole(
                    whole,
                    lambda file, table=table: pq.write_table(table, file),  # type: ignore[misc]
                )
            for part in parts:
                part.unlink()
