"""Is head no worse than base? A paired bootstrap over entities, with seeds as readers and entities as cases.

Source of the variance: the multi-reader multi-case analysis of Obuchowski and Rockette (1995), with the
covariances taken from a bootstrap over cases as in Gallas (2006), and Satterthwaite's degrees of freedom.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from clockwork.gate.looks import nominal
from clockwork.gate.outcome import Estimate, Outcome
from clockwork.gate.resamples import Weights
from clockwork.gate.resamples import resample as resample
from clockwork.gate.rows import Metric, Scored

Floats = npt.NDArray[np.float64]
POWER = 0.8


@dataclass(frozen=True)
class Rules:
    """How sure the gate must be: a relative margin, two one-sided error rates, the most gain it believes."""

    margin: float
    alpha_pass: float
    alpha_block: float
    credible_gain: float

    def over(self, looks: int) -> "Rules":
        """The same rules for one of several looks, each with its share of the error rates."""
        return replace(self, alpha_pass=nominal(self.alpha_pass, looks), alpha_block=nominal(self.alpha_block, looks))


@dataclass(frozen=True)
class Spread:
    """A metric of the runs of one commit: `point` (runs,) on the rows, `resampled` (runs, resamples)."""

    point: Floats
    resampled: Floats

    def take(self, runs: npt.NDArray[np.intp]) -> "Spread":
        """Some of the runs."""
        return Spread(self.point[runs], self.resampled[runs])


@dataclass(frozen=True)
class Variance:
    """Of a difference: the part of the rows and what seeds add to it, with Satterthwaite's degrees of freedom."""

    cases: float
    seeds: float
    freedom: float

    @property
    def error(self) -> float:
        """The standard error of the difference."""
        return float(np.sqrt(self.cases + self.seeds))


def measure(metric: Metric, runs: Sequence[Scored], weights: Weights) -> Spread:
    """The metric of each run, on the rows as they are and on every resample."""
    point = np.array([metric.value(run) for run in runs])
    return Spread(point, np.stack([metric.weighted(run, weights) for run in runs]))


def compare(sign: int, head: Spread, base: Spread, positive_entities: int, rules: Rules) -> Estimate:
    """The difference head - base with its bounds, turned by the metric's `sign` so that higher is better.

    Both commits are measured on the same rows and resamples. Bounds are NaN where any resample has no value.
    """
    delta = float(sign * (head.point.mean() - base.point.mean()))
    variance = _variance(head, base, positive_entities)
    error, margin = variance.error, rules.margin * abs(float(base.point.mean()))
    below, above = (float(special.stdtrit(variance.freedom, 1 - a)) for a in (rules.alpha_pass, rules.alpha_block))
    # Within the margin it is the lower bound that must come within it, beyond it the upper one that must fall below 0.
    tolerable = (delta + margin) / below if delta + margin > 0 else -delta / above
    needed = clusters_needed(positive_entities, variance.cases, variance.seeds, tolerable)
    return Estimate(
        head=float(head.point.mean()),
        base=float(base.point.mean()),
        delta=delta,
        lower=delta - below * error,
        upper=delta + above * error,
        margin=margin,
        minimum_detectable=float(special.ndtri(1 - rules.alpha_pass) + special.ndtri(POWER)) * error,
        p_value=_p_value(delta, error, variance.freedom),
        clusters_needed=int(needed) if np.isfinite(needed) else None,
        positive_clusters=positive_entities,
    )


def unchanged(head: Spread, rules: Rules, positive_entities: int) -> Estimate:
    """The estimate where both commits are identical to the bit: no difference, and no doubt about it."""
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


def clusters_needed(now: int, cases: float, seeds: float, error: float) -> float:
    """How many clusters bring the standard error down to `error`, where `now` have the variances `cases` and `seeds`.

    The part of cases falls with their number, that of seeds does not: infinite where seeds alone come to more.
    """
    room = error**2 - seeds
    return float(np.ceil(now * cases / room)) if room > 0 else float("inf")


def _p_value(delta: float, error: float, freedom: float) -> float:
    if not (np.isfinite(delta) and np.isfinite(error)):
        return float("nan")
    return float(special.stdtr(freedom, delta / error)) if error > 0 else float(delta >= 0)


def _variance(head: Spread, base: Spread, positive_entities: int) -> Variance:
    test = float(np.var(head.resampled.mean(axis=0) - base.resampled.mean(axis=0), ddof=1))
    runs = [len(head.point), len(base.point)]
    per_run = 1 / runs[0] + 1 / runs[1]
    seed = max(0.0, _seed_variance([head, base]) - _interaction([head, base])) * per_run
    freedom_test = max(positive_entities - 1, 1)
    freedom_seed = sum(runs) - 2
    bottom = test**2 / freedom_test + (seed**2 / freedom_seed if freedom_seed else 0.0)
    total = test + seed
    return Variance(test, seed, total**2 / bottom if bottom > 0 else float(freedom_test))


def _seed_variance(commits: list[Spread]) -> float:
    freedom = sum(len(commit.point) - 1 for commit in commits)
    return (
        sum(float(((commit.point - commit.point.mean()) ** 2).sum()) for commit in commits) / freedom
        if freedom
        else 0.0
    )


def _interaction(commits: list[Spread]) -> float:
    parts = []
    for commit in commits:
        if len(commit.point) > 1:
            c = np.cov(commit.resampled)
            off = (c.sum() - np.trace(c)) / (len(c) * (len(c) - 1))
            parts.append((len(c), float(np.trace(c) / len(c) - off)))
    total = sum(size for size, _ in parts)
    return sum(size * value for size, value in parts) / total if total else 0.0


def judge(estimate: Estimate, rules: Rules, *, identical: bool = False, alarm: bool | None = None) -> Outcome:
    """The verdict on one estimate; the first rule that fits, and `cannot tell` where none does.

    `alarm` says whether a loss is beyond doubt where that is for several tests together to say, as after
    Holm; else it is where the upper bound lies below 0.
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
    if estimate.lower >= 0 or estimate.lower > -estimate.margin:  # a base of zero has no margin, yet may be equalled
        return Outcome.PASS
    if estimate.upper < 0 if alarm is None else alarm:
        return Outcome.REGRESSION
    return Outcome.CANNOT_TELL
