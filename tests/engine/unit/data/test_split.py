"""Judging rows are later than training rows and of other entities.

Folds never share what they must not.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockwork.learning.data.draws import share_of
from clockwork.learning.data.split import JUDGE, TRAIN, UNUSED, split_rows
from clockwork.settings.data import Split
from clockwork.support.errors import BadInput

USUAL = Split(
    train_share_of_time=0.5, train_share_of_entities=0.5, embargo=30, folds=3, fold_by="entity"
)


def keys(entities: int = 40, minutes: int = 200, every: int = 4, start: int = 1000) -> pd.DataFrame:
    """Rows of every entity every few minutes; every fifth row is positive."""
    time = np.arange(start, start + minutes, every)
    return pd.DataFrame(
        {
            "entity": pd.Categorical(
                np.repeat([f"unit-{at}" for at in range(entities)], len(time))
            ),
            "time": np.tile(time, entities),
            "label": (np.arange(entities * len(time)) % 5 == 0).astype(np.int8),
        }
    )


def parts(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return rows[rows["part"] == TRAIN], rows[rows["part"] == JUDGE]


@given(
    share=st.floats(0.2, 0.8),
    time=st.floats(0.2, 0.8),
    embargo=st.integers(0, 60),
    fold_by=st.sampled_from(["entity", "time", "both"]),
)
@settings(max_examples=40, deadline=None)
def test_training_and_judging_rows_share_no_entity_and_keep_the_embargo(
    share: float, time: float, embargo: int, fold_by: str
) -> None:
    how = {
        "train_share_of_time": time,
        "train_share_of_entities": share,
        "embargo": embargo,
        "fold_by": fold_by,
    }
    try:
        train, judge = parts(split_rows(keys(), Split.model_validate({"folds": 2, **how})))
    except BadInput:
        return  # too few rows on a side is another test
    assert not set(train["entity"]) & set(judge["entity"])
    assert int(judge["time"].min()) - int(train["time"].max()) > embargo
    assert len(train) > 0
    assert len(judge) > 0


def test_the_parts_are_as_large_as_the_settings_say() -> None:
    rows = split_rows(keys(entities=400), USUAL)
    train, judge = parts(rows)
    assert train["time"].max() == 1096
    assert judge["time"].min() == 1128
    assert train["entity"].nunique() == pytest.approx(200, abs=40)
    assert set(train["entity"]) | set(judge["entity"]) == set(rows["entity"])
    assert set(rows["part"]) == {TRAIN, UNUSED, JUDGE}


def test_all_other_columns_and_the_order_of_rows_stay() -> None:
    rows = keys().assign(site="a")
    pd.testing.assert_frame_equal(split_rows(rows, USUAL).drop(columns=["part", "fold"]), rows)


def test_training_on_every_entity_keeps_every_entity_on_both_sides() -> None:
    train, judge = parts(
        split_rows(keys(), USUAL.model_copy(update={"train_share_of_entities": 1.0}))
    )
    assert set(train["entity"]) == set(judge["entity"]) == set(keys()["entity"])
    assert int(judge["time"].min()) - int(train["time"].max()) > 30


def test_folds_by_entity_never_share_an_entity() -> None:
    train, _ = parts(split_rows(keys(), USUAL))
    assert set(train["fold"]) == {0, 1, 2}
    assert (train.groupby("entity", observed=True)["fold"].nunique() == 1).all()


def test_folds_by_time_follow_each_other() -> None:
    train, _ = parts(split_rows(keys(), USUAL.model_copy(update={"fold_by": "time"})))
    spans = [train[train["fold"] == fold]["time"] for fold in range(3)]
    assert [len(span) > 0 for span in spans] == [True] * 3
    assert all(int(one.max()) < int(other.min()) for one, other in itertools.pairwise(spans))


def test_rows_that_do_not_train_are_in_no_fold() -> None:
    rows = split_rows(keys(), USUAL)
    assert ((rows["fold"] >= 0) == (rows["part"] == TRAIN)).all()


def test_an_entity_is_on_the_same_side_whatever_others_there_are() -> None:
    whole = split_rows(keys(entities=60), USUAL)
    some = keys(entities=60)
    some = some[some["entity"].isin([f"unit-{at}" for at in range(0, 60, 2)])].reset_index(
        drop=True
    )
    fewer = split_rows(some.assign(entity=some["entity"].cat.remove_unused_categories()), USUAL)
    merged = whole.merge(fewer, on=["entity", "time"], suffixes=("", "_fewer"))
    assert len(merged) == len(fewer)
    assert (merged["part"] == merged["part_fewer"]).all()
    assert (merged["fold"] == merged["fold_fewer"]).all()


def test_the_share_of_an_entity_is_the_same_on_every_machine() -> None:
    assert share_of("unit-1") == pytest.approx(0.8191838458, abs=1e-9)
    shares = np.array([share_of(f"unit-{at}") for at in range(2000)])
    assert ((shares >= 0) & (shares < 1)).all()
    assert shares.mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("part", ["training", "evaluation"])
@pytest.mark.parametrize("label", [0, 1])
def test_a_part_of_one_class_is_refused(part: str, label: int) -> None:
    rows = keys()
    early = rows["time"] < 1100
    rows.loc[early if part == "training" else ~early, "label"] = label
    with pytest.raises(
        BadInput, match=rf"configs/data\.yaml: split leaves \d+ {part} rows .*move train_share_of"
    ):
        split_rows(rows, USUAL)


def test_a_fold_of_one_class_is_refused() -> None:
    rows = split_rows(keys(), USUAL)
    rows.loc[rows["fold"] == 1, "label"] = 0
    with pytest.raises(
        BadInput, match=r"configs/data\.yaml: fold 1 has one class only; use fewer folds"
    ):
        split_rows(rows.drop(columns=["part", "fold"]), USUAL)


@pytest.mark.parametrize("minutes", [0, 1])
def test_rows_of_no_minute_or_one_are_refused(minutes: int) -> None:
    with pytest.raises(BadInput, match=r"configs/"):
        split_rows(keys(minutes=max(minutes, 1))[: None if minutes else 0], USUAL)


def customers(count: int, every: int = 5) -> pd.DataFrame:
    """Rows without time that are each an entity; one in `every` is positive."""
    label = (np.arange(count) % every == 0).astype(np.int8)
    return pd.DataFrame(
        {"entity": pd.Categorical([f"c{at}" for at in range(count)]), "time": 0, "label": label}
    )


@pytest.mark.parametrize("share", [0.5, 0.7, 0.8])
@pytest.mark.parametrize("count", [30, 60, 400])
def test_a_random_split_gives_each_class_its_share_on_both_sides_and_in_each_fold(
    count: int, share: float
) -> None:
    rows = split_rows(customers(count), Split(by="random", train_share_of_entities=share, folds=2))
    for label in (0, 1):
        mine = rows[rows["label"] == label]
        assert (mine["part"] == TRAIN).mean() == pytest.approx(
            share, abs=max(0.02, 0.5 / len(mine))
        )
        folds = mine.loc[mine["part"] == TRAIN, "fold"].value_counts()
        assert folds.max() - folds.min() <= 1
    assert set(rows["part"]) == {TRAIN, JUDGE}


def test_a_random_split_keeps_every_row_on_its_side_while_a_large_table_grows() -> None:
    how = Split(by="random")
    before, after = split_rows(customers(20_000), how), split_rows(customers(21_000), how)
    assert before["part"].equals(after["part"][:20_000])


def test_a_random_split_keeps_rows_of_the_same_content_on_one_side_and_in_one_fold() -> None:
    rows = customers(600)
    names = [f"{at % 400:016x}" + (".1" if at >= 400 else "") for at in range(600)]
    found = split_rows(
        rows.assign(entity=pd.Categorical(names), label=(np.arange(600) % 400 % 5 == 0) * 1),
        Split(by="random"),
    )
    sides = found.groupby(found["entity"].astype(str).str[:16])[["part", "fold"]].nunique()
    assert (sides == 1).all(axis=None)
