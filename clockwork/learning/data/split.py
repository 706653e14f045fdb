"""Which rows train and which evaluate: later ones, of other entities, drawn ones or marked ones."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.data.draws import Floats, Mask, drawn_rows, shares_of_entities, times_of
from clockwork.learning.keys import QUERY, TARGET, TIME
from clockwork.learning.targets import labels_of, task_of
from clockwork.project import SPLITTER_FILE
from clockwork.settings.data import Split
from clockwork.support.errors import BadInput, named

TRAIN, UNUSED, JUDGE = 0, 1, 2
LAST_FOLD = 127  # that int8 can hold
Names = list[str] | None


def split_rows(keys: pd.DataFrame, settings: Split) -> pd.DataFrame:
    """`keys` (see `RowKeys`) with two more columns.

    `part` (int8): TRAIN, JUDGE, or UNUSED for the embargo and for rows that would leak an entity or
    a period across. `fold` (int8): of a training row, by time where asked, else by entity; -1
    elsewhere. Lists that are ranked stay whole: each has the time of its first row, and is drawn as
    one.
    """
    if keys.empty:
        raise BadInput(
            "configs/features.yaml: no minute of the rows is a multiple of `every`; make it smaller"
        )
    time = times_of(keys)
    out = _split(keys, settings, (int(time.min()), int(time.max())))
    _check(out, settings.folds)
    return out


def split_groups(
    read: Callable[[Names], Iterator[pd.DataFrame]], settings: Split
) -> Iterator[pd.DataFrame]:
    """The same of keys that `read` gives some after the other whenever it is asked.

    It is asked for some columns, or for all.
    """
    ends = [(int(keys[TIME].min()), int(keys[TIME].max())) for keys in read([TIME])]
    span, seen = (min(first for first, _ in ends), max(last for _, last in ends)), []
    for keys in read(None):
        out = _split(keys, settings, span)
        seen.append(out[[TARGET, "part", "fold"]].copy())
        yield out
    _check(pd.concat(seen, ignore_index=True), settings.folds)


def check_evaluate(rows: pd.DataFrame, settings: Split) -> None:
    """Raise `BadInput` where `evaluate` names a value that is none of all `rows`.

    Of whole data alone: a probe may leave rows with that value out.
    """
    for value in settings.evaluate:
        known = rows[settings.column].cat.categories.astype(str).tolist()
        if value not in known:
            raise BadInput(
                f"configs/data.yaml: split.evaluate '{value}' is no value of column "
                f"'{settings.column}', which has {named(sorted(known))}; mend it or take it out"
            )


def held_to(keys: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The `rows` that a splitter of the project's own makes of `keys`, as later stages take them.

    Raises `BadInput` unless they are what `split_rows` promises: features are laid beside them by
    their places. Targets may be others, which the gate compares, and folds as many as they like.
    """
    fault = _fault(keys, rows)
    if fault:
        raise BadInput(
            f"{SPLITTER_FILE}: {fault}; give `keys` as they came, with `part` and `fold` beside"
        )
    rows = rows.assign(fold=rows["fold"].where(rows["part"] == TRAIN, -1))
    rows = rows.astype({"part": np.int8, "fold": np.int8}).reset_index(drop=True)
    try:
        _check(rows, max(int(rows["fold"].max()) + 1, 2))
    except BadInput as error:
        raise BadInput(f"{SPLITTER_FILE}: {error}") from None
    return rows


def _fault(keys: pd.DataFrame, rows: Any) -> str | None:
    if not isinstance(rows, pd.DataFrame):
        return f"split_rows gives {type(rows).__name__}, no table"
    lacking = [name for name in (*keys.columns, "part", "fold") if name not in rows]
    if lacking:
        return f"no column '{lacking[0]}'"
    if len(rows) != len(keys):
        return f"{len(rows)} rows of {len(keys)}"
    for name in keys.columns:
        if name != TARGET and not rows[name].reset_index(drop=True).equals(keys[name]):
            return f"column '{name}' is in another order, or of other values or type"
    odd = ~rows["part"].isin((TRAIN, UNUSED, JUDGE))
    if odd.any():
        return f"part '{rows['part'][odd].iloc[0]}' is none of {TRAIN}, {UNUSED} and {JUDGE}"
    odd = (rows["part"] == TRAIN) & ~rows["fold"].isin(range(LAST_FOLD + 1))
    if odd.any():
        return f"fold '{rows['fold'][odd].iloc[0]}' of a training row is none from 0 to {LAST_FOLD}"
    return None


def by_group(keys: pd.DataFrame, settings: Split) -> bool:
    """Whether a row's part follows from its own key and the first and the last time of all."""
    return settings.by in ("time", "entity", "both", "column") and task_of(keys).name == "binary"


def _split(keys: pd.DataFrame, settings: Split, span: tuple[int, int]) -> pd.DataFrame:
    # `span`: the first and the last time of all rows.
    by, time = settings.by or "both", times_of(keys)
    first, last = span
    until = first + round((last - first + 1) * settings.train_share_of_time)
    position, trains, evaluates = _sides(keys, settings, by)
    if by in ("time", "both"):
        trains, evaluates = trains & (time < until), evaluates & (time >= until + settings.embargo)
    part = np.full(len(keys), UNUSED, dtype=np.int8)
    part[trains] = TRAIN
    part[evaluates] = JUDGE
    fold = _folds(position, (time - first) / max(until - first, 1), settings)
    return keys.assign(part=part, fold=np.where(part == TRAIN, fold, -1).astype(np.int8))


def _sides(keys: pd.DataFrame, settings: Split, by: str) -> tuple[Floats, Mask, Mask]:
    # Where in [0, 1) each row is among those that may train, which rows may train, which evaluate.
    every, wanted = np.ones(len(keys), dtype=np.bool_), settings.train_share_of_entities
    if by == "random":
        position, trains = drawn_rows(keys, wanted)
        return position, trains, ~trains
    share = shares_of_entities(keys)
    if by == "column":
        evaluates = keys[settings.column].astype(str).isin(settings.evaluate).to_numpy()
        return share, ~evaluates, evaluates
    if by == "time" or wanted == 1:
        return share, every, every
    return share / wanted, share < wanted, share >= wanted


def _folds(by_entity: Floats, by_time: Floats, settings: Split) -> npt.NDArray[np.int64]:
    position = by_time if settings.fold_by == "time" else by_entity
    return np.clip((position * settings.folds).astype(np.int64), 0, settings.folds - 1)


def _check(rows: pd.DataFrame, folds: int) -> None:
    task = task_of(rows)
    if task.name == "ranking":
        _check_whole(rows)
    for part, name in ((TRAIN, "training"), (JUDGE, "evaluation")):
        some = rows[rows["part"] == part]
        lacks = task.lacks(some)
        if lacks:
            raise BadInput(f"configs/data.yaml: split leaves {len(some)} {name} {lacks}")
    labels, fold_of = labels_of(rows), rows["fold"].to_numpy()
    for fold in range(folds):
        if task.poor(labels[fold_of == fold]):
            raise BadInput(f"configs/data.yaml: fold {fold} has {task.poverty}; use fewer folds")


def _check_whole(rows: pd.DataFrame) -> None:
    sides = rows.groupby(QUERY, observed=True)[["part", "fold"]].nunique().max(axis=1)
    if (sides > 1).any():
        name = sides.index[(sides > 1).to_numpy()][0]
        raise BadInput(
            f"configs/data.yaml: split cuts {int((sides > 1).sum())} lists apart, "
            f"the first of query '{name}'; set `by` to random, or to what all rows of a list share"
        )
