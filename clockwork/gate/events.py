"""What a shift can act on: events that were alerted, how late, and how many alerts were false.

An event is a run of positive rows of one entity. An alert is a run of rows at or above the
threshold; runs less than `MERGE` minutes apart are one, and one that goes on is sent again every
`REPEAT` minutes, for a threshold below every score would otherwise be a single alert that hits
everything. It is false where it overlaps no event. Never the point-adjusted F1, where one row of an
event counts as all of them: with the best threshold a random score reaches 0.78 on telemetry of
real servers (cf. Kim et al., 2021, arXiv 2109.05257).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from clockwork.gate.probability import divide
from clockwork.gate.resamples import Weights, totals

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Minutes = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
GAP = 60  # minutes: rows further apart are no neighbours, unless all rows are
MERGE = 15  # minutes
REPEAT = 240  # minutes: how often Prometheus Alertmanager sends an alert again that goes on
DAY = 1440  # minutes
STEPS = 128


@dataclass(frozen=True)
class Timeline:
    """The evaluation rows in order of entity and time, and the events among them.

    `order` brings rows (rows,) into that order, which all other arrays have. `linked` says whether
    a row is the neighbour of the row before it. `spacing` is the usual time between the rows of an
    entity, in minutes.
    """

    order: Codes
    entity: Codes
    time: Minutes
    positive: Bools
    linked: Bools
    spacing: float
    entities: int

    @cached_property
    def minutes(self) -> Floats:
        """How long each entity (entities,) was observed: its rows, each the usual spacing long."""
        return self.spacing * np.bincount(self.entity, minlength=self.entities).astype(np.float64)

    @cached_property
    def positives_before(self) -> Codes:
        """How many positive rows come before each row, and before the end: (rows + 1,)."""
        return np.concatenate([[0], np.cumsum(self.positive)])

    @cached_property
    def first(self) -> Codes:
        """The first row of each event (events,)."""
        return np.flatnonzero(self.positive & ~(self.linked & np.roll(self.positive, 1)))

    @cached_property
    def members(self) -> Codes:
        """The positive rows: those of the first event, then those of the next."""
        return np.flatnonzero(self.positive)

    @cached_property
    def event(self) -> Codes:
        """The number of the event of each of `members`."""
        return np.searchsorted(self.first, self.members, side="right") - 1

    @cached_property
    def length(self) -> Floats:
        """How long each event (events,) lasts in minutes, its last row included."""
        last = (
            self.members[np.append(np.flatnonzero(np.diff(self.event)), -1)]
            if len(self.first)
            else self.first
        )
        return (self.time[last] - self.time[self.first]).astype(np.float64) + self.spacing


def arrange(
    entity: Codes, time: Minutes, label: npt.NDArray[np.int8], entities: int
) -> Timeline | None:
    """The timeline of rows in any order; None where no entity has rows at two times."""
    order = np.lexsort((time, entity))
    entity, time = entity[order], time[order].astype(np.int64)
    gap, same = np.diff(time), np.diff(entity) == 0
    if not (same & (gap > 0)).any():
        return None
    spacing = float(np.median(gap[same & (gap > 0)]))
    linked = np.concatenate([[False], same & (gap <= max(GAP, spacing))])
    return Timeline(order, entity, time, label[order] == 1, linked, spacing, entities)


def alerts_of(line: Timeline, above: Codes) -> tuple[Codes, Codes]:
    """The first and last row of every alert, from the rows at or above the threshold, rising."""
    if len(above) == 0:
        return above, above
    time, entity = line.time[above], line.entity[above]
    neighbour = (np.diff(above) == 1) & line.linked[above[1:]]
    joined = neighbour | ((np.diff(entity) == 0) & (np.diff(time) < MERGE))
    starts = np.concatenate([[True], ~joined])
    since = time - time[starts][np.cumsum(starts) - 1]
    starts[1:] |= np.diff(since // REPEAT) != 0
    return above[starts], above[np.append(starts[1:], True)]


@dataclass(frozen=True)
class Sweep:
    """Per-entity counts at rising thresholds (entities, thresholds), made once for all resamples.

    False alerts, events hit, and minutes from the start of an event to its first row at or above
    the threshold, an event that has none counting its length; `events` (entities,) counts all of an
    entity's.
    """

    line: Timeline
    thresholds: Floats
    false: Floats
    hit: Floats
    late: Floats
    events: Floats


def count_events(line: Timeline, scores: Floats) -> Sweep:
    """Count at every threshold of the grid for these scores (rows,), in the order of `line`."""
    thresholds = grid(scores, line.positive)
    level = np.searchsorted(thresholds, scores, side="right")
    false = np.zeros((len(thresholds), line.entities))
    above = np.arange(len(scores))
    for step in range(len(thresholds)):
        above = above[level[above] > step]
        first, last = alerts_of(line, above)
        wrong = line.positives_before[last + 1] == line.positives_before[first]
        false[step] = np.bincount(line.entity[first[wrong]], minlength=line.entities)
    hit, late = _events(line, level, len(thresholds))
    events = np.bincount(line.entity[line.first], minlength=line.entities).astype(np.float64)
    return Sweep(line, thresholds, np.ascontiguousarray(false.T), hit, late, events)


def grid(scores: Floats, positive: Bools) -> Floats:
    """At most about `STEPS` thresholds, rising: each just lets in a further share of negative rows.

    Those are the highest 1, 2, 3, ... of the negative rows, growing by a constant factor up to half
    of them: more can be above the threshold of no budget of up to 3 alerts of `REPEAT` minutes a
    day. With few rows all are taken. The lowest threshold lets in everything.
    """
    falling = np.sort(scores[~positive])[::-1]
    if len(falling) > STEPS:
        falling = falling[
            np.unique(np.geomspace(1, len(falling) / 2, STEPS).round().astype(np.intp)) - 1
        ]
    ordered = np.sort(scores)
    place = np.searchsorted(ordered, falling, side="right")
    return np.unique(np.concatenate([ordered[:1], ordered[place[place < len(ordered)]]]))


def _events(line: Timeline, level: Codes, steps: int) -> tuple[Floats, Floats]:
    # A row delays its event at the thresholds that it reaches and no row before it does. Sums of
    # differences.
    event, rows, shift = line.event, line.members, np.arange(len(line.first)) * (steps + 1)
    best = np.maximum.accumulate(level[rows] + shift[event]) - shift[event]
    start = rows == line.first[event]
    before = np.roll(best, 1)  # of no matter where an event starts: that row has waited 0 minutes
    most = best[np.append(start[1:], True)] if len(rows) else best
    waited = (line.time[rows] - line.time[line.first[event]]).astype(np.float64)
    owner, size = line.entity, line.entities * (steps + 1)

    def total(rows: Codes, step: Codes, value: Floats) -> Floats:
        found = np.bincount(owner[rows] * (steps + 1) + step, weights=value, minlength=size)
        return found.reshape(line.entities, steps + 1).astype(np.float64, copy=False)

    change = (
        total(rows, before, waited)
        - total(rows, best, waited)
        + total(line.first, most, line.length)
    )
    reached = total(line.first, most, np.ones(len(most)))
    hit = reached.sum(axis=1, keepdims=True) - np.cumsum(reached, axis=1)
    return hit[:, :steps], np.cumsum(change, axis=1)[:, :steps]


def within(counts: Sweep, weights: Weights, budget: float) -> Codes:
    """The lowest threshold of each resample with at most `budget` false alerts per entity and day.

    As a place on the grid, or the number of thresholds where all of them let in more.
    """
    allowed = (
        totals(weights, counts.false) * DAY
        <= budget * _total(weights, counts.line.minutes)[:, None]
    )
    return np.where(allowed.any(axis=1), allowed.argmax(axis=1), len(counts.thresholds)).astype(
        np.intp
    )


def recall(counts: Sweep, weights: Weights, budget: float) -> Floats:
    """The share of events (resamples,) hit within a budget of false alerts per entity and day."""
    none = np.zeros((len(counts.hit), 1))
    return _per_event(counts, weights, np.hstack([counts.hit, none]), budget)


def delay(counts: Sweep, weights: Weights, budget: float) -> Floats:
    """Mean minutes (resamples,) from event start to first row at or above a budget's threshold."""
    line = counts.line
    whole = np.bincount(line.entity[line.first], weights=line.length, minlength=line.entities)
    return _per_event(counts, weights, np.hstack([counts.late, whole[:, None]]), budget)


def _per_event(counts: Sweep, weights: Weights, sums: Floats, budget: float) -> Floats:
    chosen = np.take_along_axis(
        totals(weights, sums), within(counts, weights, budget)[:, None], axis=1
    )[:, 0]
    return divide(chosen, _total(weights, counts.events))


def alerts(line: Timeline, scores: Floats, threshold: float, weights: Weights) -> Floats:
    """Alerts per entity and day (resamples,) at a threshold; `scores` (rows,) in `line`'s order."""
    first, _ = alerts_of(line, np.flatnonzero(scores >= threshold))
    sent = np.bincount(line.entity[first], minlength=line.entities).astype(np.float64)
    return divide(_total(weights, sent), _total(weights, line.minutes) / DAY)


def _total(weights: Weights, values: Floats) -> Floats:
    return totals(weights, values[:, None])[:, 0]
