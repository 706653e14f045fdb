"""A number for each row.

All metrics but the median error are ratios of sums by cluster, which is exact.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import sparse

from clockwork.gate.metric import from_sums, mean_of_rows, per_row
from clockwork.gate.probability import divide
from clockwork.gate.resamples import Counts
from clockwork.gate.rows import ERRORS
from clockwork.gate.tasks.task import (
    Bools,
    Floats,
    Known,
    Metric,
    Rows,
    Scored,
    Task,
    Weights,
    distance,
    finite,
    table,
)

# Of the middle half of the targets' spread: a prediction that moved by more is another decision.
MOVED = 0.1


def _error(scored: Scored) -> Floats:
    return np.asarray(scored.rows.label - scored.scores, dtype=np.float64)


def _absolute(scored: Scored) -> Floats:
    return np.abs(_error(scored))


def _squared(scored: Scored) -> Floats:
    return np.square(_error(scored))


def _pinball(share: float) -> Metric:
    def loss(scored: Scored) -> Floats:
        error = _error(scored)
        return np.maximum(share * error, (share - 1) * error)

    return mean_of_rows(f"pinball_{round(100 * share)}", -1, loss)


def _poisson(scored: Scored) -> Floats:
    # Source: scikit-learn's mean_poisson_deviance; without a value where a prediction is not above
    # 0.
    found, predicted = (
        scored.rows.label.astype(np.float64),
        np.where(scored.scores > 0, scored.scores, np.nan),
    )
    part = found * np.log(np.where(found > 0, found, 1.0) / predicted)
    return np.asarray(2 * (part - found + predicted))


def _ratio(
    name: str, sign: int, above: Callable[[Scored], Floats], below: Callable[[Scored], Floats]
) -> Metric:
    """A sum over rows by another one."""

    def columns(scored: Scored) -> Floats:
        return np.stack([scored.rows.sum(above(scored)), scored.rows.sum(below(scored))], axis=1)

    return from_sums(name, sign, columns, lambda totals, *_: divide(totals[:, 0], totals[:, 1]))


def _naive(scored: Scored) -> Floats:
    # Of the median of the evaluation rows, which knows nothing of a row.
    return np.asarray(np.abs(scored.rows.label - np.median(scored.rows.label)))


def _spread(scored: Scored) -> Floats:
    # Targets from their middle, so that the sums of squares do not cancel.
    target, rows = scored.rows.label - np.mean(scored.rows.label), scored.rows
    return np.stack(
        [rows.sum(one) for one in (_squared(scored), target, np.square(target))], axis=1
    )


def _explained(totals: Floats, rows: Rows, weights: Weights) -> Floats:
    around = totals[:, 2] - np.square(totals[:, 1]) / np.maximum(1, rows.counted(weights))
    return 1 - divide(totals[:, 0], around)


def _median(scored: Scored, weights: Weights) -> Floats:
    """The median of the absolute errors; the mean of both middle ones where the rows are even."""
    error, entity, stretches = scored.rising
    return np.concatenate(
        [_middle(error, entity, stretches, block) for block in scored.rows.lanes(weights)]
    )


def _middle(
    error: Floats, entity: npt.NDArray[np.intp], stretches: sparse.csc_array, lanes: Counts
) -> Floats:
    # Which stretch of errors holds the middle, and then which error of it: few rows are looked at
    # one by one.
    so_far = np.cumsum(np.asarray(stretches @ lanes), axis=0, dtype=np.float64)
    total = so_far[-1]
    ends = [
        _reaching(error, entity, so_far, lanes, rank)
        for rank in (np.ceil(total / 2), np.floor(total / 2) + 1)
    ]
    return np.where(total > 0, (ends[0] + ends[1]) / 2, np.nan)


def _reaching(
    error: Floats, entity: npt.NDArray[np.intp], so_far: Floats, lanes: Counts, rank: Floats
) -> Floats:
    """The error of each resample at which `rank` rows are reached."""
    stretch, lane = (so_far >= rank).argmax(axis=0), np.arange(lanes.shape[1])
    before = np.where(stretch > 0, so_far[stretch - 1, lane], 0.0)
    row = np.minimum(stretch * ERRORS + np.arange(ERRORS)[:, None], len(error) - 1)
    reached = before + np.cumsum(lanes[entity[row], lane], axis=0)
    return np.asarray(error[row[(reached >= rank).argmax(axis=0), lane]])


METRICS = table(
    mean_of_rows("mae", -1, _absolute),
    from_sums(
        "rmse",
        -1,
        lambda scored: scored.rows.sum(_squared(scored))[:, None],
        lambda totals, rows, weights: np.sqrt(per_row(totals, rows, weights)),
    ),
    Metric("median_absolute_error", -1, _median),
    _pinball(0.1),
    _pinball(0.5),
    _pinball(0.9),
    _ratio("wape", -1, _absolute, lambda scored: np.abs(scored.rows.label)),
    from_sums("r2", 1, _spread, _explained),
    mean_of_rows("poisson_deviance", -1, _poisson),
    _ratio("skill", 1, lambda scored: _naive(scored) - _absolute(scored), _naive),
    # How far predictions are off together. Either direction is harm: a guardrail on it is
    # two-sided.
    _ratio(
        "predicted_over_observed", 1, lambda scored: scored.scores, lambda scored: scored.rows.label
    ),
)


def _unfit(rows: Rows) -> str | None:
    lost = int((~np.isfinite(rows.label)).sum())
    if lost:
        return f"{lost} targets are not finite"
    return (
        "every evaluation row has the same target" if (rows.label == rows.label[0]).all() else None
    )


def _turned(scored: Scored) -> Floats:
    """The same predictions in the opposite order."""
    order = np.argsort(scored.scores, kind="stable")
    turned = np.empty_like(scored.scores)
    turned[order] = scored.scores[order[::-1]]
    return turned


def _replaced(rows: Rows, one: Floats, other: Floats) -> Floats:
    low, high = np.quantile(rows.label, [0.25, 0.75])

    def moved(mine: Floats, its: Floats) -> Bools:
        return np.asarray(np.abs(mine - its) > MOVED * (high - low))

    return distance(one, other, moved)


def _known() -> tuple[Known, ...]:
    rows = Rows(np.array([0, 0, 1, 2]), np.array([1.0, 2.0, 3.0, 6.0]), 3, every=True)
    predicted, exact = (
        Scored(rows, np.array([2.0, 2.0, 3.0, 4.0])),
        Scored(rows, rows.label.astype(np.float64)),
    )
    poisson = 2 * (np.log(1 / 2) + 1 + 6 * np.log(6 / 4) - 2) / 4
    answers = {
        "mae": (3 / 4, 0.0),
        "rmse": (np.sqrt(5 / 4), 0.0),
        "median_absolute_error": (0.5, 0.0),
        "pinball_10": ((0.9 + 0.2) / 4, 0.0),
        "pinball_50": (3 / 8, 0.0),
        "pinball_90": ((0.1 + 1.8) / 4, 0.0),
        "wape": (3 / 12, 0.0),
        "r2": (1 - 5 / 14, 1.0),
        "poisson_deviance": (poisson, 0.0),
        "skill": (1 - 3 / 6, 1.0),
        "predicted_over_observed": (11 / 12, 1.0),
    }
    return tuple(
        Known(name, case, float(value), weighs=name != "skill")
        for name, both in answers.items()
        for case, value in zip((predicted, exact), both, strict=True)
    )


TASK = Task(
    name="regression",
    metrics=METRICS,
    primary="mae",
    cases="clusters",
    unfit=_unfit,
    fault=lambda _, runs: finite(runs),
    spoiled=_turned,
    replaced=_replaced,
    known=_known(),
    guardrails={"rmse": 0.05},
)
