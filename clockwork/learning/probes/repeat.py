"""Is the model that ships the one that its inputs give?

Train again with the same seed: nothing may differ.

A matrix product has other last bits on another kind of processor, and a model may come from a cache
that was filled on one. Such a model is not suspicious where training here gives the same bits each
time.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from clockwork.gate.catalogue import CheckId
from clockwork.learning.probes.probe import Probe
from clockwork.project import find_model

LAST_BITS = 1e-9  # of scores: products of doubles differ by some 1e-15, another seed by 1e-3
ANOTHER_PROCESSOR = (
    "it was trained on another kind of processor, and here training gives the same bits each time"
)


def repeat(
    train: Callable[[Path], None], models: Path, place: Path, seed: int, x: npt.NDArray[np.float32]
) -> Probe:
    """Train one seed into `place` by `train`; compare on rows `x` with the model below `models`.

    The last part of `models` names the algorithm. A seed that is not pinned, or a model that was
    kept while its inputs changed, gives another one.
    """
    algorithm = models.name

    def scores(folder: Path) -> npt.NDArray[np.float64]:
        return np.asarray(find_model(algorithm).load(folder / str(seed)).score(x), dtype=np.float64)

    train(place)
    ships, again = scores(models), scores(place)
    gap = score_gap(ships, again)
    if 0 < gap <= LAST_BITS:
        train(place)
        if np.array_equal(again, scores(place)):
            message = (
                f"seed {seed} on the same inputs gives the model that ships, "
                f"but for last bits ({gap:.1g}): "
            )
            return Probe(CheckId.SAME_AGAIN, True, message + ANOTHER_PROCESSOR, algorithm)
    if gap != 0:
        message = (
            f"seed {seed} on the same inputs gives another model than the one that ships: "
            f"scores differ by {gap:.2g}"
        )
        return Probe(CheckId.SAME_AGAIN, False, message, algorithm)
    return Probe(
        CheckId.SAME_AGAIN,
        True,
        f"seed {seed} on the same inputs gives the model that ships, to the bit",
        algorithm,
    )


def score_gap(one: npt.NDArray[np.float64], two: npt.NDArray[np.float64]) -> float:
    """The largest difference of two models' scores, of scores above 1 as a share of them.

    Infinite where they are of other shapes or not numbers.
    """
    if one.shape != two.shape:
        return float("inf")
    return float(
        np.nan_to_num(np.abs(one - two) / np.maximum(1.0, np.abs(one)), nan=np.inf).max(initial=0.0)
    )
