"""Which rows are kept: one in so many of each entity, whatever minute of the hour it reports at."""

import math

import numpy as np
import numpy.typing as npt


def kept(time: npt.NDArray[np.int64], step: int, every: int) -> npt.NDArray[np.bool_]:
    """Whether each minute is kept: the multiples of `every`, moved by the phase of the entity's own grid.

    An entity's minutes are `step` apart, so all of them leave the same remainder by what `step` and `every` have in
    common. That remainder is the phase; it can be read off any single row, so a history that is cut keeps the same.
    """
    mask: npt.NDArray[np.bool_] = time % every == time % math.gcd(step, every)
    return mask
