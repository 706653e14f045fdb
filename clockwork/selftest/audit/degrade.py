"""Scores made worse by a known amount, to see from which loss on the gate sees it."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, logit

from clockwork.gate.metrics import Metric, Rows, Scored

Floats = npt.NDArray[np.float64]
Worse = Callable[[Floats, float], Floats]
EDGE = 1e-12
STRONGEST = 12.0
FEW = 4  # runs on which the strength is found


def noisy(seed: int) -> Worse:
    """The same noise on every run's log odds, row by row: a model that has lost information everywhere."""

    def worse(runs: Floats, strength: float) -> Floats:
        noise = np.random.default_rng(seed).normal(size=runs.shape[1])
        return np.asarray(expit(_odds(runs) + strength * noise))

    return worse


def blind(entity: npt.NDArray[np.intp], seed: int) -> Worse:
    """Log odds lowered on a third of the entities: a model that no longer recognizes some."""

    def worse(runs: Floats, strength: float) -> Floats:
        lost = np.random.default_rng(seed).random(int(entity.max()) + 1) < 1 / 3
        return np.asarray(expit(_odds(runs) - strength * lost[entity]))

    return worse


def _odds(runs: Floats) -> Floats:
    return np.asarray(logit(np.clip(runs, EDGE, 1 - EDGE)))


def to_loss(worse: Worse, runs: Floats, rows: Rows, metric: Metric, loss: float) -> Floats:
    """`runs` made worse by `worse` until `metric` has lost the share `loss` of its value, in the mean over runs.

    Raises `ValueError` where the strongest change does not lose as much.
    """
    some = runs[:FEW]

    def value(given: Floats) -> float:
        return float(np.mean([metric.value(Scored(rows, run)) for run in given]))

    whole = value(some)

    def missing(strength: float) -> float:
        return metric.sign * (whole - value(worse(some, strength))) / abs(whole) - loss

    return worse(runs, brentq(missing, 0.0, STRONGEST, rtol=1e-3, xtol=1e-3))
