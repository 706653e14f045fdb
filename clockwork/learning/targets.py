"""Targets of a table with keys: their task, by column, and as learners and metrics take them."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.keys import QUERY, TARGET
from clockwork.learning.tasks.registry import TASKS
from clockwork.learning.tasks.task import LearningTask


def task_of(rows: pd.DataFrame) -> LearningTask:
    """Task of rows with keys: names are classes, fractions numbers or relevances, else 0 or 1."""
    kind = rows[TARGET].dtype
    if isinstance(kind, pd.CategoricalDtype):
        return TASKS["multiclass"]
    if kind.kind != "f":
        return TASKS["binary"]
    return TASKS["ranking" if QUERY in rows else "regression"]


def classes_of(rows: pd.DataFrame) -> tuple[str, ...]:
    """The names of all classes, in their order; none where targets are no classes by name."""
    column = rows[TARGET]
    return (
        tuple(map(str, column.cat.categories))
        if isinstance(column.dtype, pd.CategoricalDtype)
        else ()
    )


def labels_of(rows: pd.DataFrame) -> npt.NDArray[Any]:
    """The targets (rows,) as numbers: those of classes are their places among all classes."""
    column = rows[TARGET]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int32)
    return column.to_numpy()


def queries_of(rows: pd.DataFrame) -> npt.NDArray[np.intp] | None:
    """The number of each row's list (rows,); None where rows are no lists."""
    return pd.factorize(rows[QUERY])[0].astype(np.intp) if QUERY in rows else None
