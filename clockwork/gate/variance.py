"""The variance of a metric's difference between two commits, with seeds as readers.

Entities are the cases. Source: the multi-reader multi-case analysis of Obuchowski and Rockette
(1995), with the covariances taken from a bootstrap over cases as in Gallas (2006), and
Satterthwaite's degrees of freedom.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """A metric of one commit's runs: `point` (runs,) on the rows, `resampled` (runs, resamples)."""

    point: Floats
    resampled: Floats

    def take(self, runs: npt.NDArray[np.intp]) -> "Spread":
        """Some of the runs."""
        return Spread(self.point[runs], self.resampled[runs])


@dataclass(frozen=True)
class Variance:
    """The variance of a difference, from `runs` of head and of base, on `clusters`.

    `of_clusters` falls with their number, `of_seeds` with that of the runs.
    """

    of_clusters: float
    of_seeds: float
    clusters: int
    runs: tuple[int, int]

    def among(self, clusters: int) -> "Variance":
        """The variance that so many clusters of the same kind would give."""
        return replace(
            self, of_clusters=self.of_clusters * self.clusters / clusters, clusters=clusters
        )

    def with_runs(self, each: int) -> "Variance":
        """The variance that so many runs of each commit would give, or those that it has more.

        A cluster's part falls with them, too, by what seeds do to it; here it stays.
        """
        runs = max(each, self.runs[0]), max(each, self.runs[1])
        return replace(
            self, of_seeds=self.of_seeds * _per_run(runs) / _per_run(self.runs), runs=runs
        )

    def reach(self, alpha: float) -> float:
        """How far the one-sided bound at level `alpha` lies from the difference, by Student's t."""
        return float(special.stdtrit(self.degrees_of_freedom, 1 - alpha)) * self.error

    @property
    def error(self) -> float:
        """The standard error of the difference."""
        return float(np.sqrt(self.of_clusters + self.of_seeds))

    @property
    def degrees_of_freedom(self) -> float:
        """Satterthwaite's degrees of freedom.

        They are the square of the sum, over the sum of each part's square by its own degrees of
        freedom.
        """
        own, own_of_seeds = max(self.clusters - 1, 1), sum(self.runs) - 2
        bottom = self.of_clusters**2 / own + (
            self.of_seeds**2 / own_of_seeds if own_of_seeds else 0.0
        )
        return (self.of_clusters + self.of_seeds) ** 2 / bottom if bottom > 0 else float(own)


def variance_of(head: Spread, base: Spread, positive_entities: int) -> Variance:
    """The variance of the difference head - base, from the runs and resamples of both."""
    of_clusters = float(np.var(head.resampled.mean(axis=0) - base.resampled.mean(axis=0), ddof=1))
    runs = len(head.point), len(base.point)
    of_one = max(0.0, _seed_variance([head, base]) - _interaction([head, base]))
    return Variance(of_clusters, of_one * _per_run(runs), positive_entities, runs)


def _per_run(runs: tuple[int, int]) -> float:
    return 1 / runs[0] + 1 / runs[1]


def _seed_variance(commits: list[Spread]) -> float:
    freedom = sum(len(commit.point) - 1 for commit in commits)
    return (
        sum(float(((commit.point - commit.point.mean()) ** 2).sum()) for commit in commits)
        / freedom
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
