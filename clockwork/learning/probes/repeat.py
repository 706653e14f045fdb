"""Is the model that ships the one that its inputs give? Train again with the same seed: nothing may differ."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from clockwork.gate.catalogue import CheckId
from clockwork.learning.probes.probe import Probe
from clockwork.project import find_model


def repeat(train: Callable[[Path], None], models: Path, place: Path, seed: int, x: npt.NDArray[np.float32]) -> Probe:
    """Train one seed into `place` by `train`, and compare on the rows `x` with the model below `models`.

    The last part of `models` names the algorithm. A seed that is not pinned, or a model that was kept while its
    inputs changed, gives another one.
    """
    algorithm = models.name
    train(place)
    one, two = (find_model(algorithm).load(folder / str(seed)).score(x) for folder in (models, place))
    gap = float(np.abs(one - two).max()) if one.shape == two.shape else float("inf")
    if gap != 0:
        message = (
            f"seed {seed} on the same inputs gives another model than the one that ships: scores differ by {gap:.2g}"
        )
        return Probe(CheckId.SAME_AGAIN, False, message, algorithm)
    return Probe(
        CheckId.SAME_AGAIN, True, f"seed {seed} on the same inputs gives the model that ships, to the bit", algorithm
    )
