"""A fleet over the workers of a Dask cluster: entities by the hash of their names, the same tick on each worker."""

import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.fleet.model import Model
from clockwork.learning.ticks.tick import Rows, Scores, tick
from clockwork.support.errors import BadInput

LOOK = 1.0  # seconds until a worker that has not answered is looked for
PATIENCE = 60.0  # seconds in which a worker must answer, even one that is there


class Shard:
    """The part of a fleet that one worker holds: a Dask actor."""

    def __init__(self, root: str, algorithm: str) -> None:
        self.state = Model.load(Path(root), algorithm).state()

    def tick(self, minute: int, rows: Rows) -> Scores:
        """The scores of this part's rows of one minute."""
        return tick(self.state, minute, rows)

    def bytes(self) -> int:
        """What its rings hold in memory."""
        return self.state.bytes


class Fleet:
    """A fleet in as many parts as the cluster has workers now; no entity ever moves from one to another.

    `root` is a checkout that all workers see at the same path, whose graph has run. The parts live in the workers'
    memory alone: where a worker is lost, begin anew and send the rows of the longest window again.
    """

    def __init__(self, client: Any, root: Path, algorithm: str) -> None:
        place = str(root.resolve())
        self.client = client
        self.workers = sorted(self._there())
        for run in (client.run_on_scheduler, client.run):  # which may have been started in any folder
            run(exec, f"import sys; sys.path.insert(0, {place!r})")
        made = [client.submit(Shard, place, algorithm, actor=True, workers=[one], pure=False) for one in self.workers]
        try:
            self.shards = [one.result(timeout=PATIENCE) for one in made]
        except TimeoutError:
            raise BadInput(f"a worker of the fleet has no model after {PATIENCE:.0f} s; begin anew") from None
        self.known: dict[str, int] = {}

    def tick(self, minute: int, rows: Rows) -> Scores:
        """As `tick` of one process: the same scores, part by part. Raises `BadInput` where a worker was lost."""
        of = self._parts(rows.entity)
        places = [np.flatnonzero(of == number) for number in range(len(self.shards))]
        with self.client.as_current():
            asked = [shard.tick(minute, rows.take(at)) for shard, at in zip(self.shards, places, strict=True)]
            return _joined([self._answer(one) for one in asked], places)

    def _answer(self, asked: Any) -> Scores:
        # A part whose worker is gone would be waited for without end.
        until = time.monotonic() + PATIENCE
        while True:
            try:
                scores: Scores = asked.result(timeout=LOOK)
                return scores
            except (OSError, RuntimeError) as error:
                gone = set(self.workers) - self._there()
                if gone or not isinstance(error, TimeoutError) or time.monotonic() > until:
                    raise BadInput(f"a worker of the fleet was lost ({min(gone, default=error)}); begin anew") from None

    def _there(self) -> set[str]:
        return set(self.client.scheduler_info(n_workers=-1)["workers"])

    def _parts(self, names: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
        # Of each name; a checksum is the same in every process, unlike `hash`.
        for name in set(names.tolist()) - self.known.keys():
            self.known[name] = zlib.crc32(name.encode()) % len(self.shards)
        return np.fromiter((self.known[name] for name in names.tolist()), np.intp, len(names))


def _joined(parts: list[Scores], places: list[npt.NDArray[np.intp]]) -> Scores:
    columns = [(one.entity, one.time, one.score, one.again) for one in parts]
    entity, time, score, again = (np.concatenate(column) for column in zip(*columns, strict=True))
    refused: dict[str, list[int]] = {}
    for one, at in zip(parts, places, strict=True):
        for why, rows in one.refused.items():
            refused[why] = sorted([*refused.get(why, []), *at[rows].tolist()])
    counts = {name: sum(one.counts[name] for one in parts) for name in parts[0].counts}
    return Scores(parts[0].minute, entity, time, score, again, refused, counts)
