"""The next point lies in the space, where the model of the scores promises most.

It lies away from what is being tried.
"""

import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from clockwork.learning.tuning import surrogate
from clockwork.learning.tuning.cube import anywhere, middle
from clockwork.learning.tuning.space import complete
from clockwork.learning.tuning.surrogate import propose
from clockwork.settings.models import ModelSettings, Params

Seen = list[tuple[Params, float]]
PLAIN = {"rate": {"low": 0.01, "high": 1.0, "log": True}, "depth": {"low": 2, "high": 9}}
MIXED = {
    "kind": ["plain", "wild", "odd"],
    "rate": {"low": 0.01, "high": 1.0, "log": True},
    "share": {"low": 0.1, "high": 0.35, "step": 0.1},
    "even": {"low": 3, "high": 10, "step": 2},
    "wide": [True, False],
    "depth": {"low": 2, "high": 9, "when": {"kind": ["wild"]}},
    "deeper": {"low": -1.0, "high": 1.0, "when": {"depth": [8, 9]}},
}


def space(search: dict[str, Any]) -> ModelSettings:
    return ModelSettings.model_validate({"search": search})


def search(of: ModelSettings, trials: int, score: Any, seed: int = 3) -> Seen:
    """Points and scores of a search by `propose`."""
    seen: Seen = []
    for at in range(trials):
        rng = np.random.default_rng([seed, at])
        point = propose(of, seen, [], rng) if seen else middle(of)
        seen.append((point, float(score(point))))
    return seen


def away(point: Params, near: tuple[float, int]) -> float:
    """How far `point` of PLAIN is from `near`; 0 is there."""
    return float(
        abs(np.log10(float(point["rate"]) / near[0])) / 2 + abs(float(point["depth"]) - near[1]) / 7
    )


def test_the_middle_of_a_space_is_that_of_its_ranges() -> None:
    assert middle(space(PLAIN)) == {"rate": pytest.approx(0.1), "depth": 6}
    assert "depth" in middle(space(MIXED))
    assert "deeper" not in middle(space(MIXED))


SLOW = [pytest.param(near, marks=pytest.mark.slow) for near in ((1.0, 9), (1.0, 2))]


@pytest.mark.parametrize("near", [(0.01, 2), (0.05, 5), *SLOW])
def test_twelve_trials_come_closer_than_forty_random_ones(near: tuple[float, int]) -> None:
    of = space(PLAIN)
    ours = [
        -max(score for _, score in search(of, 12, lambda point: -away(point, near), seed))
        for seed in range(10)
    ]
    rng = np.random.default_rng(0)
    luck = [min(away(anywhere(of, rng), near) for _ in range(40)) for _ in range(10)]
    assert np.median(ours) < np.median(luck)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_every_point_lies_in_the_space_and_follows_from_the_seed(seed: int, many: int) -> None:
    of = space(MIXED)
    seen = search(of, many, lambda point: zlib.crc32(str(point).encode()) % 1000, seed)
    assert all(complete(point, of) for point, _ in seen)
    again = propose(of, seen, [], np.random.default_rng([seed, many]))
    assert again == propose(of, seen, [], np.random.default_rng([seed, many]))


def test_the_ends_of_a_range_are_among_its_points() -> None:
    seen = search(space(MIXED), 14, lambda point: -float(point["rate"]) - float(point["even"]))
    assert (0.01, 3) in [(point["rate"], point["even"]) for point, _ in seen]
    assert {point["share"] for point, _ in seen} <= {0.1, 0.2, 0.3}


@pytest.mark.parametrize(
    "many", [{"low": 1, "high": 8}, {"low": 0.1, "high": 0.8, "step": 0.1}, list("abcdefgh")]
)
def test_no_point_is_tried_twice_while_another_is_left(many: Any) -> None:
    of = space({"one": many})
    seen = search(of, 8, lambda point: len(str(point)))
    assert len({str(point) for point, _ in seen}) == 8
    assert propose(of, seen, [], np.random.default_rng(1)) in [point for point, _ in seen]


