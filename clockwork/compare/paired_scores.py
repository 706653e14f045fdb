"""What the gate decides from: the evaluation rows, and how each commit's models scored them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.gate.metrics import Rows
from clockwork.learning.keys import TARGET, RowKeys
from clockwork.support.errors import BadInput

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """The evaluation rows, one to a row of `keys` (entity, time, label, slices), and the scores of both commits.

    `head` and `base` hold for each algorithm an array (runs, rows) of probabilities, a run for each seed.
    """

    keys: pd.DataFrame
    head: dict[str, Floats]
    base: dict[str, Floats]

    def moved(self) -> list[str]:
        """The algorithms that do not score every row as base does, to the bit."""
        both = [name for name in self.head if name in self.base]
        return [name for name in both if not np.array_equal(self.head[name], self.base[name][: len(self.head[name])])]

    def slices(self) -> dict[str, npt.NDArray[np.bool_]]:
        """Which rows each slice holds, by a name such as `kind camera`; also those that lost all their rows."""
        return {
            f"{column} {value}": (self.keys[column] == value).to_numpy()
            for column in RowKeys(self.keys).slices
            for value in self.keys[column].astype("category").cat.categories
        }

    def rows(self, block: int | None = None) -> Rows:
        """The rows as the gate takes them, resampled by entity, or by entity and `block` of minutes."""
        keys = RowKeys(self.keys)
        code = keys.clusters(block)
        return Rows(code, self.keys[TARGET].to_numpy(), int(code.max()) + 1 if len(code) else 0, keys.times)


def fingerprint(keys: pd.DataFrame) -> str:
    """SHA-256 of the evaluation rows: which entities, when, with which labels."""
    return RowKeys(keys).fingerprint()


def read_scores(folder: Path, keys: pd.DataFrame, algorithm: str) -> Floats | None:
    """The scores (runs, rows) of `algorithm` below `folder` for the rows of `keys`; None where it has no file.

    Raises `BadInput` where the file scores other rows than these, for then nothing can be compared.
    """
    path = folder / f"{algorithm}.parquet"
    if not path.exists():
        return None
    scored = pd.read_parquet(path)
    if fingerprint(scored) != fingerprint(keys):
        raise BadInput(f"{path}: scores of other rows than the judging ones; run `make run`")
    return np.stack([scored[name].to_numpy() for name in scored if str(name).startswith("score_")])
