"""Every experiment can fail.

Each is shown a commit that looks ahead, lies about its scores, or hides the label.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from clockwork.learning.data.profile import Profile, profile
from clockwork.learning.encoding import encode
from clockwork.learning.probes.declaration import declared
from clockwork.learning.probes.parity import parity
from clockwork.learning.probes.single_feature import single_feature
from clockwork.learning.ticks.way import by_ticks
from clockwork.project import find_model
from pipelines.features import build_features
from tests.engine.unit.probes.conftest import HOW, METRICS, NAMES

Built = tuple[pd.DataFrame, npt.NDArray[np.float32]]


@pytest.fixture
def rows() -> pd.DataFrame:
    """Raw rows of six entities over 200 minutes, one row in a hundred missing."""
    generator = np.random.default_rng(1)
    entity = np.repeat([f"device-{n}" for n in range(6)], 200)
    frame = pd.DataFrame({"entity": pd.Categorical(entity), "time": np.tile(np.arange(200), 6)})
    frame["label"] = (generator.random(len(frame)) < 0.1).astype(np.int8)
    for metric in METRICS:
        frame[metric] = (generator.normal(size=len(frame)) + 2 * frame["label"]).astype(np.float32)
    return frame[generator.random(len(frame)) > 0.01].reset_index(drop=True)


def honest(some: pd.DataFrame) -> Built:
    """Features as the project builds them."""
    keys, x = build_features(some, METRICS, 1, HOW)
    return keys, encode(x, {})


def scored_by(
    model: str, rows: pd.DataFrame, place: Path, params: Mapping[str, Any]
) -> pd.DataFrame:
    """Train `model`, save it under seed 7, and score every row as the pipeline does."""
    keys, x = honest(rows)
    trained = find_model(model).fit(x, keys["label"].to_numpy(), params, 7)
    (place / "7").mkdir()
    trained.save(place / "7")
    return keys[["entity", "time", "label"]].assign(score_7=trained.score(x))


@pytest.mark.parametrize(("model", "params"), [("lightgbm", {"rounds": 5}), ("logistic", {})])
def test_scores_of_the_models_agree_row_by_row(
    rows: pd.DataFrame, tmp_path: Path, model: str, params: Mapping[str, Any]
) -> None:
    scored = scored_by(model, rows, tmp_path, params)
    assert parity(rows, honest, scored, tmp_path, model).held


def test_ticks_that_give_other_features_than_the_pipeline_are_found(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    scored, ticked = scored_by("robust_z", rows, tmp_path, {}), by_ticks(HOW, 1, METRICS)
    assert parity(rows, honest, scored, tmp_path, "robust_z", ticked).held
    found = parity(
        rows,
        honest,
        scored,
        tmp_path,
        "robust_z",
        lambda past: np.nextafter(ticked(past), np.float32(9)),
    )
    assert not found.held
    assert "a tick gives other features" in found.message


def test_features_that_no_tick_can_build_are_named(rows: pd.DataFrame, tmp_path: Path) -> None:
    def lacking(past: pd.DataFrame) -> npt.NDArray[np.float32]:
        return np.asarray(past["no such column"], dtype=np.float32)

    found = parity(
        rows, honest, scored_by("robust_z", rows, tmp_path, {}), tmp_path, "robust_z", lacking
    )
    assert found.held
    assert found.message.endswith(
        "; a tick cannot build these features (KeyError: 'no such column')"
    )


def test_scores_of_another_model_are_found(rows: pd.DataFrame, tmp_path: Path) -> None:
    scored = scored_by("logistic", rows, tmp_path, {})
    stale = scored.assign(score_7=scored["score_7"] * 0.99)
    found = parity(rows, honest, stale, tmp_path, "logistic")
    assert not found.held
    assert "another score" in found.message


def test_scores_made_from_other_features_than_the_raw_rows_give_are_found(
    rows: pd.DataFrame, tmp_path: Path
) -> None:
    scored = scored_by("logistic", rows, tmp_path, {})
    served = rows.assign(load=rows["load"] * 1000)
    assert not parity(served, honest, scored, tmp_path, "logistic").held


def test_a_feature_that_is_the_label_is_found() -> None:
    generator = np.random.default_rng(2)
    y = (generator.random(500) < 0.1).astype(np.int8)
    noise = generator.normal(size=(500, 2)).astype(np.float32)
    assert single_feature(noise, y, ["a", "b"]).held
    leak = np.column_stack([noise, -y + 0.1 * noise[:, 0]]).astype(np.float32)
    found = single_feature(leak, y, ["a", "b", "hours to failure"])
    assert not found.held
    assert "hours to failure" in found.message


def test_a_feature_that_is_missing_where_the_label_is_set_is_found() -> None:
    y = (np.arange(200) % 10 == 0).astype(np.int8)
    x = np.where(y == 1, np.nan, 1.0).astype(np.float32)[:, None]
    assert not single_feature(x, y, ["last seen"]).held


@pytest.fixture
def seen(rows: pd.DataFrame) -> Profile:
    """The profile of honest features."""
    return profile(honest(rows)[1], NAMES)


def test_features_as_declared_pass(seen: Profile) -> None:
    assert declared(seen, seen).held


@pytest.mark.parametrize("lock", [None, {}, []])
def test_without_a_declaration_nothing_passes(seen: Profile, lock: Any) -> None:
    assert not declared(seen, lock).held


@pytest.mark.parametrize(
    "file",
    [{"load": 3}, {"load": {"mean": 1.0}}, {"load": {"mean": "x", "spread": 1, "missing": 0}}],
)
def test_a_declaration_that_says_nothing_of_a_feature_never_passes(
    seen: Profile, file: dict[str, Any]
) -> None:
    assert not declared(seen, {**seen, **file}).held


def test_a_declaration_of_an_earlier_version_is_read_and_what_it_lacks_is_reported(
    seen: Profile,
) -> None:
    old = {
        name: {key: look[key] for key in ("mean", "missing", "spread")}
        for name, look in seen.items()
    }
    found = declared(seen, old)
    assert found.held
    assert found.message.endswith(
        f"({len(NAMES)} of them without range, tails and distinct values: declare them anew)"
    )


def test_a_feature_that_wraps_in_a_few_rows_is_found(rows: pd.DataFrame) -> None:
    x = np.tile(honest(rows)[1] + 10, (20, 1))
    lock = profile(x, NAMES)
    x[:2, 0] = -12
    assert "'load' is negative, down to -12" in declared(profile(x, NAMES), lock).message


def test_a_new_and_a_dropped_feature_are_reported_by_name(seen: Profile) -> None:
    assert "'load' is new" in declared(seen, {k: v for k, v in seen.items() if k != "load"}).message
    assert (
        "'heat' is gone" in declared({k: v for k, v in seen.items() if k != "heat"}, seen).message
    )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda v: v * 1000, "mean"),
        (lambda v: v + 5, "mean"),
        (lambda v: v * 0, "spread"),
        (lambda v: np.where(np.arange(len(v)) % 10 == 0, np.nan, v), "missing"),
    ],
)
def test_a_feature_in_another_unit_moved_zeroed_or_lost_is_found(
    rows: pd.DataFrame, change: Any, expected: str
) -> None:
    x = honest(rows)[1]
    lock = profile(x, NAMES)
    x[:, 0] = change(x[:, 0])
    found = declared(profile(x, NAMES), lock)
    assert not found.held
    assert expected in found.message
    assert "'load'" in found.message
