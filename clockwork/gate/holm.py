"""Several tests: p-values adjusted to keep the chance of any false alarm at the level asked for."""

import numpy as np
import numpy.typing as npt


def holm(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Adjusted p-values (tests,) in the order given; at most 0.05 is an alarm at a family-wise 5 %.

    The smallest of n is multiplied by n, the next by n - 1, and so on; none falls below one before
    it, nor exceeds 1. Raises `ValueError` where a value is no probability: what is missing cannot
    be adjusted. Source: Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    raw = np.asarray(p_values, dtype=np.float64)
    if raw.ndim != 1:
        raise ValueError(f"p-values come in one row, not in {raw.ndim} dimensions")
    if not ((raw >= 0) & (raw <= 1)).all():
        raise ValueError(f"not all of {raw.tolist()} are probabilities")
    order = np.argsort(raw, kind="stable")
    steps = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1))
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(steps, 1)
    return adjusted
