"""No fold trains on the entity that it scores, or on what comes after it."""

import numpy as np
import pandas as pd
import pytest

from clockwork.learning.data.split import JUDGE, TRAIN, split_rows
from clockwork.learning.tuning.folds import folds_of
from clockwork.model import Folds
from clockwork.settings.data import Split
from clockwork.support.errors import BadInput

EMBARGO = 60


def split(fold_by: str) -> Split:
    return Split.model_validate(
        {
            "train_share_of_time": 0.6,
            "train_share_of_entities": 0.5,
            "embargo": EMBARGO,
            "folds": 3,
            "fold_by": fold_by,
        }
    )


def rows(fold_by: str) -> pd.DataFrame:
    entity, time = np.divmod(np.arange(40 * 200), 200)
    label = np.random.default_rng(3).random(len(entity)) < 0.1
    keys = pd.DataFrame(
        {
            "entity": pd.Categorical([f"d{one:02}" for one in entity]),
            "time": 10 * time,
            "label": label.astype(np.int8),
        }
    )
    return split_rows(keys, split(fold_by))


def folds(fold_by: str) -> tuple[pd.DataFrame, Folds]:
    whole = rows(fold_by)
    train = whole[whole["part"] == TRAIN]
    x = np.arange(len(train), dtype=np.float32)[:, None]
    return train, folds_of(x, whole, split(fold_by))


def test_folds_hold_training_rows_alone_which_end_before_the_judging_ones() -> None:
    whole = rows("time")
    train, made = folds("time")
    assert len(made.x) == len(made.y) == len(train)
    assert train["time"].max() + EMBARGO < whole.loc[whole["part"] == JUDGE, "time"].min()


def test_by_entity_nothing_trains_for_itself() -> None:
    train, made = folds("entity")
    assert len(made.train) == 3
    entity = train["entity"].to_numpy()
    for at, held_out in zip(made.train, made.held_out, strict=True):
        assert not set(entity[at]) & set(entity[held_out])
    assert sorted(np.concatenate(made.held_out)) == list(range(len(train)))


def test_by_time_every_fold_trains_on_what_was_before_it_and_an_embargo() -> None:
    train, made = folds("time")
    assert len(made.train) == 2
    time = train["time"].to_numpy()
    for at, held_out in zip(made.train, made.held_out, strict=True):
        assert time[at].max() + EMBARGO < time[held_out].min()
        assert time[at].max() + EMBARGO + 20 >= time[held_out].min()


def test_by_both_nothing_trains_for_itself_or_on_what_came_later() -> None:
    train, made = folds("both")
    assert len(made.train) == 3
    entity, time = train["entity"].to_numpy(), train["time"].to_numpy()
    for at, held_out in zip(made.train, made.held_out, strict=True):
        assert not set(entity[at]) & set(entity[held_out])
        assert time[at].max() + EMBARGO < time[held_out].min()
        assert len(at) > len(train) / 4
        assert len(held_out) > len(train) / 8
    assert sorted(np.concatenate(made.held_out)) == sorted(np.flatnonzero(time > time.max() / 2))


@pytest.mark.parametrize("fold_by", ["time", "both"])
def test_a_fold_with_nothing_to_be_scored_on_is_reported(fold_by: str) -> None:
    whole = rows(fold_by)
    last = whole.loc[whole["part"] == TRAIN, "time"].max()
    whole.loc[whole["time"] > (last * 2 // 3 if fold_by == "time" else last // 2), "label"] = 0
    x = np.zeros((int((whole["part"] == TRAIN).sum()), 1), dtype=np.float32)
    with pytest.raises(BadInput, match=r"configs/data\.yaml: key 'split\.folds'"):
        folds_of(x, whole, split(fold_by))


def test_a_fold_with_nothing_to_learn_from_is_reported() -> None:
    whole = rows("time")
    first = whole["fold"] == 0
    whole.loc[first, "label"] = 0
    x = np.zeros((int((whole["part"] == TRAIN).sum()), 1), dtype=np.float32)
    with pytest.raises(BadInput, match=r"configs/data\.yaml: key 'split\.folds'"):
        folds_of(x, whole, split("time"))
