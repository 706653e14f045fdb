"""From raw anomaly score to probability. Source: Platt, Probabilistic outputs for SVMs (1999)."""

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]


def fit_sigmoid(raw: Floats, y: npt.NDArray[np.int8]) -> Floats:
    """Slope, intercept, centre and spread of the sigmoid that fits `y`.

    It is expit(slope * (raw - centre) / spread + intercept).
    """
    from scipy.optimize import minimize  # a third of a second, for training only

    centre, spread = float(np.mean(raw)), float(np.std(raw)) or 1.0
    scaled = (raw - centre) / spread
    rate = float(np.mean(y))

    def loss(at: Floats) -> tuple[float, Floats]:
        z = at[0] * scaled + at[1]
        gap = expit(z) - y
        return float(np.mean(np.logaddexp(0, z) - y * z)), np.array(
            [np.mean(gap * scaled), np.mean(gap)]
        )

    best = minimize(loss, x0=[1.0, np.log(rate / (1 - rate))], jac=True, method="L-BFGS-B").x
    return np.array([best[0], best[1], centre, spread])


def apply_sigmoid(raw: Floats, fitted: Floats) -> Floats:
    """Probabilities in (0, 1) for raw scores, by what `fit_sigmoid` found."""
    slope, intercept, centre, spread = fitted
    return np.asarray(expit(slope * (raw - centre) / spread + intercept), dtype=np.float64)
