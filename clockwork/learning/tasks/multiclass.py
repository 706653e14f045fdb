"""Several classes: a target of names, whose categories are all classes in their natural order."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clockwork.learning.data.target import labelled
from clockwork.learning.keys import TARGET
from clockwork.learning.tasks.task import MOVE, Codes, Labels, LearningTask, Scores
from clockwork.settings.columns import Columns
from clockwork.support.errors import BadRows

MOST = 200  # classes: more are numbers, or names
CLIP = 1e-15
FEWEST = 2  # rows of a class: one on either side of the split


def natural(name: str) -> tuple[int, float, str]:
    """Numbers in their order, and then names in theirs."""
    try:
        return 0, float(name), name
    except ValueError:
        return 1, 0.0, name


def classes(column: pa.ChunkedArray, columns: Columns) -> pd.Categorical:
    """Each row's class by name. Raises `BadInput` where one is missing or there are too many."""
    column = labelled(column, columns.label)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        if pa.types.is_floating(column.type) and pc.all(pc.equal(column, pc.floor(column))).as_py():
            # Whole numbers that were fractions because of a missing one.
            column = column.cast(pa.int64())
        coded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    except pa.ArrowException:
        raise BadRows(
            f"column '{columns.label}' is {column.type}, and names no class"
            f"{' with such numbers' * pa.types.is_floating(column.type)}; convert it to text"
        ) from None
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    names = coded.dictionary.to_pylist()
    if len(names) > MOST:
        raise BadRows(
            f"column '{columns.label}': {len(names):,} classes, the first '{names[0]}'; "
            "join some, or set `task` to regression where they are numbers"
        )
    found = pd.Categorical.from_codes(coded.indices.to_numpy(), pd.Index(names, dtype=object))
    return found.reorder_categories(sorted(names, key=natural))


def _fault(rows: pd.DataFrame, columns: Columns) -> str | None:
    counts = rows[TARGET].value_counts()
    few = counts[(counts > 0) & (counts < FEWEST)]
    if not len(few):
        return None
    name = few.index[0]
    at = rows.index[rows[TARGET] == name].min()
    others = f", and so have {len(few) - 1} more classes" if len(few) > 1 else ""
    return (
        f"column '{columns.label}': class '{name}' has one row only (row {at}){others}; "
        "a class is needed on both sides of the split: drop it or join it to another"
    )


def _lacks(rows: pd.DataFrame) -> str | None:
    counts = rows[TARGET].value_counts()
    lost = [str(name) for name in rows[TARGET].cat.categories if not counts.get(name, 0)]
    if not lost:
        return None
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    return (
        f"rows with none of class '{lost[0]}'{more}; "
        f"every class is needed there: join it to another, or {MOVE}"
    )


def log_loss(label: Labels, score: Scores, query: Codes | None = None) -> float:  # noqa: ARG001
    """Minus the mean logarithmic loss of chances (rows, classes), in nats: higher is better."""
    true: npt.NDArray[Any] = np.take_along_axis(score, label[:, None].astype(np.intp), axis=1)[:, 0]
    return float(np.mean(np.log(np.clip(true / score.sum(axis=1), CLIP, 1.0))))


TASK = LearningTask(
    name="multiclass",
    targets=classes,
    fault=_fault,
    lacks=_lacks,
    poor=lambda label: len(np.unique(label)) < 2,
    poverty="one class only",
    better=log_loss,
)
