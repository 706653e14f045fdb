"""The project's reader and split give the engine what it works with, whatever they do inside."""

import numpy as np
import pandas as pd
import pytest

from clockwork.settings.data import Columns, DataSettings, Split
from pipelines.data import read_rows
from pipelines.split import split_rows

MACHINES, MINUTES = 12, 60
COLUMNS = Columns(
    entity="machine", time="at", label="failed", slices=["site"], metrics=["metric_*"]
)
SPLIT = Split(
    train_share_of_time=0.5, train_share_of_entities=0.5, embargo=5, folds=2, fold_by="entity"
)
SETTINGS = DataSettings(rows="data/*.parquet", step=1, columns=COLUMNS, split=SPLIT)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """What the project's reader makes of two files with an hour of twelve machines."""
    root = tmp_path_factory.mktemp("rows")
    (root / "data").mkdir()
    rng = np.random.default_rng(1)
    names = [f"m{at:02}" for at in range(MACHINES)]
    table = pd.DataFrame(
        {
            "machine": np.repeat(names, MINUTES),
            "at": np.tile(np.arange(MINUTES), MACHINES),
            "failed": (rng.random(MACHINES * MINUTES) < 0.3).astype(int),
            "site": np.repeat(["north", "south"], MACHINES * MINUTES // 2),
            "metric_a": rng.normal(size=MACHINES * MINUTES),
        }
    )
    for number, half in enumerate(("north", "south")):
        table[table["site"] == half].to_parquet(root / "data" / f"{number}.parquet", index=False)
    return read_rows(SETTINGS, root)


@pytest.fixture(scope="module")
def parts(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows' keys with the part and the fold that the project's split gives them."""
    return split_rows(rows[["entity", "time", "label", "site"]], SPLIT)


def test_the_reader_gives_every_row_with_keys_slices_and_metrics(rows: pd.DataFrame) -> None:
    assert {"entity", "time", "label", "site", "metric_a"} <= set(rows.columns)
    assert len(rows) == MACHINES * MINUTES
    assert set(rows["label"]) == {0, 1}


def test_rows_of_an_entity_stand_together_and_in_order_of_time(rows: pd.DataFrame) -> None:
    blocks = (rows["entity"] != rows["entity"].shift()).cumsum()
    assert blocks.nunique() == rows["entity"].nunique()
    assert all(times.is_monotonic_increasing for _, times in rows.groupby(blocks)["time"])


def test_the_split_keeps_every_row_and_gives_both_sides_some(
    rows: pd.DataFrame, parts: pd.DataFrame
) -> None:
    assert len(parts) == len(rows)
    assert {0, 2} <= set(parts["part"])
    assert set(parts.loc[parts["part"] == 0, "fold"]) == set(range(SPLIT.folds))
    assert set(parts.loc[parts["part"] != 0, "fold"]) == {-1}


def test_no_entity_trains_and_evaluates_and_evaluation_comes_later(parts: pd.DataFrame) -> None:
    train, evaluate = parts[parts["part"] == 0], parts[parts["part"] == 2]
    assert not set(train["entity"]) & set(evaluate["entity"])
    assert evaluate["time"].min() >= train["time"].max() + SPLIT.embargo
