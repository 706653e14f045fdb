"""Where ticks meet the disk: what was accepted is never lost, and no minute is scored twice.

A minute is written to the journal before it is scored and the scores to the served log after it.
Every few ticks the state is written as a whole and the journal before it goes. A process that died
goes on from the snapshot and scores the journal again: the same rows in the same order give the
same scores, for files of the same names, and what is in one already stays.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from clockwork.fleet import journal, snapshot
from clockwork.fleet.alerts import Alerts
from clockwork.fleet.model import Model
from clockwork.fleet.rows import newest, read, refusals, texts
from clockwork.fleet.served import PARTS, SERVED, Answer, log_of, roll
from clockwork.learning.ticks.state import Rows
from clockwork.learning.ticks.tick import tick
from clockwork.learning.values import FAR
from clockwork.support.errors import BadInput

SNAPSHOT, JOURNAL = "state.npz", "journal"
AHEAD = 24 * 60  # minutes by which the clocks of rows may be ahead of this machine's


@dataclass
class Station:
    """A fleet whose state lives in `folder`."""

    folder: Path
    model: Model
    number: int = 0
    names: set[str] = field(default_factory=set)
    slices: dict[str, str] = field(default_factory=dict)
    coming: Model | None = None  # scores from the next tick on
    torn: bool = False  # between what was before a minute and what comes after it
    newer: str = ""  # what became of the last look for a newer model, if that is worth a line

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
        # Where the snapshot was moved away, names of parts that are there are not given again.
        parts = (self.folder / PARTS).glob("*.parquet")
        self.number = max([self.number, *(int(part.stem.rpartition("-")[2]) for part in parts)])

    def _again(self, entry: Path) -> tuple[str, Answer]:
        rows, group, about = journal.read(entry, self.model.features)
        self.number = int(entry.stem) - 1
        self._learn(rows.entity, group)
        try:
            return about["name"], self._score(rows, about["name"], int(about["minute"]))
        except OSError:
            raise
        except Exception as error:  # whatever the model raises
            raise BadInput(
                f"{entry}: the model cannot score it ({type(error).__name__}: {error}); "
                "mend the model, or move the file away and send its other rows again"
            ) from error

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
        with self._at_once():
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

        Without `minute` it is the one that most of them are of, and those of days to come are
        refused: one wrong clock would make all others late for good. Raises `BadInput` where none
        of them can be read.
        """
        self.check_whole()
        if self.coming:
            self.change(self.coming)
        latest = int(time.time()) // 60 + AHEAD if minute is None else FAR
        rows, at, refused = read(frame, self.model.data.columns, self.model.metrics, latest)
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
        about = {"name": name, "minute": str(now), "features": self.model.features}
        journal.write(self._entry, rows, group, **about)
        self._learn(rows.entity, group)
        answer = self._score(rows, name, now)
        self.state.total.update({f"refused: {why}": len(places) for why, places in refused.items()})
        for why, places in answer.refused.items():
            refused[why] = at[places].tolist()
        if self.number % self.model.fleet.snapshot == 0:
            self.save()
        return replace(answer, refused=refused, rows=len(frame))

    @property
    def _entry(self) -> Path:
        # The file of the next minute.
        return self.folder / JOURNAL / f"{self.number + 1:09d}.arrow"

    def check_whole(self) -> None:
        """Raise `BadInput` where a minute of the journal was not scored to its end."""
        if self.torn:
            raise BadInput(
                f"{self._entry if self._entry.exists() else self.folder}: not scored to its end; "
                "restart, then the journal is scored again"
            )

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        # Whatever ends this half-way leaves a state that must neither be saved nor go on.
        self.torn = True
        yield
        self.torn = False

    def _groups(self, frame: pd.DataFrame, at: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
        by = self.model.data.columns.slices[:1]
        if not by or by[0] not in frame:
            return np.full(len(at), "", dtype=object)
        return texts(frame[by[0]])[at]

    def _learn(self, entity: npt.NDArray[Any], group: npt.NDArray[Any]) -> None:
        pairs = zip(entity.tolist(), group.tolist(), strict=True)
        self.slices.update((name, of) for name, of in pairs if of)

    def _score(self, rows: Rows, name: str, minute: int) -> Answer:
        begun = time.process_time()
        with self._at_once():
            scores = tick(self.state, minute, rows)
            sent, seconds = self.alerts.take(scores), time.process_time() - begun
            log = log_of(scores, sent, self.model.threshold, self.model.hash)
            part = self.folder / PARTS / f"{scores.minute // 60}-{self.number + 1:09d}.parquet"
            if (
                not part.exists()
            ):  # else it was served before the process died, maybe by another model
                snapshot.write_whole(part, lambda file: pq.write_table(log, file))
            self.number += 1
            self.names.add(name)
        return Answer(scores, sent, log, scores.refused, seconds, len(rows.time))

    def save(self) -> None:
        """Write the state whole, drop the journal before it, make one file of each past hour.

        Of a state that is not whole nothing is written, and the journal stays.
        """
        if self.torn:
            return
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
        roll(self.folder, (self.state.minute or 0) // 60)
