"""`tick(state, minute, rows)`: a fleet's scores of a minute, equal to the batch path's to the bit.

The rule of late rows: one up to `late` minutes before the minute is inserted where it belongs, and
it and the entity's later rows are scored again. One that is later still, from ahead of the minute,
off its entity's grid or there already is refused and counted. What was accepted has the scores that
the batch path gives the same rows.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.learning.kept import kept
from clockwork.learning.ticks.state import NEVER, Minutes, Rows, Scores, State

ACCEPTED, AHEAD, TOO_LATE, OFF_GRID, TWICE = range(5)
WHY = ["", "ahead of the minute", "too late", "off the grid of its entity", "there already"]

Late = dict[int, npt.NDArray[np.intp]]
Part = tuple[npt.NDArray[Any], Minutes, npt.NDArray[np.float64], npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class Places:
    """Where each row's entity is kept: the number of its ring and its slot there (rows,)."""

    ring: npt.NDArray[np.intp]
    slot: npt.NDArray[np.intp]

    def by_ring(self, rows: npt.NDArray[np.intp]) -> Iterator[tuple[int, npt.NDArray[np.intp]]]:
        """The numbers of the rings that hold the entities of `rows`, and which each holds."""
        of = self.ring[rows]
        for number in np.flatnonzero(np.bincount(of)).tolist():
            yield number, rows[of == number]


def tick(state: State, minute: int, rows: Rows) -> Scores:
    """Score rows of `minute`, and again those late ones change; `state` becomes what comes after.

    Depends on nothing but what it is given: no clock, no files. A minute that is no later than the
    last one adds late rows only. Minutes in between that nobody sent are cells without samples.
    """
    now = minute if state.minute is None else max(minute, state.minute)
    places, reason = _places(state, now, rows)
    fresh = (
        (reason == ACCEPTED)
        & (rows.time > now - state.step)
        & (rows.time > (-math.inf if state.minute is None else state.minute))
    )
    _advance(state, now, places, rows, fresh)
    state.minute = now
    # This comes before a late row lies in cells whose sums do not know of it.
    present = _present(state, places, rows, fresh)
    late = _insert(state, places, rows, reason, fresh)
    parts = [present, *_rescored(state, late)]
    taken = np.flatnonzero(reason == ACCEPTED)
    for number, mine in places.by_ring(taken):
        np.maximum.at(state.seen[number], places.slot[mine], rows.time[mine])
    vanished = _forget(state)
    joined = (np.concatenate(column) for column in zip(*parts, strict=True))
    entity, time, score, again = joined if late else present
    found = set(np.unique(reason).tolist()) - {ACCEPTED}
    refused = {
        WHY[code]: np.flatnonzero(reason == code).tolist()
        for code in sorted(found, key=WHY.__getitem__)
    }
    counts = {
        "rows": len(rows.time),
        "scored": len(score),
        "late": sum(map(len, late.values())),
        "vanished": vanished,
    }
    state.total.update(
        {**counts, **{f"refused: {why}": len(at) for why, at in refused.items()}, "ticks": 1}
    )
    return Scores(now, entity, time, score, again, refused, counts)


