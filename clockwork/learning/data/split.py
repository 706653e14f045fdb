"""Which rows train and which judge: judging rows are later than training rows, and of other entities."""

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.settings.data import Split
from clockwork.support.errors import BadInput

TRAIN, UNUSED, JUDGE = 0, 1, 2


def entity_share(name: str) -> float:
    """A fixed number in [0, 1) for an entity: the same on every machine and in every data set."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def split_rows(keys: pd.DataFrame, settings: Split) -> pd.DataFrame:
    """`keys` (entity, time, label, slices) with two more columns.

    `part` (int8): TRAIN, JUDGE, or UNUSED for the embargo and for rows that would leak an entity or a
    period across. `fold` (int8): of a training row, by time if told so, else by entity; -1 elsewhere.
    """
    if keys.empty:
        raise BadInput("configs/features.yaml: no minute of the rows is a multiple of `every`; make it smaller")
    time = keys["time"].to_numpy()
    first, last = int(time.min()), int(time.max())
    until = first + round((last - first + 1) * settings.train_share_of_time)
    shares = np.array([entity_share(str(name)) for name in keys["entity"].cat.categories])
    share = shares[keys["entity"].cat.codes.to_numpy()]
    trains = share < settings.train_share_of_entities
    judges = ~trains if settings.train_share_of_entities < 1 else np.ones_like(trains)
    part = np.full(len(keys), UNUSED, dtype=np.int8)
    part[trains & (time < until)] = TRAIN
    part[judges & (time >= until + settings.embargo)] = JUDGE
    fold = _folds(share / settings.train_share_of_entities, (time - first) / max(until - first, 1), settings)
    out = keys.assign(part=part, fold=np.where(part == TRAIN, fold, -1).astype(np.int8))
    _check(out, settings)
    return out


def _folds(
    by_entity: npt.NDArray[np.float64], by_time: npt.NDArray[np.float64], settings: Split
) -> npt.NDArray[np.int64]:
    position = by_time if settings.fold_by == "time" else by_entity
    return np.clip((position * settings.folds).astype(np.int64), 0, settings.folds - 1)


def _check(rows: pd.DataFrame, settings: Split) -> None:
    for part, name in ((TRAIN, "training"), (JUDGE, "judging")):
        labels = rows.loc[rows["part"] == part, "label"].to_numpy()
        if not 0 < labels.sum() < len(labels):
            raise BadInput(
                f"configs/data.yaml: split leaves {len(labels)} {name} rows with {int(labels.sum())} positives; "
                "both classes are needed there: move train_share_of_time or train_share_of_entities"
            )
    for fold in range(settings.folds):
        labels = rows.loc[rows["fold"] == fold, "label"].to_numpy()
        if not 0 < labels.sum() < len(labels):
            raise BadInput(f"configs/data.yaml: fold {fold} has one class only; use fewer folds")
