"""How far scores read as chances: logarithmic loss, Brier score and calibration error, by row."""

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int8]
CLIP = 1e-15
BINS, SPARSE = 15, 4


def log_loss(label: Labels, scores: Floats) -> Floats:
    """The logarithmic loss (rows,) of each score, in nats; 0 and 1 are moved inwards by `CLIP`."""
    chance = np.clip(scores, CLIP, 1 - CLIP)
    return np.asarray(-np.where(label == 1, np.log(chance), np.log1p(-chance)), dtype=np.float64)


def squared_error(label: Labels, scores: Floats) -> Floats:
    """The squared error (rows,) of each score; its mean is the score of Brier (1950)."""
    return np.square(scores - label)


def calibration_gaps(
    entity: npt.NDArray[np.intp], label: Labels, scores: Floats, entities: int
) -> Floats | sparse.csr_array:
    """What each entity's scores are above its positives (entities, `BINS`), by bins of equal width.

    Bins are closed on the left. Sparse where most of it would be zero: where entities have few
    rows.
    """
    box = np.clip((scores * BINS).astype(np.intp), 0, BINS - 1)
    shape = (entities, BINS)
    if SPARSE * len(label) < entities * BINS:
        return sparse.csr_array((scores - label, (entity, box)), shape=shape)
    gaps = np.bincount(entity * BINS + box, weights=scores - label, minlength=entities * BINS)
    return np.asarray(gaps.reshape(shape), dtype=np.float64)


def divide(above: Floats, below: Floats) -> Floats:
    """The ratio, NaN where there is nothing below."""
    out = np.full(len(above), np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out
