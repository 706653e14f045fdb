"""How far scores can be read as chances: logarithmic loss, Brier score and calibration error, by row."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int8]
CLIP = 1e-15
BINS = 15


def log_loss(label: Labels, scores: Floats) -> Floats:
    """The logarithmic loss (rows,) of each score, in nats; scores of 0 and 1 are moved inwards by `CLIP`."""
    chance = np.clip(scores, CLIP, 1 - CLIP)
    return np.asarray(-np.where(label == 1, np.log(chance), np.log1p(-chance)), dtype=np.float64)


def squared_error(label: Labels, scores: Floats) -> Floats:
    """The squared error (rows,) of each score; its mean is the score of Brier (1950)."""
    return np.square(scores - label)


def calibration_error(
    entity: npt.NDArray[np.intp], label: Labels, scores: Floats, entities: int, weights: Floats
) -> Floats:
    """The expected calibration error for each resample: |positives - sum of scores| over the bins, per row.

    `BINS` bins of equal width, closed on the left. Source: Naeini, Cooper and Hauskrecht (2015).
    """
    box = np.clip((scores * BINS).astype(np.intp), 0, BINS - 1)
    excess = np.bincount(entity * BINS + box, weights=scores - label, minlength=entities * BINS)
    counts = np.bincount(entity, minlength=entities).astype(np.float64)
    return divide(np.abs(weights @ excess.reshape(entities, BINS)).sum(axis=1), weights @ counts)


def divide(above: Floats, below: Floats) -> Floats:
    """The ratio, NaN where there is nothing below."""
    out = np.full(len(above), np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out
