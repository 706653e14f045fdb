"""Compiled trees in place of LightGBM's predict: taken where they give its scores to the bit."""

from pathlib import Path

import numpy as np

from clockwork.fleet.trees import Trees
from clockwork.learning.data.split import JUDGE
from clockwork.learning.tables import read_keys, read_matrix
from clockwork.learning.ticks.cells import Floats
from clockwork.learning.ticks.state import Score
from clockwork.support.compiled import LIBRARY, installed
from clockwork.support.errors import printable
from clockwork.support.paths import FEATURES, SPLIT

# Evaluation rows of the trial; share of values that are missing in the second half of it.
MOST, HOLES = 50_000, 0.1


def quickest(own: Score, folder: Path, root: Path, features: list[str]) -> tuple[Score, str]:
    """What scores as `own` does, and a line about it, empty where nothing is compiled.

    Taken are the trees of the model's file in `folder`, if they give the evaluation rows of the
    checkout at `root`, as they are and with missing values, the scores of `own`.
    """
    if not installed():
        return own, ""
    try:
        quick = Trees.read(next(path for path in sorted(folder.rglob("*")) if path.is_file())).score
        rows = _evaluation_rows(root, features)
        differ = int((quick(rows) != own(rows)).sum())
        why = f"{differ} of {len(rows)} scores differ"
    except Exception as error:  # noqa: BLE001
        # Whatever it does not read or hold, the model's own predict does.
        differ, why = 1, printable(" ".join(str(error).split()))
    if differ:
        return (
            own,
            f"scores are of the model's own predict, not of trees compiled by {LIBRARY}: {why}",
        )
    return (
        quick,
        f"scores are of trees compiled by {LIBRARY}, "
        f"equal to the model's own predict on {len(rows)} rows",
    )


def _evaluation_rows(root: Path, features: list[str]) -> Floats:
    evaluates = (read_keys(root / SPLIT)["part"] == JUDGE).to_numpy()
    keep = evaluates & (np.cumsum(evaluates) <= MOST)
    x, names = read_matrix(root / FEATURES, keep)
    if names != features or not len(x):
        raise ValueError(
            f"{root / FEATURES} has no evaluation rows with the model's features to try it on"
        )
    holes = x.copy()
    holes[np.random.default_rng(4).random(x.shape) < HOLES] = np.nan
    return np.concatenate([x, holes])
