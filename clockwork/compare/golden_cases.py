"""Golden cases of numbers and classes.

They are rows whose target a model must go on meeting, each within its own tolerance.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field

from clockwork.gate.tasks.task import Task
from clockwork.learning.keys import ENTITY, TARGET, TIME, RowKeys
from clockwork.settings.strict import Strict

Floats = npt.NDArray[np.float64]
CASES = 10
ROOM = 3.0  # times the worst run's error now: another seed moves a prediction by less
LEAST = 0.1  # of the median error: a prediction that is right by accident keeps some room
SURE = 0.5  # the chance of the true class in every run, above which a row is a case


class Case(Strict):
    """An evaluation row by its name, and its target, which `algorithms` must predict.

    A number must be predicted within `tolerance`.
    """

    row: list[str | int] = Field(min_length=2)
    target: float | str
    tolerance: float | None = Field(default=None, gt=0)
    algorithms: list[str] = Field(min_length=1)


def has_cases(task: Task) -> bool:
    """Whether a task has golden cases of this kind; two classes have incidents, lists have none."""
    return task.name in ("regression", "multiclass")


def place_of(keys: pd.DataFrame, case: Case) -> int | None:
    """Which row of `keys` the case is; None where there is none."""
    named = RowKeys(keys).names
    if len(case.row) != len(named):
        return None
    same = np.ones(len(keys), dtype=np.bool_)
    for name, value in zip(named, case.row, strict=True):
        same &= (keys[name].astype(str) == str(value)).to_numpy()
    return int(same.argmax()) if same.any() else None


def misses(keys: pd.DataFrame, runs: dict[str, Floats], case: Case) -> list[str]:
    """The algorithms of `case` that no longer meet it, by the median of their runs.

    Raises `KeyError` where there is no such row.
    """
    at = place_of(keys, case)
    if at is None:
        raise KeyError(f"no evaluation row {case.row}")
    held = [name for name in case.algorithms if name in runs]
    return [name for name in held if not _met(keys, runs[name][:, at], case)]


def _met(keys: pd.DataFrame, predicted: Floats, case: Case) -> bool:
    if case.tolerance is not None:
        return bool(abs(np.median(predicted) - float(case.target)) <= case.tolerance)
    classes = [str(one) for one in keys[TARGET].cat.categories]
    return classes[int(np.median(predicted, axis=0).argmax())] == case.target


def choose_cases(keys: pd.DataFrame, runs: dict[str, Floats]) -> list[Case]:
    """Rows of different targets that every run of some algorithm predicts well."""
    by_class = isinstance(keys[TARGET].dtype, pd.CategoricalDtype)
    found = _classes(keys, runs) if by_class else _numbers(keys, runs)
    return [Case(row=_name(keys, at), **more) for at, more in found]


def _name(keys: pd.DataFrame, at: int) -> list[str | int]:
    row = keys.iloc[at]
    others = [str(row[name]) for name in RowKeys(keys).names[2:]]
    return [str(row[ENTITY]), int(row[TIME]), *others]


def _numbers(keys: pd.DataFrame, runs: dict[str, Floats]) -> list[tuple[int, dict[str, Any]]]:
    # One of each tenth of the targets: the row whose worst run, of the algorithm that is best
    # there, errs least.
    target = keys[TARGET].to_numpy()
    worst = {name: np.abs(one - target).max(axis=0) for name, one in runs.items()}
    if not worst:
        return []
    least = LEAST * float(np.median(np.min([*worst.values()], axis=0)))
    found = []
    for part in np.array_split(np.argsort(target, kind="stable"), CASES):
        if not len(part):
            continue
        best = min(worst, key=lambda name: float(worst[name][part].min()))
        at = int(part[worst[best][part].argmin()])
        tolerance = float(f"{ROOM * max(float(worst[best][at]), least):.4g}")
        if tolerance > 0:
            found.append(
                (at, {"target": float(target[at]), "tolerance": tolerance, "algorithms": [best]})
            )
    return found


def _classes(keys: pd.DataFrame, runs: dict[str, Floats]) -> list[tuple[int, dict[str, Any]]]:
    # Of each class in turn the row that every run is surest of.
    codes, classes = keys[TARGET].cat.codes.to_numpy(), keys[TARGET].cat.categories
    found = []
    for code in range(len(classes)):
        mine = np.flatnonzero(codes == code)
        sure = (
            {name: one[:, mine, code].min(axis=0) for name, one in runs.items()}
            if len(mine)
            else {}
        )
        able = {name: one for name, one in sure.items() if one.max() > SURE}
        if able:
            best = max(able, key=lambda name: float(able[name].max()))
            found.append(
                (
                    int(mine[able[best].argmax()]),
                    {"target": str(classes[code]), "algorithms": [best]},
                )
            )
    return found[:CASES]