def _places(state: State, now: int, rows: Rows) -> tuple[Places, npt.NDArray[np.uint8]]:
    # Where each row's entity is kept, and the code of why the row is refused.
    reason = np.full(len(rows.time), ACCEPTED, dtype=np.uint8)
    reason[rows.time > now] = AHEAD
    reason[rows.time <= now - state.step * (state.late // state.step + 1)] = TOO_LATE
    get, step, found = state.place.get, state.step, _known(state, rows.entity.tolist())
    unknown = np.flatnonzero((found < 0) & (reason == ACCEPTED))
    left = Counter((rows.time[unknown] % step).tolist())
    for at in unknown.tolist():
        name, phase = rows.entity[at], int(rows.time[at]) % step
        found[at] = get(name, -1) if name in state.place else state.slot(name, phase, left[phase])
        left[phase] -= 1
    ring = found // state.block
    if step > 1:
        phases = np.asarray([*state.phases, -1])[np.maximum(ring, -1)]
        reason[(reason == ACCEPTED) & (rows.time % step != phases)] = OFF_GRID
    accepted = np.flatnonzero(reason == ACCEPTED)
    key = found[accepted] * (state.late + step + 1) + (now - rows.time[accepted])
    if (key[1:] <= key[:-1]).any():  # else in the order of their places, and none is there twice
        first = np.unique(key, return_index=True)[1]
        reason[accepted[np.setdiff1d(np.arange(len(accepted)), first)]] = TWICE
    return Places(ring, found - ring * state.block), reason


def _known(state: State, names: list[Any]) -> npt.NDArray[np.intp]:
    # Where entities are kept, -1 for those that are new. Most minutes have the entities of the one
    # before.
    if names != state.recent[0]:
        found = np.fromiter(map(state.place.get, names, repeat(-1)), np.intp, len(names))
        state.recent = (names, found) if len(found) and found.min() >= 0 else ([], found[:0])
        return found
    return state.recent[1]


def _advance(
    state: State, now: int, places: Places, rows: Rows, fresh: npt.NDArray[np.bool_]
) -> None:
    at = np.flatnonzero(fresh)
    of = places.ring[at]
    none = np.empty(0, dtype=np.intp)
    for number, (ring, phase) in enumerate(zip(state.rings, state.phases, strict=True)):
        present = (now - phase) // state.step
        last = present - 1 if state.minute is None else (state.minute - phase) // state.step
        cells = min(present - last, ring.depth + 1)
        for _ in range(cells - 1):
            ring.advance(none, rows.values[none])
        if cells:
            mine = at[of == number]
            ring.advance(places.slot[mine], rows.values[mine])


def _insert(
    state: State,
    places: Places,
    rows: Rows,
    reason: npt.NDArray[np.uint8],
    fresh: npt.NDArray[np.bool_],
) -> Late:
    # Rows of cells that have passed, or of the present one once more: into the raw cells; by ring,
    # the oldest `back`.
    late: dict[int, list[tuple[int, int]]] = {}
    for at in np.flatnonzero((reason == ACCEPTED) & ~fresh).tolist():
        number, slot = int(places.ring[at]), int(places.slot[at])
        ring, phase = state.rings[number], state.phases[number]
        back = (
            (state.minute - phase) // state.step  # type: ignore[operator]
            - (int(rows.time[at]) - phase) // state.step
        )
        cell = ring.cell(back)
        if ring.there[cell, slot]:
            reason[at] = TWICE
            continue
        ring.raw[cell, slot], ring.there[cell, slot] = rows.values[at], True
        late.setdefault(number, []).append((slot, back))
    return {number: np.asarray(found, dtype=np.intp) for number, found in late.items()}


def _present(state: State, places: Places, rows: Rows, fresh: npt.NDArray[np.bool_]) -> Part:
    at = np.flatnonzero(fresh)
    at = at[kept(rows.time[at], state.step, state.how.every)]
    order, score = [at[:0]], [np.empty(0)]
    for number, mine in places.by_ring(at):
        x = state.rings[number].features(places.slot[mine], rows.time[mine], rows.entity[mine])
        order.append(mine)
        score.append(state.score(x))  # while they are in the processor's cache
    rank = np.concatenate(order)
    return (
        rows.entity[rank],
        rows.time[rank],
        np.concatenate(score),
        np.zeros(len(rank), dtype=np.bool_),
    )


def _rescored(state: State, late: Late) -> Iterator[Part]:
    # Of every entity with a late row: that row and all after it.
    for number, found in late.items():
        ring, names = state.rings[number], state.names[number]
        slots = np.unique(found[:, 0])
        oldest = np.asarray([found[found[:, 0] == slot, 1].max() for slot in slots])
        new = {(int(slot), int(back)) for slot, back in found}
        for back, then, at in ring.replayed(slots, int(oldest.max())):
            here = np.flatnonzero((oldest >= back) & ring.there[ring.cell(back), slots])
            cell = (
                (state.minute - state.phases[number]) // state.step  # type: ignore[operator]
                - back
            )
            time = np.full(len(here), cell * state.step + state.phases[number], dtype=np.int64)
            here = here[kept(time, state.step, state.how.every)]
            if len(here):
                x = then.features(at[here], time[: len(here)], names[slots[here]])
                again = np.asarray(
                    [(int(slot), back) not in new for slot in slots[here]], dtype=np.bool_
                )
                yield names[slots[here]], time[: len(here)], state.score(x), again


def _forget(state: State) -> int:
    # An entity without a row in all of its ring is as one that never was; its slot is free, and
    # clean.
    gone = 0
    assert state.minute is not None
    for number, seen in enumerate(state.seen):
        silent = (seen > NEVER) & (
            seen <= state.minute - state.step * (state.rings[number].depth + 1)
        )
        for slot in np.flatnonzero(silent).tolist():
            del state.place[state.names[number][slot]]
            state.names[number][slot] = None
            seen[slot] = NEVER
            state.free[state.phases[number]].append(number * state.block + slot)
            gone += 1
    if gone:
        state.recent = [], np.empty(0, dtype=np.intp)
    return gone
