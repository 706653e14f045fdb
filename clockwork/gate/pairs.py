"""The runs of both arms, measured: one metric on one set of rows at a time, on the same resamples."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from clockwork.gate.metrics import METRICS, Metric, Rows, Scored, Weights
from clockwork.gate.noninferiority import Rules, Spread, compare, measure, unchanged
from clockwork.gate.outcome import Estimate

Bools = npt.NDArray[np.bool_]
AT_BASE_RATE = "_at_base_rate"  # what a metric that looks at the alert threshold is called at the matched one


@dataclass(frozen=True)
class Place:
    """One metric on all judging rows (`keep` is then None) or on those of a slice, with their entities' weights."""

    metric: Metric
    slice: str | None
    rows: Rows
    keep: Bools | None
    weights: Weights

    def measure(self, runs: Sequence[Scored], *, resampled: bool = True) -> Spread:
        """The metric of `runs` here; `resampled` or on the rows as they are alone."""
        mine = [self._here(run) for run in runs]
        return measure(self.metric, mine, self.weights if resampled else self.weights[:0])

    def _here(self, run: Scored) -> Scored:
        return run if self.keep is None else replace(run, rows=self.rows, scores=run.scores[self.keep])


def places(
    rows: Rows, metrics: Iterable[str], primary: str, slices: Mapping[str, Bools], weights: Weights, least: int
) -> Iterator[Place]:
    """Every metric on all rows, then the primary one on each slice with at least `least` entities with a positive."""
    names = dict.fromkeys(name.removesuffix(AT_BASE_RATE) for name in metrics)
    yield from (Place(METRICS[name], None, rows, None, weights) for name in names)
    for name, keep in slices.items():
        part, present = part_of(rows, keep)
        if part.positive_entities >= least:
            yield Place(METRICS[primary], name, part, keep, weights[:, present])


def part_of(rows: Rows, keep: Bools) -> tuple[Rows, npt.NDArray[np.intp]]:
    """The rows that `keep` (rows,) marks, and which entities they are of: their columns in the weights."""
    present, codes = np.unique(rows.entity[keep], return_inverse=True)
    time = None if rows.time is None else rows.time[keep]
    return Rows(codes.astype(np.intp), rows.label[keep], len(present), time), present


@dataclass(frozen=True)
class Pair:
    """One metric of both arms at one place.

    `identical` says that nothing this metric looks at differs; there is then nothing to resample.
    """

    metric: Metric
    slice: str | None
    head: Spread
    base: Spread
    positive_entities: int
    identical: bool

    def estimate(self, rules: Rules, *, two_sided: bool = False) -> Estimate:
        """The difference by `rules`; where either direction is harm, so turned that it is a loss."""
        if self.identical:
            return unchanged(self.head, rules, self.positive_entities)
        sign = self.metric.sign
        if two_sided and sign * (self.head.point.mean() - self.base.point.mean()) > 0:
            sign = -sign
        found = compare(sign, self.head, self.base, self.positive_entities, rules)
        # The direction was chosen by what was found, so the p-value is that of both.
        return replace(found, p_value=float(np.minimum(1.0, 2 * found.p_value))) if two_sided else found


def pair_up(head: Sequence[Scored], base: Sequence[Scored], where: Iterable[Place]) -> list[Pair]:
    """One algorithm's runs of both arms, measured at every place."""
    return [_pair(place, head, base) for place in where]


def at_base_rate(head: Sequence[Scored], base: Sequence[Scored], where: Iterable[Place]) -> list[Pair]:
    """The metrics that look at the alert threshold once more, with head's scores brought to base's calibration.

    None where they have nothing to look at that differs.
    """
    acting = [place for place in where if place.metric.acts and not _identical(place.metric, head, base)]
    named = [replace(place, metric=replace(place.metric, name=place.metric.name + AT_BASE_RATE)) for place in acting]
    return pair_up(head if _equal(head, base) else matched(head, base), base, named) if named else []


def matched(head: Sequence[Scored], base: Sequence[Scored]) -> list[Scored]:
    """Head's runs, each with the threshold that as many rows reach as reach head's own by base's scores.

    So it alerts as often as base's model would at head's threshold: a threshold that moved still counts, a calibration
    that moved does not.
    """
    share = float(np.mean([(run.scores >= head[0].threshold).mean() for run in base]))
    return [replace(run, threshold=_reached_by(run.scores, share)) for run in head]


def _reached_by(scores: npt.NDArray[np.float64], share: float) -> float:
    count = round(share * len(scores))
    return float(np.partition(scores, -count)[-count]) if count else np.inf


def _pair(place: Place, head: Sequence[Scored], base: Sequence[Scored]) -> Pair:
    identical = _identical(place.metric, head, base)
    ours = place.measure(head, resampled=not identical)
    theirs = ours if identical else place.measure(base)
    return Pair(place.metric, place.slice, ours, theirs, place.rows.positive_entities, identical)


def _identical(metric: Metric, head: Sequence[Scored], base: Sequence[Scored]) -> bool:
    # The alert threshold counts only where a metric looks at it.
    return _equal(head, base) and (not metric.acts or head[0].threshold == base[0].threshold)


def _equal(head: Sequence[Scored], base: Sequence[Scored]) -> bool:
    # Base may have further runs of other seeds.
    paired = list(zip(head, base, strict=False))
    return len(paired) == len(head) and all(np.array_equal(one.scores, two.scores) for one, two in paired)
