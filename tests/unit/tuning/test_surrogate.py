"""The next point lies in the space, where the model of the scores promises most, and away from what is being tried."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from pipelines.settings.models import ModelSettings, Params
from pipelines.tuning import surrogate
from pipelines.tuning.surrogate import propose

PLAIN = {"rate": {"low": 0.01, "high": 1.0, "log": True}, "depth": {"low": 2, "high": 9}}
MIXED = {
    "kind": ["plain", "wild", "odd"],
    "rate": {"low": 0.01, "high": 1.0, "log": True},
    "share": {"low": 0.1, "high": 1.0, "step": 0.4},
    "even": {"low": 3, "high": 10, "step": 2},
    "depth": {"low": 2, "high": 9, "when": {"kind": ["wild"]}},
}


def space(search: dict[str, Any]) -> ModelSettings:
    return ModelSettings.model_validate({"search": search})


def best_after(trials: int, seed: int, near: tuple[float, int]) -> float:
    """How close a search comes to the point `near`, of which it sees the distance; 0 is there."""
    seen: list[tuple[Params, float]] = []
    for at in range(trials):
        point = propose(space(PLAIN), seen, [], np.random.default_rng([seed, at]))
        rate, depth = float(point["rate"]), float(point["depth"])
        seen.append((point, -abs(np.log10(rate / near[0])) / 2 - abs(depth - near[1]) / 7))
    return -max(score for _, score in seen)


def test_a_search_begins_in_the_middle_of_its_space() -> None:
    first = propose(space(PLAIN), [], [], np.random.default_rng(1))
    assert first == {"rate": pytest.approx(0.1), "depth": 6}
    beside = propose(space(PLAIN), [], [first], np.random.default_rng(1))
    assert beside != first


def test_the_ends_of_a_range_are_among_its_points() -> None:
    seen: list[tuple[Params, float]] = []
    for at in range(12):
        point = propose(space(MIXED), seen, [], np.random.default_rng(at))
        seen.append((point, -float(point["rate"]) - float(point["even"])))
    assert (0.01, 3) in [(point["rate"], point["even"]) for point, _ in seen]


@pytest.mark.parametrize("near", [(0.01, 2), (1.0, 9), (1.0, 2), (0.05, 5)])
def test_twelve_trials_come_closer_than_forty_random_ones(near: tuple[float, int]) -> None:
    ours = np.median([best_after(12, seed, near) for seed in range(10)])
    luck = np.random.default_rng(0).random((10, 40, 2))
    at = np.abs(10 ** (2 * luck[..., 0] - 2))
    away = np.abs(np.log10(at / near[0])) / 2 + np.abs(np.rint(2 + 7 * luck[..., 1]) - near[1]) / 7
    assert ours < np.median(away.min(axis=1))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 12))
def test_every_point_lies_in_the_space_and_follows_from_the_seed(seed: int, many: int) -> None:
    whole = space(MIXED)
    seen: list[tuple[Params, float]] = []
    for at in range(many):
        point = propose(whole, seen, [], np.random.default_rng([seed, at]))
        assert set(point) == set(MIXED)
        assert all(of.holds(point[name]) for name, of in whole.search.items())
        assert point == propose(whole, seen, [], np.random.default_rng([seed, at]))
        if point["kind"] != "wild":
            del point["depth"]
        seen.append((point, float(np.sin(seed + 7 * at))))


def test_the_choice_that_scores_best_is_taken_most() -> None:
    seen: list[tuple[Params, float]] = []
    for at in range(30):
        point = propose(space(MIXED), seen, [], np.random.default_rng([3, at]))
        seen.append((point, float(point["kind"] == "wild") + 0.1 * float(point["share"])))
    kinds = [point["kind"] for point, _ in seen]
    assert {"plain", "odd"} < set(kinds)
    assert kinds.count("wild") > 20


def test_equal_scores_lead_to_other_points_and_not_to_a_warning() -> None:
    seen: list[tuple[Params, float]] = [({"rate": 0.1, "depth": 5}, 0.5)]
    for at in range(4):
        seen.append((propose(space(PLAIN), seen, [], np.random.default_rng(at)), 0.5))
    assert len({str(point) for point, _ in seen}) == 5


def test_a_point_that_another_worker_tries_is_left_to_it() -> None:
    seen: list[tuple[Params, float]] = [({"rate": 0.1, "depth": 6}, 0.2), ({"rate": 0.9, "depth": 8}, 0.8)]
    alone = propose(space(PLAIN), seen, [], np.random.default_rng(5))
    beside = propose(space(PLAIN), seen, [alone], np.random.default_rng(5))
    assert (alone["rate"], alone["depth"]) != (beside["rate"], beside["depth"])


def test_what_is_learnt_from_is_bounded() -> None:
    seen: list[tuple[Params, float]] = [({"rate": 0.01 + at / 2000, "depth": 2 + at % 8}, at) for at in range(1900)]
    assert float(propose(space(PLAIN), seen, [], np.random.default_rng(5))["rate"]) > 0.5


def test_the_model_is_a_gaussian_process_as_scikit_learn_has_it() -> None:
    rng = np.random.default_rng(2)
    x, at, scales, noise = rng.random((9, 3)), rng.random((20, 3)), np.array([0.3, 0.8, 2.0]), 0.03
    y = rng.normal(size=9)
    theirs = GaussianProcessRegressor(Matern(scales, "fixed", nu=2.5), alpha=noise, optimizer=None).fit(x, y)
    likelihood, root, weights = surrogate._likelihood(x, y, scales, noise)
    mean, deviation = surrogate._predict(at, x, scales, root, weights)
    expected = theirs.predict(at, return_std=True)
    assert np.allclose(mean, expected[0])
    assert np.allclose(deviation, expected[1])
    assert likelihood - 4.5 * np.log(2 * np.pi) == pytest.approx(theirs.log_marginal_likelihood())
