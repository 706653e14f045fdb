"""What must hold before anything is computed: each breach is one line that names the first row at fault."""

import numpy as np
import pandas as pd

from pipelines.errors import BadInput
from pipelines.settings.data import DataSettings


def check_contract(rows: pd.DataFrame, settings: DataSettings) -> None:
    """Raise `BadInput` unless `rows` (as `read_rows` gives them) can be learnt from."""
    columns = settings.columns
    if rows.empty:
        raise BadInput(f"{settings.rows}: the table has no rows; check where the data comes from")
    classes = np.unique(rows["label"].to_numpy())
    if not set(classes.tolist()) <= {0, 1}:
        raise BadInput(f"column '{columns.label}': labels must be 0 or 1, found {classes.tolist()[:5]}")
    if len(classes) < 2:
        raise BadInput(f"column '{columns.label}': every label is {classes[0]}; both classes are needed")
    for name in ["entity", *columns.slices]:
        if rows[name].isna().any():
            raise BadInput(f"column '{name}': {int(rows[name].isna().sum())} rows have none; fill or drop them")
    _check_order(rows, settings)


def _check_order(rows: pd.DataFrame, settings: DataSettings) -> None:
    entity = rows["entity"].cat.codes.to_numpy()
    time = rows["time"].to_numpy()
    same = entity[1:] == entity[:-1]
    step = time[1:] - time[:-1]
    for breach, what, remedy in (
        (same & (step == 0), "is there twice", "drop the duplicate rows"),
        (same & (step < 0), "goes backwards in time", "sort the rows of each entity by time"),
        (
            same & (step % settings.step != 0),
            f"is off the {settings.step}-minute grid",
            "align it, or fix `step`",
        ),
    ):
        if breach.any():
            at = int(np.flatnonzero(breach)[0]) + 1
            raise BadInput(f"{settings.rows}: {_name(rows, at)} {what}; {remedy}")
    starts = np.flatnonzero(np.r_[True, ~same])
    if len(starts) != len(np.unique(entity[starts])):
        codes, counts = np.unique(entity[starts], return_counts=True)
        at = int(starts[entity[starts] == codes[counts > 1][0]][1])
        raise BadInput(f"{settings.rows}: {_name(rows, at)} starts again after other entities; sort by entity")


def _name(rows: pd.DataFrame, at: int) -> str:
    return f"entity '{rows['entity'].iat[at]}' at minute {rows['time'].iat[at]} (row {at})"