def test_tenths_are_those_that_people_write() -> None:
    search_space = {
        "a": {"low": 0.1, "high": 0.8, "step": 0.1},
        "b": {"low": 0, "high": 1, "when": {"a": [0.3]}},
    }
    rng = np.random.default_rng(1)
    points = [anywhere(space(search_space), rng) for _ in range(100)]
    assert {point["a"] for point in points} == {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}
    assert all(("b" in point) == (point["a"] == 0.3) for point in points)
    seen: Seen = [
        ({"a": value}, value) for value in (0.1, 0.2, 0.30000000000000004, 0.4, 0.5, 0.7, 0.8)
    ]
    assert propose(space({"a": search_space["a"]}), seen, [], rng) == {"a": 0.6}


def test_the_choice_that_scores_best_is_taken_most() -> None:
    seen = search(
        space(MIXED), 30, lambda point: (point["kind"] == "wild") + 0.1 * float(point["share"])
    )
    kinds = [point["kind"] for point, _ in seen]
    assert {"plain", "odd"} < set(kinds)
    assert kinds.count("wild") > 20


def test_a_point_that_ends_a_chain_of_conditions_looks_new_only_once() -> None:
    of = space(
        {
            "a": ["x", "y", "z"],
            "b": {"choices": ["s", "t"], "when": {"a": ["x", "y"]}},
            "c": {"low": 0.0, "high": 1.0, "when": {"b": ["t"]}},
        }
    )
    seen = search(
        of,
        16,
        lambda point: {"x": 0.1, "y": 0.2, "z": 0.5}[str(point["a"])] + float(point.get("c", 0)),
    )
    assert [point for point, _ in seen].count({"a": "z"}) == 1
    assert max(score for _, score in seen) > 1.1


@pytest.mark.parametrize("score", [0.5, 0.1, 0.0])
def test_equal_scores_lead_to_other_points(score: float) -> None:
    seen = search(space(PLAIN), 5, lambda _: score)
    assert len({str(point) for point, _ in seen}) == 5
    assert not surrogate._scaled(np.array([score] * 3)).any()


def test_a_point_that_another_worker_tries_is_left_to_it() -> None:
    seen: Seen = [({"rate": 0.1, "depth": 6}, 0.2), ({"rate": 0.9, "depth": 8}, 0.8)]
    alone = propose(space(PLAIN), seen, [], np.random.default_rng(5))
    beside = propose(space(PLAIN), seen, [alone], np.random.default_rng(5))
    assert abs(away(alone, (1.0, 2)) - away(beside, (1.0, 2))) > 0.05


def test_a_long_search_that_forgets_comes_back_to_what_is_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(surrogate, "MOST", 24)
    scores = [
        score for _, score in search(space(PLAIN), 60, lambda point: -(away(point, (0.1, 6)) ** 2))
    ]
    assert all(max(scores[at : at + 15]) > -0.01 for at in range(20, 45))
    luck = np.random.default_rng(4).random(60).tolist()
    kept = [score for _, score in surrogate._learnt([({}, score) for score in luck])]
    assert kept == sorted([*sorted(luck[:48])[-12:], *luck[48:]], reverse=True)


def test_the_model_is_a_gaussian_process_as_scikit_learn_has_it() -> None:
    rng = np.random.default_rng(2)
    x, at, scales, noise = rng.random((9, 3)), rng.random((20, 3)), np.array([0.3, 0.8, 2.0]), 0.03
    y = rng.normal(size=9)
    theirs = GaussianProcessRegressor(
        Matern(scales, "fixed", nu=2.5), alpha=noise, optimizer=None
    ).fit(x, y)
    likelihood, root, weights = surrogate._likelihood(x, y, scales, noise)
    mean, deviation = surrogate._predict(at, x, scales, root, weights)
    expected = theirs.predict(at, return_std=True)
    assert np.allclose(mean, expected[0])
    assert np.allclose(deviation, expected[1])
    assert likelihood - 4.5 * np.log(2 * np.pi) == pytest.approx(theirs.log_marginal_likelihood())
