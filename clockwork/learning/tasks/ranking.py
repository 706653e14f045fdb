"""Lists of items, each with a relevance of 0 or more; an item that should be first has the most."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from clockwork.learning.keys import QUERY, TARGET
from clockwork.learning.tasks.regression import numbers
from clockwork.learning.tasks.task import MOVE, Codes, Labels, LearningTask, Scores
from clockwork.settings.columns import Columns
from clockwork.support.errors import BadRows

FIRST = 10  # items of a list that count


def relevances(column: pa.ChunkedArray, columns: Columns) -> npt.NDArray[np.float64]:
    """Each row's relevance. Raises `BadInput` where one is missing, negative, infinite, or text."""
    found = numbers(column, columns)
    below = found < 0
    if below.any():
        at = int(below.argmax())
        raise BadRows(
            f"column '{columns.label}': {int(below.sum())} relevances are negative, "
            f"the first ({found[at]:g}) in row {at}; write 0 for an item that is not relevant"
        )
    return found


def _fault(rows: pd.DataFrame, columns: Columns) -> str | None:
    if not (rows[TARGET] > 0).any():
        return f"column '{columns.label}': no relevance is above 0; there is nothing to rank"
    if _alone(rows):
        return (
            f"column '{columns.query}': "
            "every query has one item only, so nothing is ranked; name another `query`"
        )
    return None


def _lacks(rows: pd.DataFrame) -> str | None:
    if _irrelevant(rows[TARGET].to_numpy()):
        return f"rows of which none is relevant; some are needed there: {MOVE}"
    return (
        f"rows of which each is a list by itself; longer ones are needed there: {MOVE}"
        if _alone(rows)
        else None
    )


def _alone(rows: pd.DataFrame) -> bool:
    return bool(rows[QUERY].nunique() == len(rows))


def _irrelevant(label: Labels) -> bool:
    return not (label > 0).any()


def cumulative_gain(label: Labels, score: Scores, query: Codes | None) -> float:
    """The mean over lists of the normalised discounted cumulative gain of the first ten items.

    The gain is 2^relevance - 1. Lists without a relevant item are left out; of equal scores the
    least relevant comes first. Source: Burges et al. (2005), as the gate has it.
    """
    lists = (
        np.zeros(len(label), dtype=np.intp)
        if query is None
        else np.unique(query, return_inverse=True)[1]
    )
    own, best = (_gains(label, order, lists) for order in (score, label))
    return float(np.mean(own[best > 0] / best[best > 0]))


def _gains(label: Labels, score: Scores, lists: Codes) -> Scores:
    order = np.lexsort((label, -score, lists))
    starts = np.flatnonzero(np.diff(lists[order], prepend=-1))
    place = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    gain = np.where(place < FIRST, (np.exp2(label[order]) - 1) / np.log2(place + 2), 0.0)
    return np.bincount(lists[order], weights=gain).astype(np.float64, copy=False)


TASK = LearningTask(
    name="ranking",
    targets=relevances,
    fault=_fault,
    lacks=_lacks,
    poor=_irrelevant,
    poverty="no relevant row",
    better=cumulative_gain,
)
