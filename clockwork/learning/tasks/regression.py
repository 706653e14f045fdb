"""A number for each row."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from clockwork.learning.data.target import labelled
from clockwork.learning.keys import TARGET
from clockwork.learning.tasks.task import MOVE, Codes, Labels, LearningTask, Scores
from clockwork.settings.columns import Columns
from clockwork.support.errors import BadRows


def numbers(column: pa.ChunkedArray, columns: Columns) -> npt.NDArray[np.float64]:
    """The number of each row. Raises `BadInput` where one is missing, infinite, or text."""
    name = columns.label
    column = labelled(column, name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        values = _of_texts(pd.Series(column.to_pylist()), name)
    elif pa.types.is_boolean(column.type):
        values = column.cast(pa.int8()).cast(pa.float64()).to_numpy()
    else:
        try:
            values = column.cast(pa.float64(), safe=False).to_numpy()
        except pa.ArrowException:
            raise BadRows(
                f"column '{name}' is {column.type}, not a number; name another `target`"
            ) from None
    spoilt = ~np.isfinite(values)
    if spoilt.any():
        at = int(spoilt.argmax())
        raise BadRows(
            f"column '{name}': "
            f"{int(spoilt.sum())} targets are infinite, the first in row {at}; drop them"
        )
    return np.asarray(values, dtype=np.float64)


def _of_texts(texts: "pd.Series[Any]", name: str) -> npt.NDArray[np.float64]:
    found = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
    odd = np.isnan(found)
    if odd.any():
        at = int(odd.argmax())
        raise BadRows(
            f"column '{name}': {int(odd.sum())} targets are no numbers, the first ('{texts[at]}') "
            f"in row {at}; mend or drop them, or set `task` to multiclass"
        )
    return found


def _fault(rows: pd.DataFrame, columns: Columns) -> str | None:
    if not _constant(rows[TARGET].to_numpy()):
        return None
    return (
        f"column '{columns.label}': every target is {rows[TARGET].iat[0]:g}; "
        "there is nothing to predict"
    )


def _constant(label: Labels) -> bool:
    return len(label) < 2 or bool((label == label[0]).all())


def _lacks(rows: pd.DataFrame) -> str | None:
    lacks = f"rows with one target only; several are needed there: {MOVE}"
    return lacks if _constant(rows[TARGET].to_numpy()) else None


def absolute_error(
    label: Labels,
    score: Scores,
    query: Codes | None = None,  # noqa: ARG001
) -> float:
    """Minus the mean absolute error: higher is better."""
    return -float(np.mean(np.abs(label - score)))


TASK = LearningTask(
    name="regression",
    targets=numbers,
    fault=_fault,
    lacks=_lacks,
    poor=_constant,
    poverty="one target only",
    better=absolute_error,
)
