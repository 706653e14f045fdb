"""Columns as the gate takes them: the rows, the runs, the slices, and the task that fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.commands.files.options import Options
from clockwork.commands.files.read import ANSWERS, Columns, refuse_missing
from clockwork.gate.registry import TASKS
from clockwork.gate.rows import Bools, Rows
from clockwork.gate.tasks.task import Task
from clockwork.learning.task_rows import as_rows
from clockwork.learning.tasks.multiclass import MOST as MOST_CLASSES
from clockwork.learning.tasks.multiclass import natural
from clockwork.support.errors import BadInput

Floats = npt.NDArray[np.float64]
POSITIVE = ("1", "1.0", "true", "yes", "y", "positive")
MOST_SLICES = 12


@dataclass(frozen=True)
class Encoded:
    """The evaluation rows, and the task they are for; `names` are those of the clusters (rows,).

    `positive` is the value that counts as positive, where the task is binary.
    """

    task: Task
    rows: Rows
    names: npt.NDArray[Any] | None
    positive: str = ""


def find_task(table: pd.DataFrame, columns: Columns, options: Options, path: Path) -> Task:
    """The task by the options, else by the target's looks. Raises `BadInput` for an unknown one."""
    if options.task is not None:
        if options.task not in TASKS:
            raise BadInput(f"--task {options.task}: there is no such task, only {', '.join(TASKS)}")
        return TASKS[options.task]
    if columns.target is None:
        return TASKS[ANSWERS]
    target = table[columns.target].dropna()
    if target.nunique() < 2:
        raise BadInput(
            f"{path}: column '{columns.target}' has one value only; there is nothing to compare by"
        )
    if columns.query is not None:
        return TASKS["ranking"]
    if target.nunique() == 2:
        return TASKS["binary"]
    if columns.classes:
        return TASKS["multiclass"]
    if not pd.api.types.is_numeric_dtype(target):
        return TASKS["multiclass"]
    return TASKS["regression"]


def encode(
    table: pd.DataFrame, columns: Columns, task: Task, options: Options, path: Path
) -> Encoded:
    """The rows of `table` for `task`. Raises `BadInput` for targets that the task cannot have."""
    scored = columns.target is None or task.name == ANSWERS
    target = pd.Series(0.0, index=table.index) if scored else table[columns.target]
    if not scored and task.name != "ranking":
        refuse_missing(path, table, [str(columns.target)])
    positive = _positive(target, columns, options, path) if task.name == "binary" else ""
    label = _label(target, columns, task, positive, path)
    names = None if columns.cluster is None else table[columns.cluster].astype(str).to_numpy()
    entity = np.arange(len(table)) if names is None else pd.factorize(names)[0].astype(np.intp)
    if task.name == "ranking" and columns.query is None:
        raise BadInput(
            f"{path}: "
            "a ranking needs a column that says which rows are one list; name it with --query"
        )
    query = None if columns.query is None else table[columns.query]
    minutes = _minutes(path, table, columns, options)
    return Encoded(task, as_rows(task, entity, label, query, minutes), names, positive)


def _minutes(
    path: Path, table: pd.DataFrame, columns: Columns, options: Options
) -> npt.NDArray[np.int64] | None:
    if columns.time is None:
        return None
    timed = pd.api.types.is_integer_dtype(table[columns.time])
    if timed or options.time:
        refuse_missing(path, table, [columns.time])
    return table[columns.time].to_numpy(dtype=np.int64) if timed else None


def _label(target: pd.Series, columns: Columns, task: Task, positive: str, path: Path) -> pd.Series:
    if task.name == "binary":
        return pd.Series((target.astype(str) == positive).to_numpy().astype(np.int8))
    if task.name == "multiclass":
        classes = columns.classes or tuple(sorted(target.astype(str).unique(), key=natural))
        if len(classes) > MOST_CLASSES:
            raise BadInput(
                f"{path}: column '{columns.target}' has {len(classes)} classes; "
                "is it a regression? --task"
            )
        return pd.Series(pd.Categorical(target.astype(str), categories=classes))
    return pd.Series(_numbers(target, str(columns.target), path))


def _positive(target: pd.Series, columns: Columns, options: Options, path: Path) -> str:
    name, values = columns.target, sorted(map(str, target.unique()))
    if len(values) > 2:
        raise BadInput(
            f"{path}: column '{name}' has {len(values)} values, not two; is it another --task?"
        )
    if options.positive and options.positive in values:
        return options.positive
    likely = [one for one in values if one.lower() in POSITIVE]
    numbers = pd.to_numeric(pd.Series(values), errors="coerce")  # of 1 and 2 either may be meant
    if options.positive or len(likely) != 1 or (numbers > 1).any():
        raise BadInput(
            f"{path}: "
            f"which value of '{name}' is the positive one, {' or '.join(values)}? --positive"
        )
    return likely[0]


def _numbers(values: pd.Series, name: str, path: Path) -> Floats:
    found = pd.to_numeric(values, errors="coerce")
    odd = (found.isna() & values.notna()).to_numpy()
    if odd.any():
        row = int(odd.argmax())
        raise BadInput(
            f"{path}: column '{name}' is '{values.iloc[row]}' in row {row}, not a number"
        )
    return found.to_numpy(dtype=np.float64, na_value=np.nan)


def runs_of(table: pd.DataFrame, columns: Columns, encoded: Encoded, path: Path) -> Floats:
    """Predictions (runs, rows), or (runs, rows, classes); named classes are sure of themselves."""
    found = []
    for _, names in columns.runs:
        if encoded.task.name == "multiclass" and len(names) == 1:
            found.append(_named(table[names[0]], names[0], encoded, path))
        else:
            found.append(_run(table, names, columns.classes, encoded, path))
    return np.stack(found)


def _run(
    table: pd.DataFrame, names: Sequence[str], classes: Sequence[str], encoded: Encoded, path: Path
) -> Floats:
    parts = [_numbers(table[name], name, path) for name in names]
    if encoded.task.name == "multiclass":
        return np.stack(parts, axis=1)
    return parts[classes.index(encoded.positive) if classes else 0]


def _named(named: pd.Series, name: str, encoded: Encoded, path: Path) -> Floats:
    code = pd.Categorical(named.astype(str), categories=encoded.rows.classes).codes.astype(np.intp)
    if (code < 0).any():
        row = int((code < 0).argmax())
        raise BadInput(
            f"{path}: column '{name}' is '{named.iloc[row]}' in row {row}, "
            "which is none of the classes"
        )
    return np.eye(len(encoded.rows.classes))[code]


def slices_of(table: pd.DataFrame, columns: Columns, path: Path) -> dict[str, Bools]:
    """Each slice's rows, by a name such as `kind camera`.

    Raises `BadInput` for too many slices, or two of one name.
    """
    found: dict[str, Bools] = {}
    for name in columns.slices:
        named = table[name].astype(str)
        for value in sorted(named[table[name].notna()].unique(), key=natural):
            shown = f"{name.removeprefix('slice_')} {value}"
            if shown in found:
                raise BadInput(f"{path}: two slices are called '{shown}'; rename column '{name}'")
            found[shown] = (named == value).to_numpy()
    if len(found) > MOST_SLICES:
        raise BadInput(
            f"{path}: the slices have {len(found)} values; "
            f"the gate takes {MOST_SLICES}: name fewer with --slices"
        )
    return found
