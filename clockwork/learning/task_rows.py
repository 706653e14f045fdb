"""The pipeline's key tables as the gate takes them: the task's clusters, targets and lists."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.gate.rows import Rows
from clockwork.gate.tasks.task import Task
from clockwork.learning.keys import QUERY, TARGET, RowKeys

Codes = npt.NDArray[np.intp]


def task_rows(task: Task, table: pd.DataFrame, block: int | None = None) -> Rows:
    """Rows of a table of keys, resampled by its clusters, or by entity and `block` of minutes."""
    keys = RowKeys(table)
    return as_rows(task, keys.clusters(block), table[TARGET], table.get(QUERY), keys.times)


def as_rows(
    task: Task,
    cluster: Codes,
    target: pd.Series,
    query: pd.Series | None = None,
    time: npt.NDArray[np.int64] | None = None,
) -> Rows:
    """Rows for `task` by the cluster (rows,) that each is of.

    A `target` of classes is categorical; others are numbers. Only a task with alerts looks at
    `time`, in minutes.
    """
    classes: tuple[str, ...] = ()
    label: npt.NDArray[np.generic] = target.to_numpy()
    if isinstance(target.dtype, pd.CategoricalDtype):
        classes, label = (
            tuple(map(str, target.cat.categories)),
            target.cat.codes.to_numpy().astype(np.intp),
        )
    return Rows(
        entity=cluster,
        label=label,
        entities=int(cluster.max()) + 1 if len(cluster) else 0,
        time=time if task.alerts else None,
        query=None if query is None else pd.factorize(query)[0].astype(np.intp),
        classes=classes,
        every=not task.positives,
    )
