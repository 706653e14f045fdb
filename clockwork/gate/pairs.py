"""Both commits' runs, measured: one metric on one set of rows at a time, on the same resamples."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import numpy.typing as npt
from scipy import sparse

from clockwork.gate.metric import Metric
from clockwork.gate.noninferiority import Rules, compare, unchanged
from clockwork.gate.outcome import Estimate
from clockwork.gate.places import AT_BASE_RATE, Place
from clockwork.gate.resamples import Columns, Resamples, Weights, of_some, totals
from clockwork.gate.rows import Scored
from clockwork.gate.variance import Spread

Floats = npt.NDArray[np.float64]


def measure_at(
    where: Sequence[Place], runs: Sequence[Scored], resamples: Resamples
) -> list[Spread]:
    """The metric of every place for each of `runs`: on the rows as they are, and on all resamples.

    The resamples are walked once, so memory grows with rows and with the values that come out.
    """
    parts = [
        _Part(list(places), runs, resamples.count)
        for _, places in groupby(where, lambda place: place.slice)
    ]
    start = 0
    for weights in resamples:
        for part in parts:
            part.fill(weights, start)
        start += len(weights)
    return [spread for part in parts for spread in part.spreads]


class _Part:
    """The places of a slice or of all rows: values of several runs, filled in as resamples come."""

    def __init__(self, places: Sequence[Place], runs: Sequence[Scored], count: int) -> None:
        self.present = places[0].present
        self.runs, self.metrics = places[0].here(runs), [place.metric for place in places]
        self.spreads = [Spread(np.empty(len(runs)), np.empty((len(runs), count))) for _ in places]
        summed = [[one.sums.columns(run) for run in self.runs] for one in self.metrics if one.sums]
        self.columns = _Columns([[self.runs[0].rows.sizes], *summed])
        for spread, values in zip(
            self.spreads, self._values(np.ones((1, self.runs[0].rows.entities))), strict=True
        ):
            spread.point[:] = values[:, 0]

    def fill(self, weights: Weights, start: int) -> None:
        here = weights if self.present is None else of_some(weights, self.present)
        for spread, values in zip(self.spreads, self._values(here), strict=True):
            spread.resampled[:, start : start + len(weights)] = values

    def _values(self, weights: Weights) -> Iterator[Floats]:
        rows, count, sums = self.runs[0].rows, len(self.runs), self.columns.totals(weights)
        rows.note_sizes(weights, next(sums))
        for metric in self.metrics:
            if metric.sums is None:
                yield np.stack([metric.weighted(run, weights) for run in self.runs])
                continue
            of_runs = next(sums).reshape(len(weights), count, -1)
            yield np.stack(
                [metric.sums.value(of_runs[:, run], rows, weights) for run in range(count)]
            )


class _Columns:
    """The sums by cluster that metrics ask for, those of all runs side by side.

    The dense ones of all metrics are side by side, too.
    """

    def __init__(self, of_metrics: Sequence[Sequence[Columns]]) -> None:
        beside = [_beside(runs) for runs in of_metrics]
        self.thin = [None if isinstance(one, np.ndarray) else one for one in beside]
        dense = _dense(beside)
        self.cuts = np.cumsum([one.shape[1] for one in dense])
        self.dense, self.place = _distinct(np.hstack(dense))

    def totals(self, weights: Weights) -> Iterator[Floats]:
        """Those of every resample (resamples, some), metric by metric."""
        dense = iter(np.split(totals(weights, self.dense)[:, self.place], self.cuts, axis=1))
        return (next(dense) if one is None else totals(weights, one) for one in self.thin)


def _beside(columns: Sequence[Columns]) -> Columns:
    thin = [one for one in columns if not isinstance(one, np.ndarray)]
    return sparse.hstack(thin, format="csr") if thin else np.hstack(_dense(columns))


def _dense(columns: Sequence[Columns]) -> list[Floats]:
    return [one for one in columns if isinstance(one, np.ndarray)]


def _distinct(columns: Floats) -> tuple[Floats, list[int]]:
    # The different ones of `columns` (entities, some), and which one each is: sums of labels are
    # the same in all runs.
    first: dict[float, int] = {}
    same = [first.setdefault(total, at) for at, total in enumerate(columns.sum(axis=0))]
    same = [
        one if np.array_equal(columns[:, one], columns[:, at]) else at
        for at, one in enumerate(same)
    ]
    kept = sorted(set(same))
    return columns[:, kept], [kept.index(one) for one in same]


@dataclass(frozen=True)
class Pair:
    """One metric of both commits at one place.

    `identical` says that nothing this metric looks at differs; there is then nothing to resample.
    """

    metric: Metric
    slice: str | None
    head: Spread
    base: Spread
    positive_entities: int
    identical: bool

    def estimate(self, rules: Rules, *, two_sided: bool = False) -> Estimate:
        """The difference by `rules`; where either direction is harm, turned to be a loss."""
        if self.identical:
            return unchanged(self.head, rules, self.positive_entities)
        sign = self.metric.sign
        if two_sided and sign * (self.head.point.mean() - self.base.point.mean()) > 0:
            sign = -sign
        found = compare(sign, self.head, self.base, self.positive_entities, rules)
        # The direction was chosen by what was found, so the p-value is that of both.
        return (
            replace(found, p_value=float(np.minimum(1.0, 2 * found.p_value)))
            if two_sided
            else found
        )

    def settled_at(
        self, level: float, rules: Rules, found: Estimate, *, two_sided: bool
    ) -> Estimate:
        """`found` with what would settle it where a loss must be beyond doubt at `level`."""
        strict = replace(rules, alpha_block=level / 2 if two_sided else level)
        again = self.estimate(strict, two_sided=two_sided)
        return replace(found, clusters_needed=again.clusters_needed, runs_needed=again.runs_needed)


def pair_up(
    head: Sequence[Scored], base: Sequence[Scored], where: Iterable[Place], resamples: Resamples
) -> list[Pair]:
    """One algorithm's runs of both commits, measured at every place.

    What is identical is not resampled.
    """
    found = [(place, _identical(place.metric, head, base)) for place in where]
    moved = [place for place, identical in found if not identical]
    spreads = iter(measure_at(moved, [*head, *base], resamples) if moved else [])
    return [_pair(place, head, None if identical else next(spreads)) for place, identical in found]


def at_base_rate(
    head: Sequence[Scored], base: Sequence[Scored], where: Iterable[Place], resamples: Resamples
) -> list[Pair]:
    """The metrics that look at the alert threshold, once more at base's calibration.

    Head's scores are brought to it. There are none where they have nothing to look at that differs.
    """
    acting = [
        place for place in where if place.metric.acts and not _identical(place.metric, head, base)
    ]
    named = [
        replace(place, metric=replace(place.metric, name=place.metric.name + AT_BASE_RATE))
        for place in acting
    ]
    return (
        pair_up(head if _equal(head, base) else matched(head, base), base, named, resamples)
        if named
        else []
    )


def matched(head: Sequence[Scored], base: Sequence[Scored]) -> list[Scored]:
    """Head's runs, each with a threshold that makes up for a calibration that moved.

    As many rows reach it as reach head's own by base's scores. So it alerts as often as base's
    model would at head's threshold: a threshold that moved still counts, a calibration that moved
    does not.
    """
    share = float(np.mean([(run.scores >= head[0].threshold).mean() for run in base]))
    return [replace(run, threshold=_reached_by(run.scores, share)) for run in head]


def _reached_by(scores: npt.NDArray[np.float64], share: float) -> float:
    count = round(share * len(scores))
    return float(np.partition(scores, -count)[-count]) if count else np.inf


def _pair(place: Place, head: Sequence[Scored], both: Spread | None) -> Pair:
    count = len(head)
    if both is None:
        point = np.array([place.metric.value(run) for run in place.here(head)])
        at_head = at_base = Spread(point, np.empty((count, 0)))
    else:
        at_head, at_base = (
            Spread(both.point[part], both.resampled[part])
            for part in (slice(count), slice(count, None))
        )
    cases = place.rows.positive_entities
    return Pair(place.metric, place.slice, at_head, at_base, cases, identical=both is None)


def _identical(metric: Metric, head: Sequence[Scored], base: Sequence[Scored]) -> bool:
    # The alert threshold counts only where a metric looks at it.
    return _equal(head, base) and (not metric.acts or head[0].threshold == base[0].threshold)


def _equal(head: Sequence[Scored], base: Sequence[Scored]) -> bool:
    # Base may have further runs of other seeds.
    paired = list(zip(head, base, strict=False))
    return len(paired) == len(head) and all(
        np.array_equal(one.scores, two.scores) for one, two in paired
    )
