"""The folds of a search, inside the training rows: no row trains for one of its own entity, or for an earlier one."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.data.split import TRAIN
from pipelines.errors import BadInput
from pipelines.models.base import Folds, Matrix
from pipelines.settings.data import Split

Rows = npt.NDArray[np.intp]


def folds_of(x: Matrix, rows: pd.DataFrame, split: Split) -> Folds:
    """The folds of the training rows `x`, whose keys are those rows of `rows` that train.

    By entity: each fold's entities are held out from training on all others. By time: each block of time but the
    first is held out from training on the rows before it, `embargo` minutes left out between the two.
    """
    train = rows[rows["part"] == TRAIN]
    folds = Folds(x, train["label"].to_numpy(), train["fold"].to_numpy())
    if split.fold_by == "time":
        time = train["time"].to_numpy()
        folds.held_out = folds.held_out[1:]
        folds.train = [before(time, held_out, split.embargo) for held_out in folds.held_out]
    for at in folds.train:
        if not 0 < folds.y[at].sum() < len(at):
            raise BadInput("configs/data.yaml: key 'split.folds': rows before a fold are of one class; use fewer")
    return folds


def before(time: npt.NDArray[np.int64], held_out: Rows, embargo: int) -> Rows:
    """The rows more than `embargo` minutes before the first one that is held out."""
    return np.flatnonzero(time < time[held_out].min() - embargo)
