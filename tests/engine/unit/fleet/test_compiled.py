"""Loops give the batch path's windows and LightGBM's scores to the bit, compiled or not."""

from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pytest

from clockwork.fleet.trees import Trees
from clockwork.learning.ticks import compiled
from clockwork.learning.ticks.compiled import Compiled
from clockwork.learning.ticks.sums import Sums
from clockwork.learning.ticks.tick import tick
from tests.engine.unit.fleet.test_sums import differing
from tests.engine.unit.fleet.test_tick import SUMMED, history, sent, state

SLOTS, ROWS = 15, 600  # few, for where Python runs the loops
Floats = npt.NDArray[np.float32]


def test_windows_are_those_of_merged_halves() -> None:
    assert differing(1, Compiled, SLOTS) == 0


def test_it_is_the_margin_that_gives_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "ROUND", 0.0)
    assert differing(1, Compiled, SLOTS) > 0


@pytest.mark.parametrize("seed", range(4))
def test_a_compiled_tick_gives_every_score_of_a_plain_one(seed: int) -> None:
    step, late = [(1, 0), (2, 6), (5, 15)][seed % 3]
    rows = history(seed, step)
    delay = np.random.default_rng(seed).choice([0, 0, 0, 1, 2], len(rows)) * step * (late > 0)
    arrival = rows["time"].to_numpy() + np.minimum(delay, late // step * step)
    both = [state(step, late=late, windows=SUMMED, kind=kind) for kind in (Compiled, Sums)]
    for minute in np.unique(arrival):
        one, other = (tick(each, int(minute), sent(rows[arrival == minute])) for each in both)
        assert one.entity.tolist() == other.entity.tolist()
        assert (one.time.tobytes(), one.score.tobytes()) == (
            other.time.tobytes(),
            other.score.tobytes(),
        )


def rows(rng: np.random.Generator, holes: float) -> Floats:
    x = rng.normal(0, 3, (ROWS, 5)).astype(np.float32)
    x[rng.random(x.shape) < holes] = np.nan
    return x


def trained(folder: Path, x: Any, leaves: int, **other: Any) -> tuple[lgb.Booster, Path]:
    rng = np.random.default_rng(7)
    y = (np.nan_to_num(x).sum(axis=1) + rng.normal(size=len(x)) > 0).astype(int)
    own = {
        "objective": "binary",
        "num_leaves": leaves,
        "min_data_in_leaf": 1,
        "min_data_in_bin": 1,
        "verbosity": -1,
    }
    categories = other.pop("categorical_feature", "auto")
    booster = lgb.train({**own, **other}, lgb.Dataset(x, y, categorical_feature=categories), 5)
    booster.save_model(folder / "model.txt")
    return booster, folder / "model.txt"


def thresholds(node: dict[str, Any]) -> list[float]:
    if "split_feature" not in node:
        return []
    return [node["threshold"], *thresholds(node["left_child"]), *thresholds(node["right_child"])]


@pytest.mark.parametrize(("leaves", "bins"), [(2, 255), (32, 255), (33, 255), (100, 255), (31, 3)])
@pytest.mark.parametrize("holes", [0.0, 0.2])
def test_trees_give_the_scores_of_predict(
    tmp_path: Path, leaves: int, bins: int, holes: float
) -> None:
    rng = np.random.default_rng(leaves)
    booster, path = trained(tmp_path, rows(rng, holes), leaves, max_bin=bins)
    assert max(tree["num_leaves"] for tree in booster.dump_model()["tree_info"]) == leaves
    x = np.concatenate([rows(rng, 0.1), rng.choice(edges(booster), (ROWS, 5))]).astype(np.float32)
    assert (Trees.read(path).score(x) == booster.predict(x, num_threads=1)).all()


def edges(booster: lgb.Booster) -> Floats:
    """Floats at, just below and just above the splits, and the extremes."""
    splits = [thresholds(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]
    at = np.concatenate(splits).astype(np.float32)
    ends = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 1e-38], dtype=np.float32)
    return np.concatenate(
        [at, np.nextafter(at, np.float32(np.inf)), np.nextafter(at, np.float32(-np.inf)), ends]
    )


def test_a_threshold_rounded_up_would_send_rows_to_the_wrong_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    booster, path = trained(tmp_path, rows(np.random.default_rng(1), 0.0), 32)
    x = np.random.default_rng(2).choice(edges(booster), (ROWS, 5)).astype(np.float32)
    monkeypatch.setattr(np, "nextafter", lambda threshold, _: threshold)
    assert (Trees.read(path).score(x) != booster.predict(x, num_threads=1)).any()


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (
            {"categorical_feature": [0], "min_data_per_group": 1, "cat_smooth": 0},
            "splits of categories",
        ),
        ({"zero_as_missing": True}, "0 for a missing value"),
        ({"linear_tree": True}, "leaves that are linear"),
        ({"min_data_in_leaf": ROWS}, "trees without a split"),
        ({"objective": "regression"}, "trees for 'regression' are scored by LightGBM alone"),
        (
            {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5},
            "scored by LightGBM alone",
        ),
    ],
)
def test_trees_of_another_kind_are_left_to_lightgbm(
    tmp_path: Path, other: dict[str, Any], why: str
) -> None:
    x = rows(np.random.default_rng(3), 0.0)
    x[:, 0] = 4 * np.abs(x[:, 0]).round()
    path = trained(tmp_path, x, 8, **other)[1]
    with pytest.raises(ValueError, match=why):
        Trees.read(path)


def test_rows_of_another_model_are_refused(tmp_path: Path) -> None:
    x = rows(np.random.default_rng(3), 0.0)
    trees = Trees.read(trained(tmp_path, x, 8)[1])
    with pytest.raises(ValueError, match="4 features for a model of 5"):
        trees.score(x[:, :4])
