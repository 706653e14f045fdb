"""A fleet's state on disk: the raw cells alone; the rest is made again, to the same bits."""

import json
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

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


def save(path: Path, state: State, alerts: Alerts, about: dict[str, Any]) -> None:
    """Write `state`, the open alerts and `about` to one file."""
    arrays: dict[str, Any] = {}
    names = [list(block.tolist()) for block in state.names]
    for number, (ring, seen) in enumerate(zip(state.rings, state.seen, strict=True)):
        order = [ring.cell(back) for back in range(ring.depth - 1, -1, -1)]
        arrays |= {
            f"raw{number}": ring.raw[order],
            f"there{number}": ring.there[order],
            f"seen{number}": seen,
        }
    document = {
        **about,
        "minute": state.minute,
        "block": state.block,
        "phases": state.phases,
        "names": names,
        "free": [[phase, slots] for phase, slots in state.free.items()],
        "total": dict(state.total),
        "open": {name: asdict(one) for name, one in alerts.open.items()},
    }
    arrays["about"] = np.frombuffer(json.dumps(document).encode(), dtype=np.uint8)
    write_whole(path, lambda file: np.savez(file, **arrays))


def restore(path: Path, state: State, alerts: Alerts) -> dict[str, Any]:
    """Fill an empty `state` and `alerts` from the file at `path`; gives what `save` got with it.

    A ring that holds more cells than were saved begins with empty ones, one that holds fewer leaves
    the oldest out.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            document: dict[str, Any] = json.loads(file["about"].tobytes())
            state.block = document.get("block", state.block)
            for number, phase in enumerate(document["phases"]):
                state.add(phase, len(document["names"][number]))
                _fill(
                    state,
                    number,
                    {name: file[f"{name}{number}"] for name in ("raw", "there", "seen")},
                )
                state.names[number][:] = document["names"][number]
    except (OSError, ValueError, KeyError) as error:
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
    return document


def refill(state: State, old: State) -> None:
    """Fill an empty `state` with the raw cells, entities and counts of `old`.

    Both are of the same metrics, in any order.
    """
    order = [old.metrics.index(name) for name in state.metrics]
    state.block = old.block
    for number, (ring, phase) in enumerate(zip(old.rings, old.phases, strict=True)):
        state.add(phase, len(old.names[number]))
        cells = [ring.cell(back) for back in range(ring.depth - 1, -1, -1)]
        saved = {
            "raw": ring.raw[cells][:, :, order],
            "there": ring.there[cells],
            "seen": old.seen[number],
        }
        _fill(state, number, saved)
        state.names[number][:] = old.names[number]
    state.place, state.free, state.minute, state.total = old.place, old.free, old.minute, old.total


def _fill(state: State, number: int, saved: dict[str, Any]) -> None:
    ring = state.rings[number]
    for raw, there in zip(saved["raw"], saved["there"], strict=True):
        slots = np.flatnonzero(there)
        ring.advance(slots, raw[slots])
    state.seen[number][:] = saved["seen"]
