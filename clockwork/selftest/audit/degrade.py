"""Scores made worse by a known amount, to see from which loss on the gate sees it."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, logit, softmax

from clockwork.gate.metrics import Metric, Rows, Scored
from clockwork.gate.tasks.task import Task

Floats = npt.NDArray[np.float64]
Worse = Callable[[Floats, float], Floats]
EDGE = 1e-12
STRONGEST = 12.0
FEW = 4  # runs on which the strength is found


def noisy(seed: int) -> Worse:
    """The same noise on every run's log odds, by row: a model that lost information everywhere."""

    def worse(runs: Floats, strength: float) -> Floats:
        noise = np.random.default_rng(seed).normal(size=runs.shape[1])
        return np.asarray(expit(_odds(runs) + strength * noise))

    return worse


def blind(entity: npt.NDArray[np.intp], seed: int) -> Worse:
    """Log odds lowered on a third of the entities: a model that no longer recognizes some."""

    def worse(runs: Floats, strength: float) -> Floats:
        return np.asarray(expit(_odds(runs) - strength * _lost(entity, seed)))

    return worse


def _lost(entity: npt.NDArray[np.intp], seed: int) -> npt.NDArray[np.bool_]:
    return np.asarray((np.random.default_rng(seed).random(int(entity.max()) + 1) < 1 / 3)[entity])


def blurred(seed: int, where: npt.NDArray[np.bool_] | None = None) -> Worse:
    """The same noise on every run, in its own spreads, or on its log chances (runs, rows, classes).

    On all rows, or on those that `where` marks alone (rows,).
    """

    def worse(runs: Floats, strength: float) -> Floats:
        noise = strength * np.random.default_rng(seed).normal(size=runs.shape[1:])
        if where is not None:
            noise[~where] = 0.0
        if runs.ndim == 2:
            return np.asarray(runs + noise * runs.std(axis=1, keepdims=True))
        return np.asarray(softmax(np.log(np.clip(runs, EDGE, None)) + noise, axis=2))

    return worse


def losses(task: Task, entity: npt.NDArray[np.intp], seed: int) -> dict[str, Worse]:
    """The ways a task's predictions lose information, by name: everywhere, or on some entities."""
    if task.alerts:
        return {"noise": noisy(seed), "blindness": blind(entity, seed)}
    return {"noise": blurred(seed), "blindness": blurred(seed, _lost(entity, seed))}


def _odds(runs: Floats) -> Floats:
    return np.asarray(logit(np.clip(runs, EDGE, 1 - EDGE)))


def to_loss(worse: Worse, runs: Floats, rows: Rows, metric: Metric, loss: float) -> Floats:
    """`runs` made worse by `worse` until `metric` has lost the share `loss` of its value.

    The loss is that in the mean over runs. Raises `ValueError` where the strongest change does not
    lose as much.
    """
    some = runs[:FEW]

    def value(given: Floats) -> float:
        return float(np.mean([metric.value(Scored(rows, run)) for run in given]))

    whole = value(some)

    def missing(strength: float) -> float:
        return metric.sign * (whole - value(worse(some, strength))) / abs(whole) - loss

    return worse(runs, brentq(missing, 0.0, STRONGEST, rtol=1e-3, xtol=1e-3))
