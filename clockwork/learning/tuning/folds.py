"""A search's folds in the training rows: by entity, time, or both as evaluation rows are apart."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.data.draws import times_of
from clockwork.learning.data.split import TRAIN
from clockwork.learning.problem import problem_of
from clockwork.learning.targets import labels_of, task_of
from clockwork.model import Folds, Matrix
from clockwork.settings.data import Split
from clockwork.support.errors import BadInput

Rows = npt.NDArray[np.intp]


def folds_of(
    x: Matrix, rows: pd.DataFrame, split: Split, threads: int = 1, categories: Sequence[int] = ()
) -> Folds:
    """The folds of the training rows `x`, whose keys are those rows of `rows` that train.

    By entity: each fold's entities are held out from training on all others. By time: each block of
    time but the first is held out from training on the rows before it, `embargo` minutes left out
    between the two. By both: the later half of each fold's entities is held out from training on
    the earlier half of all others, as the evaluation rows are from the training rows.
    """
    train = rows[rows["part"] == TRAIN]
    folds = Folds(
        x, labels_of(train), train["fold"].to_numpy(), threads, categories, problem_of(train)
    )
    time, task = times_of(train), task_of(train)
    if split.fold_by == "time":
        folds.held_out = folds.held_out[1:]
        folds.train = [before(time, held_out, split.embargo) for held_out in folds.held_out]
    elif split.fold_by == "both":
        half = (time.min() + time.max()) / 2
        folds.held_out = [own[time[own] > half] for own in folds.held_out]
        folds.train = [others[time[others] <= half - split.embargo] for others in folds.train]
    for at in [*folds.train, *folds.held_out]:
        if task.poor(folds.y[at]):
            raise BadInput(
                f"configs/data.yaml: key 'split.folds': a fold has {task.poverty}, "
                "to train or to be held out; use fewer, a shorter embargo or another fold_by"
            )
    return folds


def before(time: npt.NDArray[np.int64], held_out: Rows, embargo: int) -> Rows:
    """The rows more than `embargo` minutes before the first one that is held out."""
    return np.flatnonzero(time < time[held_out].min() - embargo)
