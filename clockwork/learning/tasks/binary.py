"""Two classes: a target of 0 and 1."""

import numpy as np
import pandas as pd

from clockwork.learning.data.target import labels
from clockwork.learning.keys import TARGET
from clockwork.learning.tasks.task import MOVE, Codes, Labels, LearningTask, Scores


def average_precision(
    label: Labels,
    score: Scores,
    query: Codes | None = None,  # noqa: ARG001
) -> float:
    """Mean over positive rows of the precision at their score, ties together, as in scikit-learn.

    Two sorts and two searches: scikit-learn's own takes ten times as long, and a second and a half
    to import.
    """
    positive = label == 1
    ours, others = np.sort(score[positive]), np.sort(score[~positive])
    true = len(ours) - np.searchsorted(ours, ours)
    false = len(others) - np.searchsorted(others, ours)
    return float(np.mean(true / (true + false)))


def _one_class(label: Labels) -> bool:
    return not 0 < label.sum() < len(label)


def _lacks(rows: pd.DataFrame) -> str | None:
    label = rows[TARGET].to_numpy()
    if not _one_class(label):
        return None
    return f"rows with {int(label.sum())} positives; both classes are needed there: {MOVE}"


TASK = LearningTask(
    name="binary",
    targets=labels,
    # That there are two classes the contract holds for every cut of the rows.
    fault=lambda _rows, _columns: None,
    lacks=_lacks,
    poor=_one_class,
    poverty="one class only",
    better=average_precision,
)
