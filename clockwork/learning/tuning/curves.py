"""Learning curves over folds: how good a setting is after each training step, on the folds' mean.

All folds step together, so that a setting can be given up on what its whole curve says.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.model import BINARY, Algorithm, Folds, fit, refusals
from clockwork.support.errors import BadInput
from clockwork.support.paths import model_file

Curve = Iterator[tuple[int, float]]
# Of labels, scores and, where lists are ranked, the numbers of the lists.
Metric = Callable[..., float]
Steps = Iterator[tuple[int, list[npt.NDArray[np.float64]]]]


def curve(
    model: type[Algorithm],
    folds: Folds,
    params: Mapping[str, Any],
    seed: int,
    step: int,
    metric: Metric,
) -> Curve:
    """(rounds, mean of `metric` over held-out folds) after each step; one point without rounds.

    Raises `BadInput` where there is no point at all, or a score that is no number: sorted, it would
    look high.
    """
    in_steps = getattr(model, "steps", None)
    further = {"problem": folds.problem} if folds.problem.task != BINARY else {}
    steps: Steps = (
        in_steps(folds, params, seed, step, **further)
        if in_steps
        else _whole(model, folds, params, seed)
    )
    rounds = None
    with refusals(model):
        for rounds, scores in steps:
            if any(np.isnan(score).any() for score in scores):
                raise _unfit(model, f"scores that are no numbers (NaN) after {rounds} rounds")
            held_out = zip(folds.held_out, scores, strict=True)
            each = [_measured(metric, folds, rows, score) for rows, score in held_out]
            yield rounds, float(np.mean(each))
    if rounds is None:
        raise _unfit(model, "a curve without a point")


def _measured(
    metric: Metric, folds: Folds, rows: npt.NDArray[np.intp], score: npt.NDArray[np.float64]
) -> float:
    query = folds.problem.of(rows).query
    return metric(folds.y[rows], score) if query is None else metric(folds.y[rows], score, query)


def _unfit(model: type[Algorithm], reason: str) -> BadInput:
    name = model.__module__.rpartition(".")[2]
    return BadInput(
        f"{model_file(name)}: {reason}; mend it, or the parameters of configs/models/{name}.yaml"
    )


def _whole(model: type[Algorithm], folds: Folds, params: Mapping[str, Any], seed: int) -> Steps:
    def scores(at: int) -> npt.NDArray[np.float64]:
        train, held_out = folds.train[at], folds.held_out[at]
        problem = folds.problem.of(train)
        fitted = fit(model, folds.x[train], folds.y[train], params, seed, folds.categories, problem)
        return fitted.score(folds.x[held_out])

    yield 0, folds.each(scores)
