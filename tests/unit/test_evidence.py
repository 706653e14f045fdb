"""What the gate decides from: rows by entity or by block, a fingerprint, and scores of exactly these rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipelines.errors import BadInput
from pipelines.evidence import Evidence, fingerprint, read_scores

KEYS = pd.DataFrame(
    {
        "entity": pd.Categorical(["b", "b", "a", "a", "a"], categories=["a", "b", "unused"]),
        "time": np.array([0, 70, 0, 59, 60], dtype=np.int64),
        "label": np.array([0, 1, 0, 0, 1], dtype=np.int8),
    }
)


def test_rows_are_resampled_by_entity() -> None:
    rows = Evidence(KEYS, {}, {}).rows()
    assert rows.entity.tolist() == [0, 0, 1, 1, 1]
    assert (rows.entities, rows.positive_entities) == (2, 2)
    assert rows.label.tolist() == [0, 1, 0, 0, 1]


def test_rows_are_resampled_by_entity_and_block_where_asked() -> None:
    rows = Evidence(KEYS, {}, {}).rows(block=60)
    assert rows.entity.tolist() == [0, 1, 2, 2, 3]
    assert rows.entities == 4


def test_a_block_never_holds_two_entities() -> None:
    rows = Evidence(KEYS, {}, {}).rows(block=10**9)
    assert rows.entity.tolist() == [0, 0, 1, 1, 1]


def test_no_rows_are_no_entities() -> None:
    rows = Evidence(KEYS[:0], {}, {}).rows()
    assert (rows.entities, rows.positive_entities, len(rows.label)) == (0, 0, 0)


def test_the_fingerprint_is_that_of_the_rows_and_not_of_their_types() -> None:
    same = KEYS.assign(entity=KEYS["entity"].astype(str), label=KEYS["label"].astype(bool), extra=1)
    assert fingerprint(same) == fingerprint(KEYS)
    assert len(fingerprint(KEYS)) == 64


@pytest.mark.parametrize(
    "other",
    [
        KEYS.assign(label=1 - KEYS["label"]),
        KEYS.assign(time=KEYS["time"] + 1),
        KEYS.assign(entity=["b", "b", "a", "a", "c"]),
        KEYS.assign(entity=["a", "a", "b", "b", "b"]),
        KEYS[:-1],
        KEYS[::-1],
        KEYS[:0],
    ],
    ids=["labels", "times", "an entity", "entities swapped", "a row fewer", "another order", "none"],
)
def test_other_rows_have_another_fingerprint(other: pd.DataFrame) -> None:
    assert fingerprint(other) != fingerprint(KEYS)


def scored(keys: pd.DataFrame, folder: Path, algorithm: str = "trees", runs: int = 2) -> None:
    columns = {f"score_{100 + run}": np.linspace(0.1, 0.5 + run / 10, len(keys)) for run in range(runs)}
    keys.assign(**columns).to_parquet(folder / f"{algorithm}.parquet", index=False)


def test_scores_are_a_run_for_each_seed_in_the_order_of_the_rows(tmp_path: Path) -> None:
    scored(KEYS, tmp_path)
    found = read_scores(tmp_path, KEYS, ["trees"])
    assert found["trees"].tolist() == [np.linspace(0.1, end, 5).tolist() for end in (0.5, 0.6)]


def test_an_algorithm_without_a_file_is_left_out(tmp_path: Path) -> None:
    scored(KEYS, tmp_path)
    assert list(read_scores(tmp_path, KEYS, ["oracle", "trees"])) == ["trees"]
    assert read_scores(tmp_path / "nowhere", KEYS, ["trees"]) == {}


def test_scores_nobody_asks_for_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "other.parquet").write_bytes(b"not parquet")
    assert read_scores(tmp_path, KEYS, ["trees"]) == {}


@pytest.mark.parametrize("other", [KEYS[:-1], KEYS[::-1], KEYS.assign(label=1 - KEYS["label"])])
def test_scores_of_other_rows_are_refused(tmp_path: Path, other: pd.DataFrame) -> None:
    scored(other, tmp_path)
    with pytest.raises(BadInput, match=r"trees\.parquet: scores of other rows than the judging ones; run `make run`"):
        read_scores(tmp_path, KEYS, ["trees"])
