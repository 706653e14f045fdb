"""Scrambled evaluation rows: what must stay as it is."""

from pathlib import Path

import pandas as pd
import pytest

from clockwork.learning.probes.independence import keep_parts
from clockwork.learning.tables import KEYS
from clockwork.support.paths import FEATURES, SPLIT

ROWS = pd.DataFrame(
    {
        "entity": pd.Categorical(["a", "b", "c"]),
        "time": 0,
        "label": [0, 1, 1],
        "part": [0, 2, 0],
        "fold": [0, -1, 1],
    }
)


def laid_out(place: Path, rows: pd.DataFrame) -> Path:
    for path in (SPLIT, FEATURES / KEYS):
        (place / path).parent.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(place / SPLIT, index=False)
    rows.drop(columns=["part", "fold"]).to_parquet(place / FEATURES / KEYS, index=False)
    return place


def test_rows_stay_on_their_side_when_a_random_split_sees_other_labels(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "root", ROWS)
    place = laid_out(
        tmp_path / "place", ROWS.assign(label=[0, 0, 1], part=[2, 0, 0], fold=[-1, 0, 0])[::-1]
    )
    keep_parts(root, place)
    kept = pd.read_parquet(place / SPLIT).set_index("entity")
    assert kept["part"].to_dict() == {"a": 0, "b": 2, "c": 0}
    assert kept["fold"].to_dict() == {"a": 0, "b": -1, "c": 1}
    assert kept["label"].to_dict() == {"a": 0, "b": 0, "c": 1}


def test_rows_that_lost_their_names_are_not_passed_over(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "root", ROWS)
    place = laid_out(tmp_path / "place", ROWS.assign(entity=pd.Categorical(["a", "b", "d"])))
    with pytest.raises(RuntimeError, match="1 of 3 rows have another name"):
        keep_parts(root, place)
