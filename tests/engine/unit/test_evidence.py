"""What the gate decides from: rows by entity or by block, a fingerprint, and scores.

The scores are of exactly these rows.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.compare.paired_scores import Evidence, Floats, read_scores
from clockwork.learning.keys import RowKeys
from clockwork.support.errors import BadInput

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
    assert RowKeys(same).fingerprint() == RowKeys(KEYS).fingerprint()
    assert len(RowKeys(KEYS).fingerprint()) == 64


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
    ids=[
        "labels",
        "times",
        "an entity",
        "entities swapped",
        "a row fewer",
        "another order",
        "none",
    ],
)
def test_other_rows_have_another_fingerprint(other: pd.DataFrame) -> None:
    assert RowKeys(other).fingerprint() != RowKeys(KEYS).fingerprint()


def scored(keys: pd.DataFrame, folder: Path, algorithm: str = "trees", runs: int = 2) -> None:
    columns = {
        f"score_{100 + run}": np.linspace(0.1, 0.5 + run / 10, len(keys)) for run in range(runs)
    }
    keys.assign(**columns).to_parquet(folder / f"{algorithm}.parquet", index=False)


def test_scores_are_a_run_for_each_seed_in_the_order_of_the_rows(tmp_path: Path) -> None:
    scored(KEYS, tmp_path)
    found = read_scores(tmp_path, KEYS, "trees")
    assert found is not None
    assert found.tolist() == [np.linspace(0.1, end, 5).tolist() for end in (0.5, 0.6)]


def test_an_algorithm_without_a_file_has_no_scores(tmp_path: Path) -> None:
    scored(KEYS, tmp_path)
    assert read_scores(tmp_path, KEYS, "oracle") is None
    assert read_scores(tmp_path / "nowhere", KEYS, "trees") is None


def test_scores_nobody_asks_for_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "other.parquet").write_bytes(b"not parquet")
    assert read_scores(tmp_path, KEYS, "trees") is None


@pytest.mark.parametrize("other", [KEYS[:-1], KEYS[::-1], KEYS.assign(label=1 - KEYS["label"])])
def test_scores_of_other_rows_are_refused(tmp_path: Path, other: pd.DataFrame) -> None:
    scored(other, tmp_path)
    with pytest.raises(
        BadInput,
        match=r"trees\.parquet: scores of other rows than the evaluation rows; run `make run`",
    ):
        read_scores(tmp_path, KEYS, "trees")


SLICED = KEYS.assign(
    kind=pd.Categorical(
        ["server", "camera", "server", "server", "server"], ["camera", "router", "server"]
    ),
    site=["x", "x", "y", "x", "y"],
)


def test_slices_mark_the_rows_of_every_value_and_name_those_that_have_none() -> None:
    found = {name: rows.tolist() for name, rows in Evidence(SLICED, {}, {}).slices().items()}
    assert found == {
        "kind camera": [False, True, False, False, False],
        "kind router": [False] * 5,
        "kind server": [True, False, True, True, True],
        "site x": [True, True, False, True, False],
        "site y": [False, False, True, False, True],
    }
    assert Evidence(KEYS, {}, {}).slices() == {}


def test_a_row_whose_slice_is_unknown_is_in_none() -> None:
    unknown = SLICED.assign(kind=SLICED["kind"].mask(SLICED["time"] == 0), site="x")
    found = Evidence(unknown, {}, {}).slices()
    kinds = np.stack([rows for name, rows in found.items() if name.startswith("kind ")])
    assert kinds.sum(axis=0).tolist() == [0, 1, 0, 1, 1]


RUNS = np.linspace(0.1, 0.9, 20).reshape(4, 5)
MOVED: dict[str, tuple[Floats, Floats, bool]] = {
    "the same runs": (RUNS, RUNS.copy(), False),
    "a base with more seeds": (RUNS[:2], RUNS, False),
    "a base with more seeds, of which others are head's": (RUNS[1:3], RUNS, True),
    "a base with fewer seeds": (RUNS, RUNS[:2], True),
    "a last bit": (np.nextafter(RUNS, 1), RUNS, True),
    "no number": (np.where(RUNS > 0.8, np.nan, RUNS), RUNS, True),
}


@pytest.mark.parametrize("case", MOVED)
def test_an_algorithm_moved_where_head_is_not_bases_first_runs_to_the_bit(case: str) -> None:
    head, base, moved = MOVED[case]
    evidence = Evidence(KEYS, {"rule": RUNS, "trees": head}, {"trees": base, "rule": RUNS})
    assert evidence.moved() == (["trees"] if moved else [])


def test_an_algorithm_on_one_side_only_did_not_move() -> None:
    assert Evidence(KEYS, {"trees": RUNS}, {"rule": RUNS}).moved() == []
