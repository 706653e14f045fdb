"""A tick gives, to the bit, what the batch path gives of the same rows, whatever order and gaps."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clockwork.learning.ticks.look_back import LookBack
from clockwork.learning.ticks.ring import Ring
from clockwork.learning.ticks.state import Rows, Scores, State
from clockwork.learning.ticks.sums import Sums, fits
from clockwork.learning.ticks.tick import tick
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.settings.fleet import FleetSettings
from pipelines.features import build_features

ROOT = Path(__file__).resolve().parents[4]
METRICS = ["load", "heat"]
ALL = ["mean", "std", "min", "max", "z"]
MERGED: dict[int, Any] = {1: ["z"], 5: ALL, 7: ["mean"], 13: ["std", "max"], 20: ALL}
SUMMED: dict[int, Any] = {1: ["mean"], 9: ["mean", "std"], 25: ["z", "mean"]}


def seen(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Stands for a model; its score is one number that every bit of the features changes."""
    return np.asarray([float(hash(row.tobytes())) for row in x])


def state(step: int = 1, every: int = 1, late: int = 6, **other: Any) -> State:
    windows = other.pop("windows", MERGED)
    how = FeatureSettings(every=every, windows=windows, missing=other.pop("missing", "keep"))
    kind = other.pop("kind", Sums if fits(how) else Ring)
    return State(how, step, METRICS, late, seen, kind, block=other.pop("block", 3))


