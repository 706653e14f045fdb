"""What a learner is given of rows beside features and labels."""

import pandas as pd

from clockwork.learning.targets import classes_of, queries_of, task_of
from clockwork.model import Problem


def problem_of(rows: pd.DataFrame) -> Problem:
    """The task of these rows, the names of the classes, and which rows are one list."""
    task = task_of(rows).name
    return Problem(task, classes_of(rows), queries_of(rows) if task == "ranking" else None)
