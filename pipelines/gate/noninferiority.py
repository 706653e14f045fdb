"""Is head no worse than base? A paired bootstrap over entities, with seeds as readers and entities as cases.

Source of the variance: the multi-reader multi-case analysis of Obuchowski and Rockette (1995), with the
covariances taken from a bootstrap over cases as in Gallas (2006), and Satterthwaite's degrees of freedom.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from pipelines.gate.metrics import Metric, Scored, Weights
from pipelines.gate.outcome import Estimate, Outcome

Floats = npt.NDArray[np.float64]
POWER = 0.8


@dataclass(frozen=True)
class Rules:
    """How sure the gate must be: a relative margin, two one-sided error rates, the most gain it believes."""

    margin: float
    alpha_pass: float
    alpha_block: float
    credible_gain: float


def resample(entities: int, resamples: int, seed: int) -> Weights:
    """Multiplicities (resamples, entities): every row is one draw of the entities with replacement."""
    drawn = np.random.default_rng(seed).multinomial(entities, np.full(entities, 1 / entities), size=resamples)
    return drawn.astype(np.float64)


def compare(metric: Metric, head: Sequence[Scored], base: Sequence[Scored], weights: Weights, rules: Rules) -> Estimate:
    """The difference head - base with its bounds, turned so that higher is better.

    `head` and `base` hold a run for each seed, on the same rows. Bounds are NaN where any resample has no value.
    """
    rows = head[0].rows
    whole = np.ones((1, rows.entities))
    point = [_values(metric, arm, whole)[:, 0] for arm in (head, base)]
    spread = [_values(metric, arm, weights) for arm in (head, base)]
    delta = float(metric.sign * (point[0].mean() - point[1].mean()))
    variance, freedom = _variance(point, spread, rows.positive_entities)
    error = float(np.sqrt(variance))
    return Estimate(
        head=float(point[0].mean()),
        base=float(point[1].mean()),
        delta=delta,
        low=delta - float(stats.t.ppf(1 - rules.alpha_pass, freedom)) * error,
        high=delta + float(stats.t.ppf(1 - rules.alpha_block, freedom)) * error,
        margin=rules.margin * abs(float(point[1].mean())),
        sees=float(stats.norm.ppf(1 - rules.alpha_pass) + stats.norm.ppf(POWER)) * error,
    )


def unchanged(metric: Metric, runs: Sequence[Scored], rules: Rules) -> Estimate:
    """The estimate where both arms are identical to the bit: no difference, and no doubt about it."""
    value = float(np.mean([metric.value(run) for run in runs]))
    return Estimate(value, value, 0.0, 0.0, 0.0, rules.margin * abs(value), float("nan"))


def _values(metric: Metric, runs: Sequence[Scored], weights: Weights) -> Floats:
    return np.stack([metric.weighted(run, weights) for run in runs])


def _variance(point: list[Floats], spread: list[Floats], positive_entities: int) -> tuple[float, float]:
    test = float(np.var(spread[0].mean(axis=0) - spread[1].mean(axis=0), ddof=1))
    runs = [len(arm) for arm in point]
    per_run = 1 / runs[0] + 1 / runs[1]
    seed = max(0.0, _seed_variance(point) - _interaction(spread)) * per_run
    freedom_test = max(positive_entities - 1, 1)
    freedom_seed = sum(runs) - 2
    bottom = test**2 / freedom_test + (seed**2 / freedom_seed if freedom_seed else 0.0)
    total = test + seed
    return total, (total**2 / bottom if bottom > 0 else float(freedom_test))


def _seed_variance(point: list[Floats]) -> float:
    freedom = sum(len(arm) - 1 for arm in point)
    return sum(float(((arm - arm.mean()) ** 2).sum()) for arm in point) / freedom if freedom else 0.0


def _interaction(spread: list[Floats]) -> float:
    parts = []
    for arm in spread:
        if len(arm) > 1:
            c = np.cov(arm)
            off = (c.sum() - np.trace(c)) / (len(c) * (len(c) - 1))
            parts.append((len(c), float(np.trace(c) / len(c) - off)))
    total = sum(size for size, _ in parts)
    return sum(size * value for size, value in parts) / total if total else 0.0


def judge(estimate: Estimate, rules: Rules, *, identical: bool) -> Outcome:
    """The verdict on one estimate; the first rule that fits, and `cannot tell` where none does."""
    numbers = (estimate.head, estimate.base, estimate.low, estimate.high)
    if not np.isfinite(numbers).all():
        return Outcome.INVALID
    if identical:
        return Outcome.UNCHANGED
    if estimate.low > rules.credible_gain * abs(estimate.base):
        return Outcome.SUSPICIOUS
    if estimate.low > 0:
        return Outcome.IMPROVED
    if estimate.low > -estimate.margin:
        return Outcome.PASS
    if estimate.high < 0:
        return Outcome.REGRESSION
    return Outcome.CANNOT_TELL
