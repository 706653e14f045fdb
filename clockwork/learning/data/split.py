"""Which rows train and which judge: judging rows are later than training rows, and of other entities."""

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.keys import ENTITY, TARGET, TIME, RowKeys
from clockwork.settings.data import Split
from clockwork.support.errors import BadInput

TRAIN, UNUSED, JUDGE = 0, 1, 2
DRAWN = ("entity", "both", "random")  # splits that draw who trains, by a hash
Mask = npt.NDArray[np.bool_]


def entity_share(name: str) -> float:
    """A fixed number in [0, 1) for an entity: the same on every machine and in every data set."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def split_rows(keys: pd.DataFrame, settings: Split) -> pd.DataFrame:
    """`keys` (see `RowKeys`) with two more columns.

    `part` (int8): TRAIN, JUDGE, or UNUSED for the embargo and for rows that would leak an entity or a
    period across. `fold` (int8): of a training row, by time if told so, else by entity; -1 elsewhere.
    """
    if keys.empty:
        raise BadInput("configs/features.yaml: no minute of the rows is a multiple of `every`; make it smaller")
    by = settings.by or "both"
    time = keys[TIME].to_numpy()
    first, last = int(time.min()), int(time.max())
    until = first + round((last - first + 1) * settings.train_share_of_time)
    share, trains, judges = _sides(keys, settings, by)
    if by in ("time", "both"):
        trains, judges = trains & (time < until), judges & (time >= until + settings.embargo)
    part = np.full(len(keys), UNUSED, dtype=np.int8)
    part[trains] = TRAIN
    part[judges] = JUDGE
    of = settings.train_share_of_entities if by in DRAWN else 1.0
    fold = _folds(share / of, (time - first) / max(until - first, 1), settings)
    out = keys.assign(part=part, fold=np.where(part == TRAIN, fold, -1).astype(np.int8))
    _check(out, settings)
    return out


def _sides(keys: pd.DataFrame, settings: Split, by: str) -> tuple[npt.NDArray[np.float64], Mask, Mask]:
    # The share of each row's entity (of the row itself where rows are drawn), which rows may train, which evaluate.
    if by == "random":
        share = np.array(["|".join(map(str, name)) for name in RowKeys(keys).index], dtype=object)
        share = np.array([entity_share(name) for name in share])
    else:
        shares = np.array([entity_share(str(name)) for name in keys[ENTITY].cat.categories])
        share = shares[keys[ENTITY].cat.codes.to_numpy()]
    if by == "column":
        judges = keys[settings.column].astype(str).isin(settings.evaluate).to_numpy()
        return share, ~judges, judges
    trains = share < settings.train_share_of_entities if by in DRAWN else np.ones(len(keys), dtype=np.bool_)
    alone = by in DRAWN and settings.train_share_of_entities < 1
    return share, trains, ~trains if alone else np.ones(len(keys), dtype=np.bool_)


def _folds(
    by_entity: npt.NDArray[np.float64], by_time: npt.NDArray[np.float64], settings: Split
) -> npt.NDArray[np.int64]:
    position = by_time if settings.fold_by == "time" else by_entity
    return np.clip((position * settings.folds).astype(np.int64), 0, settings.folds - 1)


def _check(rows: pd.DataFrame, settings: Split) -> None:
    for part, name in ((TRAIN, "training"), (JUDGE, "judging")):
        labels = rows.loc[rows["part"] == part, TARGET].to_numpy()
        if not 0 < labels.sum() < len(labels):
            raise BadInput(
                f"configs/data.yaml: split leaves {len(labels)} {name} rows with {int(labels.sum())} positives; "
                "both classes are needed there: move train_share_of_time or train_share_of_entities"
            )
    for fold in range(settings.folds):
        labels = rows.loc[rows["fold"] == fold, TARGET].to_numpy()
        if not 0 < labels.sum() < len(labels):
            raise BadInput(f"configs/data.yaml: fold {fold} has one class only; use fewer folds")