def history(seed: int, step: int = 1, cells: int = 60, entities: int = 8) -> pd.DataFrame:
    """Rows of entities that come and go, with gaps, missing values and phases of their own."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(entities):
        first, last = sorted(rng.integers(0, cells, 2).tolist())
        cell = np.arange(first, last + 1)[
            rng.random(last + 1 - first) < rng.choice([0.3, 0.8, 1.0])
        ]
        if rng.random() < 0.3:
            cell = cell[(cell < 10) | (cell > 45)]
        values = (50 + 10 * rng.normal(size=(len(cell), 2))).astype(np.float32)
        values[rng.random(values.shape) < rng.choice([0.0, 0.3, 1.0])] = np.nan
        phase = int(rng.integers(0, step))
        frame = pd.DataFrame(values, columns=METRICS)
        frame.insert(0, "entity", f"e{number}")
        frame.insert(1, "time", 1000 * step + cell * step + phase)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def batch(rows: pd.DataFrame, one: State) -> dict[tuple[str, int], float]:
    """The scores of the batch path."""
    ordered = rows.sort_values(["entity", "time"], ignore_index=True).astype({"entity": "category"})
    keys, x = build_features(ordered, METRICS, one.step, one.how)
    names = zip(keys["entity"].astype(str), keys["time"], strict=True)
    return dict(zip(names, seen(np.asarray(x)), strict=True))


def sent(rows: pd.DataFrame) -> Rows:
    return Rows(
        rows["entity"].to_numpy(dtype=object),
        rows["time"].to_numpy(np.int64),
        rows[METRICS].to_numpy(np.float32),
    )


def ones(names: list[str], *times: int) -> Rows:
    """A row of ones for each of `names`, at its time or at the one of all."""
    entity = np.array(names, dtype=object)
    time = np.broadcast_to(np.array(times, dtype=np.int64), len(names))
    return Rows(entity, time, np.ones((len(names), 2), dtype=np.float32))


def run(one: State, rows: pd.DataFrame, arrival: npt.NDArray[np.int64]) -> Iterator[Scores]:
    for minute in np.unique(arrival):
        yield tick(one, int(minute), sent(rows[arrival == minute]))


def by_key(scores: Scores) -> dict[tuple[str, int], float]:
    names = zip(scores.entity, scores.time.tolist(), strict=True)
    return dict(zip(names, scores.score.tolist(), strict=True))


def final(ticks: Iterator[Scores]) -> dict[tuple[str, int], float]:
    """The last score of every row."""
    found: dict[tuple[str, int], float] = {}
    for one in ticks:
        found |= by_key(one)
    return found


@given(
    seed=st.integers(0, 10**6),
    step=st.sampled_from([1, 2, 5]),
    every=st.sampled_from([1, 3, 4]),
    missing=st.sampled_from(["keep", "zero"]),
    windows=st.sampled_from([MERGED, SUMMED]),
)
@settings(max_examples=8, deadline=None)
def test_every_score_is_that_of_the_batch_path(
    seed: int, step: int, every: int, missing: str, windows: dict[int, Any]
) -> None:
    rows = history(seed, step)
    one = state(step, every, missing=missing, windows=windows)
    assert final(run(one, rows, rows["time"].to_numpy())) == batch(rows, one)


def test_a_device_of_the_demo_takes_four_kilobytes_at_most() -> None:
    how = feature_settings(ROOT).model_copy(update={"every": 1})
    metrics = [f"metric-{number}" for number in range(8)]
    one = State(how, 1, metrics, FleetSettings().late, lambda x: np.zeros(len(x)), Sums)
    rows = ones([f"device-{number}" for number in range(10_000)], 0)
    tick(one, 0, replace(rows, values=np.tile(rows.values, 4)))
    assert one.bytes / 10_000 <= 4000


def test_a_row_has_its_score_before_a_late_one_of_its_entity_changes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Every window is merged from its cells.
    monkeypatch.setattr("clockwork.learning.ticks.margin.ROUND", 1.0)
    one = state(windows={9: ["mean"]})
    rows = pd.DataFrame(
        {"entity": "a", "time": [1, 3, 2], "load": [1.0, 2.0, 7.0], "heat": [3.0, 4.0, 9.0]}
    )
    first, second = run(one, rows, np.array([1, 3, 3]))
    without = batch(rows[rows["time"] != 2], one)
    assert list(zip(second.time.tolist(), second.again.tolist(), strict=True)) == [
        (3, False),
        (2, False),
        (3, True),
    ]
    assert (first.score[0], second.score[0]) == (without["a", 1], without["a", 3])
    assert second.score[2] == batch(rows, one)["a", 3] != second.score[0]


def test_entities_that_vanished_are_looked_up_anew() -> None:
    one = state(windows={9: ["mean"]}, late=0)
    # Too late for the second, which is when they vanish.
    for minute, time in ((1, 1), (100, 5), (101, 101)):
        scores = tick(one, minute, ones(["a", "b"], time))
    assert (scores.entity.tolist(), sorted(one.place)) == (["a", "b"], ["a", "b"])
    tick(one, 102, ones(["c"], 102))
    assert len(set(one.place.values())) == 3


def test_a_ring_grows_with_its_entities() -> None:
    one = state(block=100)
    for number in range(70):
        scores = tick(one, number, ones([f"e{at}" for at in range(number + 1)], number))
    assert [held.raw.shape[1] for held in one.rings] == [80]
    rows = pd.DataFrame({"entity": "e3", "time": np.arange(3, 70), "load": 1.0, "heat": 1.0})
    assert scores.score[scores.entity == "e3"].tolist() == [batch(rows, one)["e3", 69]]


@given(seed=st.integers(0, 10**6), step=st.sampled_from([1, 5]), late=st.sampled_from([0, 6, 40]),
       windows=st.sampled_from([MERGED, SUMMED]))  # fmt: skip
@settings(max_examples=8, deadline=None)
def test_late_rows_change_what_they_would_have_changed_and_later_ones_are_refused(
    seed: int, step: int, late: int, windows: dict[int, Any]
) -> None:
    rows = history(seed, step)
    delay = np.random.default_rng(seed).choice([0, 0, 0, 1, 4, 12], len(rows)) * step
    arrival = rows["time"].to_numpy() + delay
    one = state(step, late=late, windows=windows)
    refused = np.zeros(len(rows), dtype=bool)
    found: dict[tuple[str, int], float] = {}
    for minute in np.unique(arrival):
        at = np.flatnonzero(arrival == minute)
        scores = tick(one, int(minute), sent(rows.iloc[at]))
        found |= by_key(scores)
        refused[at[scores.refused.get("too late", [])]] = True
        assert set(scores.refused) <= {"too late"}
    assert (refused == (delay > (late // step) * step)).all()
    assert found == batch(rows[~refused], one)


def test_what_is_there_already_off_the_grid_or_ahead_is_refused_and_named() -> None:
    one = state(5)
    tick(one, 103, ones(["a"], 103))
    scores = tick(one, 108, ones(list("aaabac"), 108, 103, 108, 106, 105, 110))
    assert scores.refused == {
        "there already": [1, 2],
        "off the grid of its entity": [4],
        "ahead of the minute": [5],
    }
    assert sorted(zip(scores.entity, scores.time.tolist(), strict=True)) == [("a", 108), ("b", 106)]


@pytest.mark.parametrize("windows", [MERGED, SUMMED])
def test_one_that_is_silent_for_the_whole_ring_leaves_its_place_clean(
    windows: dict[int, Any],
) -> None:
    one = state(block=1, windows=windows)
    for minute in range(3):
        tick(one, minute, ones(["a"], minute))
    assert tick(one, 200, ones([])).counts["vanished"] == 1
    again = tick(one, 201, ones(["b"], 201))
    fresh = tick(state(windows=windows), 201, ones(["b"], 201))
    assert len(one.rings) == 1
    assert again.score.tolist() == fresh.score.tolist()


@given(seed=st.integers(0, 10**6))
@settings(max_examples=5, deadline=None)
def test_the_look_back_is_exact_for_features_that_no_ring_holds(seed: int) -> None:
    rows = history(seed, 2, entities=4)
    one = state(2, late=0, kind=LookBack)
    assert final(run(one, rows, rows["time"].to_numpy())) == batch(rows, one)


@pytest.mark.parametrize("windows", [MERGED, SUMMED])
@pytest.mark.parametrize("gap", [1, 7, 26, 27, 1000])
def test_minutes_that_nobody_sent_are_empty_cells(gap: int, windows: dict[int, Any]) -> None:
    rows = pd.DataFrame(
        {"entity": "a", "time": [0, 1, 1 + gap, 2 + gap], "load": [1.0, 2.0, 4.0, 8.0], "heat": 0.5}
    )
    one = state(windows=windows)
    assert final(run(one, rows, rows["time"].to_numpy())) == batch(rows, one)
