"""golden.yaml: incidents a model must go on finding, and quiet stretches where it must stay low."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field

from clockwork.compare.built_commit import built
from clockwork.compare.golden_cases import Case, choose_cases, has_cases
from clockwork.gate.events import Codes, Timeline, arrange
from clockwork.learning.keys import ENTITY, TIME, RowKeys
from clockwork.settings.gate import gate_settings
from clockwork.settings.strict import Strict, load
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.paths import EVALUATION

GOLDEN = Path("tests") / "regression" / "golden.yaml"
HEADER = (
    "# Incidents that must stay found, and stretches that must stay quiet: "
    "written by `python -m clockwork golden`."
)
REMEDY = (
    "if that is meant, run `python -m clockwork golden` and commit tests/regression/golden.yaml"
)
INCIDENTS, QUIET, QUIET_ROWS = 10, 5, 12
# An incident is golden if it would be found among a tenth as many rows: another seed moves less
# than that.
WIDE = 10

Floats = npt.NDArray[np.float64]
Ranks = npt.NDArray[np.intp]


class Stretch(Strict):
    """The evaluation rows of `entity` from minute `since` to `until`, both included; `rows` in all.

    `algorithms` must find it if it is an incident, and must stay low there if it is quiet.
    """

    entity: str
    since: int
    until: int
    rows: int = Field(ge=1)
    what: str = ""
    algorithms: list[str] = Field(min_length=1)


class Golden(Strict):
    """tests/regression/golden.yaml."""

    incidents: list[Stretch] = []
    quiet: list[Stretch] = []
    cases: list[Case] = []


@dataclass(frozen=True)
class Candidate:
    """A stretch that could be taken: groups take turns; in a `group` the lowest `place` is first.

    A place is the sum of an algorithm's ranks in its worst run, over the algorithms.
    """

    stretch: Stretch
    group: str
    place: int


def read_golden(path: Path) -> Golden:
    """The golden incidents at `path`. Raises `BadInput` naming the file and the key."""
    return load(path, Golden)


def ranks(runs: Floats) -> Ranks:
    """For each score of `runs` (runs, rows) how many of its run are at least as high.

    1 is the highest alone.
    """
    known = np.nan_to_num(runs, nan=-np.inf)
    return np.stack([len(run) - np.searchsorted(np.sort(run), run) for run in known])


def rows_of(keys: pd.DataFrame, stretch: Stretch) -> Codes:
    """Which rows of `keys` (entity, time, label) the stretch has: none of keys without the two."""
    if not {ENTITY, TIME} <= set(keys):
        return np.array([], dtype=np.intp)
    inside = (keys[ENTITY] == stretch.entity) & keys[TIME].between(stretch.since, stretch.until)
    return np.flatnonzero(inside)


def found(ranks: Ranks, rows: Codes, positives: int) -> bool:
    """Whether one of `rows` is among as many of the highest scores as there are positive rows.

    In the median run: one unlucky seed loses no incident.
    """
    return bool(np.median(ranks[:, rows].min(axis=1)) <= positives)


def golden(checkout: Checkout) -> str:
    """Write the golden incidents of `checkout`, from what its models say now."""
    if not (checkout / EVALUATION).exists():
        raise BadInput(f"{EVALUATION} is missing: run `make run` first")
    commit = built(checkout.root)
    keys, task = commit.evaluation, commit.task
    runs = commit.runs(keys, gating(checkout.root))
    if task.alerts:
        picked = choose(keys, {name: ranks(one) for name, one in runs.items()})
        lines = [*_lines("incidents", picked.incidents), *_lines("quiet", picked.quiet)]
        done = (
            f"{len(picked.incidents)} incidents and {len(picked.quiet)} quiet stretches; commit it"
        )
    else:
        cases = choose_cases(keys, runs) if has_cases(task) else []
        lines, done = _lines("cases", cases), f"{len(cases)} cases of {task.name}; commit it"
        if not cases:
            done = f"{task.name} has no golden cases"
    (checkout / GOLDEN).write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return f"{GOLDEN}: {done}"


def gating(root: Path) -> list[str]:
    """The algorithms that can turn a verdict of the checkout at `root` red."""
    return [name for name, role in gate_settings(root).algorithms.items() if role == "gating"]


def choose(keys: pd.DataFrame, ranks: dict[str, Ranks]) -> Golden:
    """Incidents an algorithm finds by a wide margin in each run, and other entities' low stretches.

    `keys` (entity, time, label, slices) are the evaluation rows, `ranks` those of each algorithm
    that could be held to.
    """
    line = _timeline(keys)
    if line is None or not ranks:
        return Golden()
    few, half = int(line.positive.sum()) // WIDE, len(keys) // 2
    clear = [
        _candidate(
            keys,
            rows,
            {name: int(one[:, rows].min(axis=1).max()) for name, one in ranks.items()},
            few,
        )
        for rows in events(line)
    ]
    incidents = take([one for one in clear if one], INCIDENTS)
    rest = ~keys["entity"].isin([one.entity for one in incidents]).to_numpy()
    calm = [
        _candidate(
            keys, rows, {name: -int(one[:, rows].min()) for name, one in ranks.items()}, -half
        )
        for rows in lulls(line)
        if rest[rows[0]]
    ]
    return Golden(incidents=incidents, quiet=take([one for one in calm if one], QUIET))


def events(line: Timeline) -> list[Codes]:
    """The rows of every event."""
    return (
        np.split(line.order[line.members], np.flatnonzero(np.diff(line.event)) + 1)
        if len(line.members)
        else []
    )


def lulls(line: Timeline) -> list[Codes]:
    """Rows of one entity after another, `QUIET_ROWS` at a time, where none of them is positive."""
    cuts = np.flatnonzero(np.diff(line.entity)) + 1
    found = []
    for places in np.split(np.arange(len(line.order)), cuts):
        whole = places[: len(places) // QUIET_ROWS * QUIET_ROWS].reshape(-1, QUIET_ROWS)
        found += [line.order[few] for few in whole if not line.positive[few].any()]
    return found


def take(candidates: list[Candidate], count: int) -> list[Stretch]:
    """The lowest places of every group in turns; in a group each is of another entity and time."""
    groups: dict[str, list[Candidate]] = {}
    for one in sorted(candidates, key=lambda one: one.place):
        mates = groups.setdefault(one.group, [])
        if all(_apart(one.stretch, mate.stretch) for mate in mates):
            mates.append(one)
    turns = [(turn, one) for mates in groups.values() for turn, one in enumerate(mates)]
    turns.sort(key=lambda pair: (pair[0], pair[1].place))
    return [one.stretch for _, one in turns[:count]]


def _timeline(keys: pd.DataFrame) -> Timeline | None:
    code, names = pd.factorize(keys["entity"])
    time, label = keys["time"].to_numpy(dtype=np.int64), keys["label"].to_numpy(dtype=np.int8)
    return arrange(code.astype(np.intp), time, label, len(names))


def _candidate(
    keys: pd.DataFrame, rows: Codes, places: dict[str, int], most: int
) -> Candidate | None:
    """The stretch of `rows` that algorithms placed at most `most` are held to; None if none is."""
    algorithms = [name for name, place in places.items() if place <= most]
    if not algorithms:
        return None
    first, last = keys.iloc[rows[0]], keys.iloc[rows[-1]]
    group = ", ".join(str(first[name]) for name in RowKeys(keys).slices)
    stretch = Stretch(
        entity=str(first["entity"]),
        since=int(first["time"]),
        until=int(last["time"]),
        rows=len(rows),
        what=f"{group or 'all'}, {int(last['time'] - first['time'])} minutes",
        algorithms=algorithms,
    )
    return Candidate(stretch, group, sum(places.values()))


def _apart(one: Stretch, other: Stretch) -> bool:
    return one.entity != other.entity and (one.until < other.since or other.until < one.since)


def _lines(name: str, cases: Sequence[Strict]) -> list[str]:
    items = [
        f"  - {json.dumps(one.model_dump(exclude_none=True), ensure_ascii=False)}" for one in cases
    ]
    return [f"{name}:", *items] if items else [f"{name}: []"]
