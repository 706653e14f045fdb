"""What scores are called in a table: a column for each model, or one for each of its classes."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.targets import classes_of

PREFIX = "score_"
NAMED = re.compile(rf"{PREFIX}(-?\d+)(?:_.*)?", re.DOTALL)
Floats = npt.NDArray[np.float64]


def score_columns(seed: int | str, classes: Sequence[str] = ()) -> list[str]:
    """The columns of one model: `score_<seed>`, or `score_<seed>_<class>` for each of `classes`."""
    return [f"{PREFIX}{seed}_{name}" for name in classes] or [f"{PREFIX}{seed}"]


def seeds_of(scored: pd.DataFrame) -> dict[str, list[str]]:
    """The columns of each model by its seed, in the order of the table."""
    found: dict[str, list[str]] = {}
    for name in map(str, scored.columns):
        if one := NAMED.fullmatch(name):
            found.setdefault(one[1], []).append(name)
    return found


def with_scores(
    keys: pd.DataFrame, scores: dict[int, Floats], classes: Sequence[str]
) -> pd.DataFrame:
    """`keys` with the scores of each seed, (rows,) or (rows, classes)."""
    columns: dict[str, Floats] = {}
    for seed, found in scores.items():
        names = score_columns(seed, classes)
        columns |= dict(zip(names, found.reshape(len(keys), len(names)).T, strict=True))
    return keys.assign(**columns)


def runs_of(scored: pd.DataFrame) -> list[Floats]:
    """The scores of each model, (rows,) or (rows, classes)."""
    several = bool(classes_of(scored))
    found = [scored[names].to_numpy(dtype=np.float64) for names in seeds_of(scored).values()]
    return found if several else [one[:, 0] for one in found]
