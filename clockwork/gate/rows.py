"""What metrics are measured on: the evaluation rows, and one run's predictions of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from clockwork.gate.events import Sweep, Timeline, arrange, count_events
from clockwork.gate.ranking import Ladder, climb, precision_and_concordance
from clockwork.gate.resamples import (
    Codes,
    Counts,
    Lanes,
    Last,
    Weights,
    lanes,
    short_lanes,
    totals,
)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
ERRORS = 64  # that follow one another, whose counts are summed together


@dataclass(frozen=True)
class Rows:
    """The evaluation rows: `entity` (codes 0..n-1 of their clusters), `label`, how many `entities`.

    `label` is 0 or 1, a class's number, a value or a relevance, as the task has it. `time` in
    minutes is needed for events alone: without it their metrics have no value. `query` (codes) are
    the lists of a ranking, each within one entity; without it every entity is one list. `classes`
    are the names of classes. `every` says that every entity is a case, for a task that has no
    positives.
    """

    entity: npt.NDArray[np.intp]
    label: npt.NDArray[Any]
    entities: int
    time: npt.NDArray[np.int64] | None = None
    query: npt.NDArray[np.intp] | None = None
    classes: tuple[str, ...] = ()
    every: bool = False
    _lanes: "Last[list[Counts]]" = field(
        default_factory=Last, init=False, repr=False, compare=False
    )
    _short_lanes: "Last[Sequence[Lanes]]" = field(
        default_factory=Last, init=False, repr=False, compare=False
    )
    _order: "Last[Codes]" = field(default_factory=Last, init=False, repr=False, compare=False)
    _sized: "Last[Floats]" = field(default_factory=Last, init=False, repr=False, compare=False)

    @cached_property
    def positive_entities(self) -> int:
        """How many entities are cases: those with a positive row, or all if the task has none."""
        return len(np.unique(self.entity if self.every else self.entity[self.label > 0]))

    @cached_property
    def timeline(self) -> Timeline | None:
        """The rows in order of time and the events among them; None where times are missing."""
        return (
            None
            if self.time is None
            else arrange(self.entity, self.time, self.label, self.entities)
        )

    def sum(self, values: npt.NDArray[Any]) -> Floats:
        """The sum of `values` (rows,) by entity (entities,)."""
        return np.bincount(self.entity, weights=values, minlength=self.entities).astype(
            np.float64, copy=False
        )

    def lanes(self, weights: Weights) -> list[Counts]:
        """The weights turned, in blocks (entities, resamples)."""
        return self._lanes.of(weights, lanes)

    def short_lanes(self, weights: Weights, scores: Floats) -> Sequence[Lanes]:
        """The same in 16 bits, where that is enough, with the entities as `ordered` has them."""
        return self._short_lanes.of(weights, lambda some: short_lanes(some, self.ordered(scores)))

    def ordered(self, scores: Floats) -> Codes:
        """The entities (entities,) in order of the mean of the first `scores` (rows,) to come here.

        Runs order rows much alike: who walks down any run's scores then reads memory nearly in
        order.
        """
        return self._order.of(
            self.sizes, lambda sizes: np.argsort(self.sum(scores) / np.maximum(1, sizes[:, 0]))
        )

    def counted(self, weights: Weights) -> Floats:
        """How many rows there are in each resample (resamples,)."""
        return self._in_each(weights)[:, 0]

    def positives(self, weights: Weights) -> Floats:
        """How many of them are positive, where labels are 0 or 1 (resamples,)."""
        return self._in_each(weights)[:, 1]

    def one_class(self, weights: Weights) -> Bools:
        """Which resamples (resamples,) lack positive rows, or lack negative ones."""
        positives = self.positives(weights)
        return np.asarray((positives == 0) | (positives == self.counted(weights)))

    @cached_property
    def sizes(self) -> Floats:
        """Sums by entity (entities, 2): its rows, and the positive ones where labels are 0 or 1."""
        return np.stack([self.sum(np.ones(len(self.entity))), self.sum(self.label)], axis=1)

    def note_sizes(self, weights: Weights, found: Floats) -> None:
        """Take the totals of `sizes` (resamples, 2) from who has summed them with other columns."""
        self._sized.note(weights, found)

    def _in_each(self, weights: Weights) -> Floats:
        return self._sized.of(weights, lambda some: totals(some, self.sizes))


@dataclass(frozen=True)
class Scored:
    """One run's predictions of the rows, sorted and counted once for all metrics and resamples.

    `scores` is (rows,), or (rows, classes) for a task of several classes. `threshold` is the score
    from which the run's model alerts, where it does.
    """

    rows: Rows
    scores: Floats
    threshold: float = 0.5
    _ranked: "Last[tuple[Floats, Floats]]" = field(
        default_factory=Last, init=False, repr=False, compare=False
    )
    _confused: "Last[Floats]" = field(default_factory=Last, init=False, repr=False, compare=False)

    @cached_property
    def ladder(self) -> Ladder:
        """The counts that ranking metrics need."""
        return climb(self.rows.entity, self.rows.label, self.scores, self.rows.ordered(self.scores))

    @cached_property
    def sweep(self) -> Sweep | None:
        """The counts that event metrics need; None where times are missing."""
        line = self.rows.timeline
        return None if line is None else count_events(line, self.scores[line.order])

    @cached_property
    def rising(self) -> tuple[Floats, npt.NDArray[np.intp], sparse.csc_array]:
        """The absolute errors of numbers, rising; their entities; those of each `ERRORS` counted.

        The counts are (stretches, entities), and their products with lanes go entity by entity, for
        all of a result stays in the processor's cache.
        """
        error = np.abs(self.rows.label - self.scores).astype(np.float64)
        order = np.argsort(error, kind="stable")
        entity, stretch = self.rows.entity[order], np.arange(len(order)) // ERRORS
        shape = (-(-len(order) // ERRORS), self.rows.entities)
        return (
            error[order],
            entity,
            sparse.csc_array((np.ones(len(order), dtype=np.float32), (stretch, entity)), shape),
        )

    def ranked(self, weights: Weights) -> tuple[Floats, Floats]:
        """Average precision and ROC AUC (resamples,), which one walk over the ladder gives."""
        return self._ranked.of(weights, self._ranked_anew)

    def _ranked_anew(self, weights: Weights) -> tuple[Floats, Floats]:
        rows, ladder = self.rows, self.ladder
        blocks = rows.short_lanes(weights, self.scores) if ladder.short else rows.lanes(weights)
        positives = rows.positives(weights)
        return precision_and_concordance(
            ladder, blocks, positives, rows.counted(weights) - positives
        )

    def confused(self, weights: Weights) -> Floats:
        """How often each class is found, is true and is predicted (3, resamples, classes).

        The first of equals counts. Counts by class are sparse, and exact in float32 up to 16.7
        million rows.
        """
        return self._confused.of(weights, self._totals_by_class)

    def _totals_by_class(self, weights: Weights) -> Floats:
        blocks, size = self.rows.lanes(weights), self.scores.shape[1]
        totals = np.hstack([np.asarray(self._confusion @ block) for block in blocks]).astype(
            np.float64
        )
        confusion = totals.reshape(size, size, -1)  # by true and by predicted class
        return np.stack([confusion.diagonal(), confusion.sum(axis=1).T, confusion.sum(axis=0).T])

    @cached_property
    def _confusion(self) -> sparse.csc_array:  # entity by entity, as in `rising`
        size, entity, label = (
            self.scores.shape[1],
            self.rows.entity,
            self.rows.label.astype(np.intp),
        )
        cell = label * size + self.scores.argmax(axis=1)
        ones = np.ones(len(cell), dtype=np.float32)
        return sparse.csc_array((ones, (cell, entity)), shape=(size * size, self.rows.entities))
