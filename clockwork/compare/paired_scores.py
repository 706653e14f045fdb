"""What the gate decides from: the evaluation rows, and how each commit's models scored them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.gate.rows import Rows
from clockwork.gate.tasks import binary
from clockwork.gate.tasks.task import Task
from clockwork.learning.keys import TARGET, RowKeys
from clockwork.learning.task_rows import task_rows
from clockwork.support.errors import BadInput

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """The evaluation rows and the scores of both commits.

    The rows are one to a row of `keys` (entity, time, label, slices). `head` and `base` hold for
    each algorithm an array (runs, rows), a run for each seed: of probabilities, of numbers or of
    scores within a query, as the task has it; of several classes (runs, rows, classes).
    """

    keys: pd.DataFrame
    head: dict[str, Floats]
    base: dict[str, Floats]
    task: Task = binary.TASK

    def moved(self) -> list[str]:
        """The algorithms that do not score every row as base does, to the bit."""
        both = [name for name in self.head if name in self.base]
        return [
            name
            for name in both
            if not np.array_equal(self.head[name], self.base[name][: len(self.head[name])])
        ]

    def slices(self) -> dict[str, npt.NDArray[np.bool_]]:
        """Which rows each slice holds, by a name such as `kind camera`.

        A slice that lost all its rows is there, too.
        """
        return {
            f"{column} {value}": (self.keys[column] == value).to_numpy()
            for column in RowKeys(self.keys).slices
            for value in self.keys[column].astype("category").cat.categories
        }

    def rows(self, block: int | None = None) -> Rows:
        """Rows as the gate takes them, resampled by entity, or by entity and `block` of minutes."""
        return task_rows(self.task, self.keys, block)


def read_scores(folder: Path, keys: pd.DataFrame, algorithm: str) -> Floats | None:
    """The scores (runs, rows) of `algorithm` below `folder` for the rows of `keys`.

    Where the target of `keys` is a class they are (runs, rows, classes), in the order of its
    categories; a class that the models do not know has no chance.

    None where `algorithm` has no file. Raises `BadInput` where the file scores other rows than
    these, for then nothing can be compared.
    """
    path = folder / f"{algorithm}.parquet"
    if not path.exists():
        return None
    scored = pd.read_parquet(path)
    if RowKeys(scored).fingerprint() != RowKeys(keys).fingerprint():
        raise BadInput(f"{path}: scores of other rows than the evaluation rows; run `make run`")
    if isinstance(keys[TARGET].dtype, pd.CategoricalDtype):
        return _by_class(scored, list(map(str, keys[TARGET].cat.categories)), path)
    return np.stack([scored[name].to_numpy() for name in scored if str(name).startswith("score_")])


def _by_class(scored: pd.DataFrame, classes: list[str], path: Path) -> Floats:
    runs: dict[str, dict[str, Floats]] = {}
    for name in scored.columns:
        seed, _, label = str(name).removeprefix("score_").partition("_")
        if str(name).startswith("score_"):
            runs.setdefault(seed, {})[label] = scored[name].to_numpy()
    unknown = next((label for one in runs.values() for label in one if label not in classes), None)
    if unknown is not None:
        raise BadInput(
            f"{path}: scores of class '{unknown}', which no row of the data has; run `make run`"
        )
    nothing = np.zeros(len(scored))
    return np.stack(
        [np.stack([one.get(label, nothing) for label in classes], axis=1) for one in runs.values()]
    )
