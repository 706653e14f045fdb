"""A fleet's state on disk: the raw cells alone; the rest is made again, to the same bits."""

import json
import os
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np

from clockwork.fleet.alerts import Alerts, Open
from clockwork.learning.ticks.state import State
from clockwork.support.errors import BadInput


def write_whole(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Write a file that is there whole or not at all, whenever the process or the machine dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def save(path: Path, state: State, alerts: Alerts, features: str, **about: Any) -> None:
    """Write `state`, the open alerts and `about` to one file; `features` are what cells mean."""
    arrays: dict[str, Any] = {}
    for number in range(len(state.rings)):
        arrays |= {f"{name}{number}": kept for name, kept in _kept(state, number).items()}
    document = {
        **about,
        "features": features,
        "minute": state.minute,
        "block": state.block,
        "phases": state.phases,
        "names": [block.tolist() for block in state.names],
        "free": [[phase, slots] for phase, slots in state.free.items()],
        "total": dict(state.total),
        "open": {name: asdict(one) for name, one in alerts.open.items()},
    }
    arrays["about"] = np.frombuffer(json.dumps(document).encode(), dtype=np.uint8)
    write_whole(path, lambda file: np.savez(file, **arrays))


def restore(path: Path, state: State, alerts: Alerts, features: str) -> dict[str, Any]:
    """Fill an empty `state` and `alerts` from the file at `path`; gives what `save` got with it.

    A ring that holds more cells than were saved begins with empty ones, one that holds fewer leaves
    the oldest out. Raises `BadInput` where the cells that were saved mean other `features`.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            document: dict[str, Any] = json.loads(file["about"].tobytes())
            if document["features"] != features:
                raise BadInput(
                    f"{path}: of rows with other metrics or another step; "
                    "move it away to begin anew"
                )
            state.block = document.get("block", state.block)
            rings = zip(document["phases"], document["names"], strict=True)
            for number, (phase, names) in enumerate(rings):
                kept = {name: file[f"{name}{number}"] for name in ("raw", "there", "seen")}
                _add(state, phase, names, kept)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, zlib.error) as error:
        raise BadInput(
            f"{path}: not a readable snapshot ({error}); move it away to begin anew"
        ) from None
    state.free = dict(document["free"])
    state.minute, state.total = document["minute"], Counter(document["total"])
    for number, block in enumerate(state.names):
        state.place |= {
            name: number * state.block + at
            for at, name in enumerate(block.tolist())
            if name is not None
        }
    alerts.open = {name: Open(**one) for name, one in document["open"].items()}
    alerts.minute = document["minute"] or 0
    return document


def refill(state: State, old: State) -> None:
    """Fill an empty `state` with the raw cells, entities and counts of `old`.

    Both are of the same metrics, in any order.
    """
    order = [old.metrics.index(name) for name in state.metrics]
    state.block = old.block
    for number, (phase, names) in enumerate(zip(old.phases, old.names, strict=True)):
        kept = _kept(old, number)
        _add(state, phase, names.tolist(), {**kept, "raw": kept["raw"][:, :, order]})
    state.place, state.free, state.minute, state.total = old.place, old.free, old.minute, old.total


def _kept(state: State, number: int) -> dict[str, Any]:
    # The raw cells of a ring, the oldest first, and the last minute of each entity.
    ring = state.rings[number]
    order = [ring.cell(back) for back in range(ring.depth - 1, -1, -1)]
    return {"raw": ring.raw[order], "there": ring.there[order], "seen": state.seen[number]}


def _add(state: State, phase: int, names: list[Any], kept: dict[str, Any]) -> None:
    state.add(phase, len(names))
    for raw, there in zip(kept["raw"], kept["there"], strict=True):
        slots = np.flatnonzero(there)
        state.rings[-1].advance(slots, raw[slots])
    state.seen[-1][:], state.names[-1][:] = kept["seen"], names
