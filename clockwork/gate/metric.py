"""What a metric is: a value for each resample, from sums by cluster where these suffice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from clockwork.gate.resamples import Columns, Weights, totals
from clockwork.gate.rows import Floats, Rows, Scored

Weighted = Callable[[Scored, Weights], Floats]


@dataclass(frozen=True)
class Sums:
    """The form of a metric for which sums by cluster suffice, exactly.

    `columns` gives sums (entities, some) of a run, sparse ones where most are zero; `value` takes
    their totals (resamples, some), the rows and the weights to the metric (resamples,).
    """

    columns: Callable[[Scored], Columns]
    value: Callable[[Floats, Rows, Weights], Floats]


@dataclass(frozen=True)
class Metric:
    """A number that says how good predictions are.

    `weighted(scored, weights)` takes multiplicities (resamples, entities) and gives one value for
    each resample; NaN where it means nothing: where a resample holds one class only (alerts per day
    do not ask for classes), or where a metric of events has no times. `sign` is 1 where higher is
    better, else -1. `acts` says that it looks at the alert threshold, too; `timed` that it asks for
    the times of rows. `sums`, where there are any, give the same for many runs at once. `known` has
    its values for the score vectors of clockwork/gate/known.py, by their names; the metrics that
    CASES there names need none.
    """

    name: str
    sign: int
    weighted: Weighted
    acts: bool = False
    timed: bool = False
    sums: Sums | None = None
    known: Mapping[str, float] = field(default_factory=dict, compare=False)

    def value(self, scored: Scored) -> float:
        """The metric on the rows as they are."""
        return float(self.weighted(scored, np.ones((1, scored.rows.entities)))[0])


def from_sums(
    name: str,
    sign: int,
    columns: Callable[[Scored], Columns],
    value: Callable[[Floats, Rows, Weights], Floats],
) -> Metric:
    """A metric for which sums by cluster suffice: see `Sums`."""

    def weighted(scored: Scored, weights: Weights) -> Floats:
        return value(totals(weights, columns(scored)), scored.rows, weights)

    return Metric(name, sign, weighted, sums=Sums(columns, value))


def mean_of_rows(name: str, sign: int, loss: Callable[[Scored], Floats]) -> Metric:
    """The mean over rows of what `loss` gives for each (rows,)."""
    return from_sums(name, sign, lambda scored: scored.rows.sum(loss(scored))[:, None], per_row)


def per_row(totals: Floats, rows: Rows, weights: Weights) -> Floats:
    """The first column of `totals` by the number of rows in each resample."""
    return np.asarray(totals[:, 0] / np.maximum(1, rows.counted(weights)))
