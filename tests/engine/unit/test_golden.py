"""Golden incidents: what counts as found, which are picked; the file reads as it was written."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import pipelines
from clockwork.compare.golden import (
    GOLDEN,
    QUIET_ROWS,
    Candidate,
    Floats,
    Stretch,
    choose,
    found,
    gating,
    golden,
    ranks,
    read_golden,
    rows_of,
    take,
)
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.paths import EVALUATION, SCORES

ROOT = Path(pipelines.__path__[0]).parent
MINUTES, STEP = 400, 4
# From the first minute to the last.
EVENTS = {"a": (40, 79), "b": (200, 239), "c": (200, 239), "d": (320, 359)}
SLICES = {"a": "hot", "b": "hot", "c": "hot", "d": "cold", "e": "cold", "f": "hot"}


def fleet() -> pd.DataFrame:
    """Judging rows of six entities; four of them have an event, two at the same time."""
    times = np.arange(0, MINUTES, STEP)
    frames = []
    for entity, kind in SLICES.items():
        first, last = EVENTS.get(entity, (MINUTES, MINUTES))
        label = ((times >= first) & (times <= last)).astype(np.int8)
        frames.append(pd.DataFrame({"entity": entity, "kind": kind, "time": times, "label": label}))
    return pd.concat(frames, ignore_index=True).astype({"entity": "category", "kind": "category"})


def scores(keys: pd.DataFrame, seeds: int = 3) -> Floats:
    """Runs that find every event, each a little differently, and an event's start best of all."""
    noise = np.random.default_rng(0).random((seeds, len(keys)))
    starts = keys["time"].to_numpy() == keys["entity"].astype(str).map(
        lambda name: EVENTS.get(name, (-1, -1))[0]
    )
    return np.asarray(keys["label"].to_numpy() + starts.to_numpy() + noise / 2, dtype=np.float64)


def stretch(entity: str, since: int, until: int) -> Stretch:
    return Stretch(entity=entity, since=since, until=until, rows=1, algorithms=["trees"])


def test_a_rank_counts_the_scores_that_are_at_least_as_high() -> None:
    assert ranks(np.array([[0.1, 0.9, 0.5], [0.2, 0.2, 0.2]])).tolist() == [[3, 1, 2], [3, 3, 3]]


def test_a_score_that_is_no_number_is_no_high_one() -> None:
    assert ranks(np.array([[0.1, np.nan, 0.5]])).tolist() == [[2, 3, 1]]


def test_an_incident_is_found_by_its_highest_row_in_the_median_run() -> None:
    rows = np.array([1, 2])
    assert found(np.array([[9, 2, 7], [9, 3, 8], [1, 90, 80]]), rows, positives=3)
    assert not found(np.array([[9, 2, 7], [1, 70, 80], [1, 90, 80]]), rows, positives=3)


def test_a_constant_model_finds_nothing() -> None:
    keys = fleet()
    flat = ranks(np.full((1, len(keys)), 0.5))
    assert not found(flat, np.flatnonzero(keys["label"]), positives=int(keys["label"].sum()))


def test_the_rows_of_a_stretch_include_both_ends() -> None:
    keys = fleet()
    assert keys["time"].to_numpy()[rows_of(keys, stretch("b", 8, 16))].tolist() == [8, 12, 16]
    assert len(rows_of(keys, stretch("nobody", 8, 16))) == 0
    assert len(rows_of(keys.drop(columns="time"), stretch("b", 8, 16))) == 0


def test_clear_incidents_are_picked_with_all_their_rows_and_each_at_another_time() -> None:
    keys = fleet()
    picked = choose(keys, {"trees": ranks(scores(keys))})
    assert {one.entity for one in picked.incidents} in ({"a", "b", "d"}, {"a", "c", "d"})
    for one in picked.incidents:
        assert keys["label"].to_numpy()[rows_of(keys, one)].tolist() == [1] * one.rows == [1] * 10
    assert {one.what for one in picked.incidents} == {"hot, 36 minutes", "cold, 36 minutes"}


def test_an_incident_names_the_algorithms_that_find_it_widely_in_every_run() -> None:
    keys = fleet()
    blind = scores(keys)
    blind[1, (keys["entity"] == "d") & (keys["label"] == 1)] = 0.0
    picked = choose(keys, {"blind": ranks(blind), "trees": ranks(scores(keys))})
    named = {one.entity: one.algorithms for one in picked.incidents}
    assert named["d"] == ["trees"]
    assert "blind" in named["a"]


def test_quiet_stretches_are_low_negative_and_of_other_entities() -> None:
    keys = fleet()
    low = scores(keys)
    calm = np.flatnonzero(keys["entity"] == "e")
    low[:, calm] = -np.arange(1, len(calm) + 1)
    picked = choose(keys, {"trees": ranks(low)})
    assert picked.quiet
    for one in picked.quiet:
        assert one.entity == "e"
        assert one.rows == QUIET_ROWS == len(rows_of(keys, one))
        assert not keys["label"].to_numpy()[rows_of(keys, one)].any()


def test_a_model_that_finds_nothing_leaves_nothing_to_hold_it_to() -> None:
    keys = fleet()
    assert choose(keys, {"flat": ranks(np.full((2, len(keys)), 0.5))}).incidents == []
    assert choose(keys, {}).incidents == []


def test_groups_take_turns() -> None:
    apart = [stretch(name, 100 * at, 100 * at + 50) for at, name in enumerate("abcd")]
    groups = ["hot", "hot", "hot", "cold"]
    candidates = [
        Candidate(one, group, place)
        for place, (one, group) in enumerate(zip(apart, groups, strict=True))
    ]
    assert [one.entity for one in take(candidates, 3)] == ["a", "d", "b"]


def project(root: Path) -> pd.DataFrame:
    """A checkout with this repository's gate, evaluation rows, scores of every gating algorithm."""
    keys = fleet()
    for folder in (
        (root / EVALUATION).parent,
        root / SCORES,
        root / GOLDEN.parent,
        root / "configs",
    ):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "configs" / "gate.yaml", root / "configs")
    keys.to_parquet(root / EVALUATION)
    for name in gating(root):
        runs = {f"score_{seed}": run for seed, run in enumerate(scores(keys))}
        keys[["entity", "time", "label"]].assign(**runs).to_parquet(
            root / SCORES / f"{name}.parquet"
        )
    return keys


def test_the_file_reads_as_it_was_written(tmp_path: Path) -> None:
    keys = project(tmp_path)
    reported = golden(Checkout(tmp_path))
    read = read_golden(tmp_path / GOLDEN)
    assert reported.startswith(
        f"{GOLDEN}: {len(read.incidents)} incidents and {len(read.quiet)} quiet stretches"
    )
    assert len(read.incidents) == 3
    assert read == choose(keys, {name: ranks(scores(keys)) for name in gating(tmp_path)})


def test_a_checkout_that_never_ran_is_reported_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="make run"):
        golden(Checkout(tmp_path))


def test_a_wrong_key_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "golden.yaml").write_text(
        "incidents:\n  - {entity: a, since: 1, untl: 2, rows: 1, algorithms: [x]}\n"
    )
    with pytest.raises(BadInput, match="did you mean 'until'") as caught:
        read_golden(tmp_path / "golden.yaml")
    assert "\n" not in str(caught.value)
