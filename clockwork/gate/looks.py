"""Several looks at growing evidence: the error rate each may spend, so that all keep to one."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

STEPS, FAR = 2001, 9.0


@lru_cache
def nominal(alpha: float, looks: int) -> float:
    """The one-sided level of each of `looks` looks that spends `alpha` in all.

    Source: Pocock (1977), Group sequential methods in the design and analysis of clinical trials,
    with equal steps of evidence. Looks here share the evaluation rows, so they agree more than his,
    and less is spent.
    """
    if looks == 1:
        return alpha
    from scipy.optimize import brentq  # half a second, for those alone who look twice

    bound = brentq(
        lambda at: spent(at, looks) - alpha, -ndtri(alpha), -ndtri(alpha / looks), xtol=1e-10
    )
    return float(ndtr(-bound))


def spent(bound: float, looks: int) -> float:
    """The chance that a sum of `looks` standard normal steps is ever above `bound`.

    `bound` is in standard deviations of the sum. By the recursive integration of Armitage,
    McPherson and Rowe (1969), on a grid.
    """
    grid = np.linspace(-FAR, bound, STEPS)
    density = _density(grid)
    crossed = float(ndtr(-bound))
    for look in range(2, looks + 1):
        limit = bound * np.sqrt(look)
        crossed += float(np.trapezoid(density * ndtr(grid - limit), grid))
        further = np.linspace(-FAR * np.sqrt(look), limit, STEPS)
        if look < looks:
            density = np.asarray(
                np.trapezoid(density * _density(further[:, None] - grid), grid, axis=1)
            )
        grid = further
    return crossed


def _density(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(np.exp(-np.square(at) / 2) / np.sqrt(2 * np.pi))
