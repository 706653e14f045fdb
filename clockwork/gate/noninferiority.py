"""Is head no worse than base? A test of non-inferiority, by a paired bootstrap over entities."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from clockwork.gate.looks import nominal
from clockwork.gate.metric import Metric
from clockwork.gate.outcome import Estimate, Outcome
from clockwork.gate.resamples import Weights
from clockwork.gate.rows import Scored
from clockwork.gate.variance import Spread, Variance, variance_of

Floats = npt.NDArray[np.float64]
POWER = 0.8
MOST_CLUSTERS = 10**9
FEWEST_RUNS, MOST_RUNS = 2, 100


@dataclass(frozen=True)
class Rules:
    """How sure the gate must be: relative margin, two one-sided error rates, most gain believed."""

    margin: float
    alpha_pass: float
    alpha_block: float
    credible_gain: float

    @property
    def detectable(self) -> float:
        """The loss that is found with a power of `POWER`, in standard errors."""
        return float(special.ndtri(1 - self.alpha_pass) + special.ndtri(POWER))

    def over(self, looks: int) -> "Rules":
        """The same rules for one of several looks, each with its share of the error rates."""
        return replace(
            self,
            alpha_pass=nominal(self.alpha_pass, looks),
            alpha_block=nominal(self.alpha_block, looks),
        )


def measure(metric: Metric, runs: Sequence[Scored], weights: Weights) -> Spread:
    """The metric of each run, on the rows as they are and on every resample."""
    point = np.array([metric.value(run) for run in runs])
    return Spread(point, np.stack([metric.weighted(run, weights) for run in runs]))


def compare(
    sign: int, head: Spread, base: Spread, positive_entities: int, rules: Rules
) -> Estimate:
    """The difference head - base with its bounds, turned by the metric's `sign`: higher is better.

    Both commits are measured on the same rows and resamples. Bounds are NaN where any resample has
    no value.
    """
    delta = float(sign * (head.point.mean() - base.point.mean()))
    variance = variance_of(head, base, positive_entities)
    margin = rules.margin * abs(float(base.point.mean()))
    return Estimate(
        head=float(head.point.mean()),
        base=float(base.point.mean()),
        delta=delta,
        lower=delta - variance.reach(rules.alpha_pass),
        upper=delta + variance.reach(rules.alpha_block),
        margin=margin,
        minimum_detectable=rules.detectable * variance.error,
        p_value=_p_value(delta, variance),
        clusters_needed=clusters_needed(variance, delta, margin, rules),
        positive_clusters=positive_entities,
        runs_needed=runs_needed(variance, delta, margin, rules),
    )


def unchanged(head: Spread, rules: Rules, positive_entities: int) -> Estimate:
    """The estimate where commits are identical to the bit: no difference, and no doubt about it."""
    value = float(head.point.mean())
    return Estimate(
        head=value,
        base=value,
        delta=0.0,
        lower=0.0,
        upper=0.0,
        margin=rules.margin * abs(value),
        minimum_detectable=float("nan"),
        p_value=1.0,
        positive_clusters=positive_entities,
    )


def clusters_needed(variance: Variance, delta: float, margin: float, rules: Rules) -> int | None:
    """How many clusters with a positive would settle it at this difference; None where none would.

    Within the margin it is the lower bound that must come within it, beyond it the upper one that
    must fall below 0.
    """
    return _fewest(variance.among, range(1, MOST_CLUSTERS), *_room(delta, margin, rules))


def runs_needed(variance: Variance, delta: float, margin: float, rules: Rules) -> int | None:
    """How many runs of each commit would settle it on the same rows; None where none would.

    None, too, beyond `MOST_RUNS`, and where a commit of one run may have no seed to vary.
    """
    if not variance.of_seeds > 0 or min(variance.runs) < FEWEST_RUNS:
        return None
    return _fewest(
        variance.with_runs, range(FEWEST_RUNS, MOST_RUNS + 1), *_room(delta, margin, rules)
    )


def _room(delta: float, margin: float, rules: Rules) -> tuple[float, float]:
    # How far the bound that decides may lie from the difference, and that bound's level.
    within = delta + margin
    return (within, rules.alpha_pass) if within > 0 else (-delta, rules.alpha_block)


def _fewest(
    variance: Callable[[int], Variance], counts: range, room: float, alpha: float
) -> int | None:
    if not room > 0:  # none, or no number
        return None
    at = bisect_left(counts, True, key=lambda count: variance(count).reach(alpha) <= room)
    return counts[at] if at < len(counts) else None


def _p_value(delta: float, variance: Variance) -> float:
    error = variance.error
    if not (np.isfinite(delta) and np.isfinite(error)):
        return float("nan")
    return (
        float(special.stdtr(variance.degrees_of_freedom, delta / error))
        if error > 0
        else float(delta >= 0)
    )


def judge(
    estimate: Estimate, rules: Rules, *, identical: bool = False, alarm: bool | None = None
) -> Outcome:
    """The verdict on one estimate; the first rule that fits, and `cannot tell` where none does.

    `alarm` says whether a loss is beyond doubt where that is for several tests together to say, as
    after Holm; else it is where the upper bound lies below 0.
    """
    numbers = (estimate.head, estimate.base, estimate.lower, estimate.upper)
    if not np.isfinite(numbers).all():
        return Outcome.INVALID
    if identical:
        return Outcome.UNCHANGED
    if estimate.lower > rules.credible_gain * abs(estimate.base):
        return Outcome.SUSPICIOUS
    if estimate.lower > 0:
        return Outcome.IMPROVED
    # A base of zero has no margin, yet may be equalled.
    if estimate.lower >= 0 or estimate.lower > -estimate.margin:
        return Outcome.PASS
    if estimate.upper < 0 if alarm is None else alarm:
        return Outcome.REGRESSION
    return Outcome.CANNOT_TELL
