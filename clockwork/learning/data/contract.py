"""What must hold before anything is computed: each breach is one line that names the first row at fault."""

import numpy as np
import pandas as pd

from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput

LONG = 10 * 366 * 24 * 60  # minutes: nothing is silent for ten years, but a clock that was reset may say so
DUPLICATE = "drop the duplicate rows"
CUT = "seconds of its times are cut: average or drop rows until there is one a minute"


def check_contract(rows: pd.DataFrame, settings: DataSettings, *, cut: bool = False) -> None:
    """Raise `BadInput` unless `rows` (as `read_rows` gives them) can be learnt from.

    `cut` says that their times had seconds, which are not kept.
    """
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
    _check_order(rows, settings, CUT if cut else DUPLICATE)
    _check_clock(rows, settings)


def _check_clock(rows: pd.DataFrame, settings: DataSettings) -> None:
    time = rows["time"].to_numpy()
    seen = np.unique(time)
    gaps = np.flatnonzero(np.diff(seen) > LONG)
    if len(gaps):
        early = time <= seen[gaps[0]]
        at = int(np.flatnonzero(early if early.mean() < 0.5 else ~early)[0])  # the fewer rows are the odd ones
        years = f"{(seen[gaps[0] + 1] - seen[gaps[0]]) / LONG * 10:.0f} years"
        raise BadInput(
            f"{settings.rows}: {row_name(rows, at)} is {years} away from the others; mend its time or drop it"
        )


def _check_order(rows: pd.DataFrame, settings: DataSettings, twice: str) -> None:
    entity = rows["entity"].cat.codes.to_numpy()
    time = rows["time"].to_numpy()
    same = entity[1:] == entity[:-1]
    step = time[1:] - time[:-1]
    for breach, what, remedy in (
        (same & (step == 0), "is there twice", twice),
        (same & (step < 0), "goes backwards in time", "sort the rows of each entity by time"),
        (
            same & (step % settings.step != 0),
            f"is off the {settings.step}-minute grid",
            "align it, or fix `step`",
        ),
    ):
        if breach.any():
            at = int(np.flatnonzero(breach)[0]) + 1
            raise BadInput(f"{settings.rows}: {row_name(rows, at)} {what}; {remedy}")
    starts = np.flatnonzero(np.r_[True, ~same])
    if len(starts) != len(np.unique(entity[starts])):
        codes, counts = np.unique(entity[starts], return_counts=True)
        at = int(starts[entity[starts] == codes[counts > 1][0]][1])
        raise BadInput(f"{settings.rows}: {row_name(rows, at)} starts again after other entities; sort by entity")


def row_name(rows: pd.DataFrame, at: int) -> str:
    """The row at a place, for a message."""
    return f"entity '{rows['entity'].iat[at]}' at minute {rows['time'].iat[at]} (row {at})"
