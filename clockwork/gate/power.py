"""Before any head is there: which loss these rows could show, and how many clusters a margin needs.

The variance of a difference has a part that falls with clusters and one that only more runs bring
down. The first is 2 C (1 - r), where C is the variance of the metric over resamples and r how far
head and base go the same way in them.
"""

from dataclasses import dataclass

import numpy as np

from clockwork.gate.noninferiority import Rules
from clockwork.gate.variance import Spread

SMALL, OTHER = 0.95, 0.80  # correlations over resamples: of a small change, of another method


@dataclass(frozen=True)
class Power:
    """A metric's value, and variances.

    `cases` is that of the metric over clusters, `seeds` that of a difference through new seeds.
    `own` is the correlation where head and base differ by the seed alone; None where there is one
    run only.
    """

    value: float
    cases: float
    seeds: float
    own: float | None = None

    def smallest(self, rules: Rules, correlation: float) -> float:
        """The minimum detectable effect at 80 % power, as a share of the value."""
        return float(
            rules.detectable * np.sqrt(self._cases(correlation) + self.seeds) / abs(self.value)
        )

    def clusters(self, rules: Rules, correlation: float, now: int) -> float:
        """How many clusters the margin needs, where there are `now`.

        Infinite where seeds alone move it more.
        """
        room = (rules.margin * self.value / rules.detectable) ** 2 - self.seeds
        return float(np.ceil(now * self._cases(correlation) / room)) if room > 0 else float("inf")

    def _cases(self, correlation: float) -> float:
        return 2 * self.cases * (1 - correlation)


def power_of(spread: Spread, runs: tuple[int, int]) -> Power:
    """The power of `runs` of head and base, from those at hand; one run says nothing of seeds."""
    covariance = np.atleast_2d(np.cov(spread.resampled))
    size, value = len(covariance), float(spread.point.mean())
    cases = float(np.trace(covariance) / size)
    if size < 2:
        return Power(value, cases, 0.0)
    # Of runs that differ by the seed alone: what they do not share, over clusters and beside them.
    apart = max(0.0, cases - float((covariance.sum() - np.trace(covariance)) / (size * (size - 1))))
    per_run = 1 / runs[0] + 1 / runs[1]
    seeds = max(0.0, float(spread.point.var(ddof=1)) - apart) * per_run
    return Power(value, cases, seeds, 1 - apart * per_run / (2 * cases) if cases > 0 else 1.0)
