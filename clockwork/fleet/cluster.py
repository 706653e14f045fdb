"""A fleet over a Dask cluster's workers: entities by hash of their names, the same tick on each."""

import shutil
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.fleet import snapshot
from clockwork.fleet.alerts import Alerts
from clockwork.fleet.model import Model
from clockwork.learning.ticks.state import Rows, Scores
from clockwork.learning.ticks.tick import tick
from clockwork.support.errors import BadInput

LOOK = 1.0  # seconds until a worker that has not answered is looked for
PATIENCE = 60.0  # seconds in which a worker must answer, even one that is there
LOADING = 3 * PATIENCE  # and must have its model, maybe compiled, where several share a core


class Shard:
    """The part of a fleet that one worker holds: a Dask actor."""

    def __init__(self, root: str, algorithm: str) -> None:
        self.model = Model.load(Path(root), algorithm)
        self.state = self.model.state()

    def tick(self, minute: int, rows: Rows) -> Scores:
        """The scores of this part's rows of one minute."""
        return tick(self.state, minute, rows)

    def save(self, path: str) -> None:
        """Write this part's state as a whole."""
        snapshot.save(Path(path), self.state, self._alerts(), self.model.features)

    def resume(self, path: str) -> int | None:
        """Go on from what `save` wrote; gives the last minute that was scored."""
        snapshot.restore(Path(path), self.state, self._alerts(), self.model.features)
        return self.state.minute

    def _alerts(self) -> Alerts:
        return Alerts(self.model.threshold, self.model.fleet)  # none: whoever has the scores alerts


class Fleet:
    """A fleet in as many parts as the cluster has workers now; no entity ever moves to another.

    `root` is a checkout that all workers see at the same path, whose graph has run. The parts live
    in the workers' memory: where a worker is lost, begin anew, from what `save` wrote or with the
    rows of the longest window.
    """

    def __init__(self, client: Any, root: Path, algorithm: str) -> None:
        place = str(root.resolve())
        self.client = client
        self.workers = sorted(self._there())
        # Each of them may have been started in any folder.
        for run in (client.run_on_scheduler, client.run):
            run(exec, f"import sys; sys.path.insert(0, {place!r})")
        # An actor lives as long as the future that made it.
        self._made = [
            client.submit(Shard, place, algorithm, actor=True, workers=[one], pure=False)
            for one in self.workers
        ]
        try:
            self.shards = [one.result(timeout=LOADING) for one in self._made]
        except TimeoutError:
            raise BadInput(
                f"a worker of the fleet has no model after {LOADING:.0f} s; begin anew"
            ) from None
        self.known: dict[str, int] = {}

    def tick(self, minute: int, rows: Rows) -> Scores:
        """As `tick` of one process: the same scores, part by part.

        Raises `BadInput` where a worker was lost.
        """
        of = self._parts(rows.entity)
        places = [np.flatnonzero(of == number) for number in range(len(self.shards))]
        return _joined(self._each("tick", [(minute, rows.take(at)) for at in places]), places)

    def save(self, folder: Path) -> None:
        """Write the state of each part to `folder`, which all workers see.

        What was there before goes afterwards.
        """
        before = sorted(folder.glob("[0-9]*"))
        new = folder.resolve() / f"{int(before[-1].name) + 1 if before else 1:09d}"
        self._each("save", [(str(path),) for path in self._files(new)])
        for old in before:
            shutil.rmtree(old)

    def resume(self, folder: Path) -> int | None:
        """Go on from the newest whole state in `folder`; gives its minute, None without a state."""
        for one in sorted(folder.resolve().glob("[0-9]*"), reverse=True):
            files = self._files(one)
            if all(path.exists() for path in files):
                return max(
                    (
                        at
                        for at in self._each("resume", [(str(path),) for path in files])
                        if at is not None
                    ),
                    default=None,
                )
        if any(folder.glob("[0-9]*")):
            raise BadInput(
                f"{folder}: no state of {len(self.shards)} parts; start as many workers as wrote it"
            )
        return None

    def _files(self, folder: Path) -> list[Path]:
        return [
            folder / f"{number}-of-{len(self.shards)}.npz" for number in range(len(self.shards))
        ]

    def _each(self, method: str, args: list[tuple[Any, ...]]) -> list[Any]:
        # What a method of each part gives, all at once.
        with self.client.as_current():
            try:
                asked = [
                    getattr(shard, method)(*some)
                    for shard, some in zip(self.shards, args, strict=True)
                ]
            except RuntimeError as error:  # it is known already
                raise self._lost(error) from None
            return [self._answer(one) for one in asked]

    def _answer(self, asked: Any) -> Any:
        # A part whose worker is gone would be waited for without end.
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return asked.result(timeout=LOOK)
            except (OSError, RuntimeError) as error:
                gone = set(self.workers) - self._there()
                if gone or not isinstance(error, TimeoutError) or time.monotonic() > until:
                    raise self._lost(error) from None

    def _lost(self, error: Exception) -> BadInput:
        gone = set(self.workers) - self._there()
        return BadInput(f"a worker of the fleet was lost ({min(gone, default=error)}); begin anew")

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
