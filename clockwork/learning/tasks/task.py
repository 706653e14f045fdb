"""A task to whoever learns: targets, what they must hold, and what makes predictions better."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from clockwork.settings.columns import Columns

# Of its own, for stages before the search know nothing of models.
Labels = npt.NDArray[Any]
Scores = npt.NDArray[np.float64]
Targets = npt.NDArray[Any] | pd.Categorical
Codes = npt.NDArray[np.intp]
MOVE = "move train_share_of_time or train_share_of_entities"


@dataclass(frozen=True)
class LearningTask:
    """A kind of target.

    `targets` makes the column of targets of a raw one, and raises `BadInput` for one that the task
    cannot have. `fault(rows, columns)` says what is wrong with all rows together, None where
    nothing is: `rows` are as the reader gives them. `lacks(rows)` says what rows that train or
    evaluate lack and what to do, None where nothing. `poor` says whether labels are too few or too
    alike to train a fold or to score one; `poverty` is what that is called. `better(labels, scores,
    query)` is what a search makes greater: the task's primary metric, turned where lower is better;
    `query` (codes) for a ranking alone.
    """

    name: str
    targets: Callable[[pa.ChunkedArray, Columns], Targets]
    fault: Callable[[pd.DataFrame, Columns], str | None]
    lacks: Callable[[pd.DataFrame], str | None]
    poor: Callable[[Labels], bool]
    poverty: str
    better: Callable[[Labels, Scores, Codes | None], float]
