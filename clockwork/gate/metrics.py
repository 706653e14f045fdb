"""Every metric, declared once, in the weighted form that a bootstrap over entities needs.

A resample is a row of multiplicities, one for each entity, so a metric is a function of per-entity counts
and sums: those are gathered once for each set of scores, and any number of resamples are matrix products.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from clockwork.gate.events import Sweep, Timeline, alerts, arrange, count_events, delay, recall
from clockwork.gate.probability import CLIP as CLIP
from clockwork.gate.probability import calibration_error, log_loss, mean_over_rows, squared_error
from clockwork.gate.ranking import CHUNK as CHUNK
from clockwork.gate.ranking import Ladder as Ladder
from clockwork.gate.ranking import average_precision, climb, mean_average_precision, roc_auc

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.float32]
Weights = npt.NDArray[np.float64]
FEW, MANY = 0.5, 3.0  # false notifications per entity and day that a shift puts up with


@dataclass(frozen=True)
class Rows:
    """The rows that judge: `entity` (codes 0..n-1), `label` (0/1) and how many entities there are.

    `time` in minutes is needed for events alone: without it their metrics have no value.
    """

    entity: npt.NDArray[np.intp]
    label: npt.NDArray[np.int8]
    entities: int
    time: npt.NDArray[np.int64] | None = None

    @property
    def positive_entities(self) -> int:
        """How many entities have at least one positive row."""
        return len(np.unique(self.entity[self.label == 1]))

    @cached_property
    def timeline(self) -> Timeline | None:
        """The rows in order of time and the events among them; None where times are missing."""
        return None if self.time is None else arrange(self.entity, self.time, self.label, self.entities)

    def one_class(self, weights: Weights) -> npt.NDArray[np.bool_]:
        """Which resamples (resamples,) lack positive rows, or lack negative ones."""
        rows = weights @ np.bincount(self.entity, minlength=self.entities).astype(np.float64)
        positives = weights @ np.bincount(self.entity, weights=self.label, minlength=self.entities)
        return np.asarray((positives == 0) | (positives == rows))


@dataclass(frozen=True)
class Scored:
    """One run's scores (rows,) of the judging rows, sorted and counted once for all metrics and resamples.

    `threshold` is the score from which the run's model notifies.
    """

    rows: Rows
    scores: Floats
    threshold: float = 0.5

    @cached_property
    def ladder(self) -> Ladder:
        """The counts that ranking metrics need."""
        return climb(self.rows.entity, self.rows.label, self.scores, self.rows.entities)

    @cached_property
    def sweep(self) -> Sweep | None:
        """The counts that event metrics need; None where times are missing."""
        line = self.rows.timeline
        return None if line is None else count_events(line, self.scores[line.order])


Weighted = Callable[[Scored, Weights], Floats]


def _two_classes(metric: Weighted) -> Weighted:
    def of_two_classes(scored: Scored, weights: Weights) -> Floats:
        return np.where(scored.rows.one_class(weights), np.nan, metric(scored, weights))

    return of_two_classes


def _ranked(metric: Callable[[Ladder, Weights], Floats]) -> Weighted:
    return _two_classes(lambda scored, weights: metric(scored.ladder, weights))


def _mean_of(loss: Callable[[npt.NDArray[np.int8], Floats], Floats]) -> Weighted:
    def mean(scored: Scored, weights: Weights) -> Floats:
        rows = scored.rows
        return mean_over_rows(rows.entity, loss(rows.label, scored.scores), rows.entities, weights)

    return _two_classes(mean)


def _calibration_error(scored: Scored, weights: Weights) -> Floats:
    rows = scored.rows
    return calibration_error(rows.entity, rows.label, scored.scores, rows.entities, weights)


def _swept(metric: Callable[[Sweep, Weights, float], Floats], budget: float) -> Weighted:
    def found(scored: Scored, weights: Weights) -> Floats:
        return np.full(len(weights), np.nan) if scored.sweep is None else metric(scored.sweep, weights, budget)

    return _two_classes(found)


def _alerts_per_day(scored: Scored, weights: Weights) -> Floats:
    line = scored.rows.timeline
    if line is None:
        return np.full(len(weights), np.nan)
    return alerts(line, scored.scores[line.order], scored.threshold, weights)


@dataclass(frozen=True)
class Metric:
    """A number that says how good scores are.

    `weighted(scored, weights)` takes multiplicities (resamples, entities) and gives one value for each
    resample; NaN where it means nothing: where a resample holds one class only (alerts per day do not ask for
    classes), or where a metric of events has no times. `sign` is 1 where higher is better, else -1. `acts` says
    that it looks at the alert threshold, too. `known` has its values for the score vectors of
    clockwork/gate/known.py, by their names; the metrics that CASES there names need none.
    """

    name: str
    sign: int
    weighted: Weighted
    acts: bool = False
    known: Mapping[str, float] = field(default_factory=dict, compare=False)

    def value(self, scored: Scored) -> float:
        """The metric on the rows as they are."""
        return float(self.weighted(scored, np.ones((1, scored.rows.entities)))[0])


METRICS = {
    metric.name: metric
    for metric in (
        Metric("average_precision", 1, _ranked(average_precision)),
        Metric("mean_average_precision", 1, _ranked(mean_average_precision)),
        Metric("roc_auc", 1, _ranked(roc_auc)),
        Metric("log_loss", -1, _mean_of(log_loss)),
        Metric("brier", -1, _mean_of(squared_error)),
        Metric("calibration_error", -1, _two_classes(_calibration_error)),
        Metric("event_recall_at_0_5", 1, _swept(recall, FEW)),
        Metric("event_recall_at_3", 1, _swept(recall, MANY)),
        Metric("detection_delay", -1, _swept(delay, MANY)),
        Metric("alerts_per_day", -1, _alerts_per_day, acts=True),
    )
}
