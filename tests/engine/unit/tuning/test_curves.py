"""A learning curve is the mean over folds after each step, ending where the whole training ends."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from clockwork.learning.tuning.curves import curve
from clockwork.model import Folds
from clockwork.project import find_model
from clockwork.support.errors import BadInput
from pipelines.models.lightgbm import train_params

PARAMS = {
    "rounds": 24,
    "min_data_in_leaf": 5,
    "bagging_freq": 1,
    "bagging_fraction": 0.7,
    "feature_fraction": 0.6,
}


@pytest.fixture
def folds() -> Folds:
    rng = np.random.default_rng(6)
    y = (rng.random(600) < 0.2).astype(np.int8)
    x = (rng.normal(size=(600, 5)) + 0.7 * y[:, None]).astype(np.float32)
    return Folds(x, y, (np.arange(600) // 10 % 3).astype(np.int8))


def whole(folds: Folds, params: dict[str, Any], seed: int = 3, name: str = "lightgbm") -> float:
    """The mean over folds of training at a stroke."""
    scores = []
    for train, held_out in zip(folds.train, folds.held_out, strict=True):
        model = find_model(name).fit(folds.x[train], folds.y[train], params, seed)
        scores.append(average_precision_score(folds.y[held_out], model.score(folds.x[held_out])))
    return float(np.mean(scores))


def points(
    folds: Folds, params: dict[str, Any], step: int, name: str = "lightgbm"
) -> list[tuple[int, float]]:
    return list(curve(find_model(name), folds, params, 3, step, average_precision_score))


def test_a_value_that_a_learner_cannot_grow_by_is_refused_with_its_file(folds: Folds) -> None:
    with pytest.raises(BadInput, match=r"^configs/models/lightgbm\.yaml: Check failed: \(num_leav"):
        points(folds, {**PARAMS, "num_leaves": 1}, 7)


@pytest.mark.parametrize(
    ("step", "rounds"), [(7, [7, 14, 21, 24]), (8, [8, 16, 24]), (24, [24]), (100, [24])]
)
def test_every_point_is_that_of_so_many_rounds(folds: Folds, step: int, rounds: list[int]) -> None:
    found = points(folds, PARAMS, step)
    assert [at for at, _ in found] == rounds
    for at, score in found:
        assert score == pytest.approx(whole(folds, {**PARAMS, "rounds": at}), abs=1e-9)


@pytest.mark.parametrize(
    ("name", "params"), [("lightgbm", PARAMS), ("logistic", {"inverse_penalty": 0.1})]
)
def test_folds_side_by_side_give_the_same_to_the_bit(
    folds: Folds, name: str, params: dict[str, Any]
) -> None:
    alone = points(folds, params, 5, name)
    folds.threads, folds.kept = 3, []
    assert points(folds, params, 5, name) == alone
    meet = threading.Barrier(3, timeout=10)
    assert sorted(folds.each(lambda _at: meet.wait())) == [0, 1, 2]


def test_scores_of_the_steps_are_those_of_the_whole_model(folds: Folds) -> None:
    steps = find_model("lightgbm").steps(folds, PARAMS, 3, 8)  # type: ignore[attr-defined]
    *_, (rounds, raw) = steps
    assert rounds == 24
    for train, held_out, scores in zip(folds.train, folds.held_out, raw, strict=True):
        model = find_model("lightgbm").fit(folds.x[train], folds.y[train], PARAMS, 3)
        np.testing.assert_allclose(
            1 / (1 + np.exp(-scores)), model.score(folds.x[held_out]), atol=1e-9
        )


@pytest.mark.parametrize(
    "other",
    [
        {"num_leaves": 7},
        {"min_data_in_leaf": 60},
        {"lambda_l2": 9.0},
        {"scale_pos_weight": 5.0},
        {"max_bin": 15},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_a_trial_before_has_prepared_changes_nothing(
    folds: Folds, other: dict[str, Any]
) -> None:
    points(folds, {**PARAMS, **other}, 24)
    assert points(folds, PARAMS, 24)[-1][1] == pytest.approx(whole(folds, PARAMS), abs=1e-9)


@pytest.mark.parametrize("name", ["logistic", "robust_z", "isolation_forest"])
def test_a_learner_without_rounds_has_a_curve_of_one_point(folds: Folds, name: str) -> None:
    ((rounds, score),) = points(folds, {}, 5, name)
    assert rounds == 0
    assert score == pytest.approx(whole(folds, {}, name=name), abs=1e-12)


def test_a_curve_is_drawn_only_as_far_as_it_is_asked_for(folds: Folds) -> None:
    line = curve(
        find_model("lightgbm"), folds, {**PARAMS, "rounds": 10**9}, 3, 5, average_precision_score
    )
    assert next(line)[0] == 5


def test_training_parameters_hold_the_seed_and_no_rounds() -> None:
    own, rounds = train_params({"rounds": 9, "num_leaves": 4}, 11)
    assert rounds == 9
    assert "rounds" not in own
    assert (own["seed"], own["num_leaves"], own["deterministic"], own["num_threads"]) == (
        11,
        4,
        True,
        1,
    )


class Stepless:
    """A learner in steps that makes none."""

    __module__ = "pipelines.models.newcomer"

    @classmethod
    def steps(cls, *_: Any) -> Iterator[Any]:
        yield from ()


class Nameless(Stepless):
    """A learner whose scores are no numbers."""

    __module__ = "pipelines.models.newcomer"

    @classmethod
    def steps(cls, folds: Folds, *_: Any) -> Iterator[Any]:
        yield 5, [np.full(len(rows), np.nan) for rows in folds.held_out]


@pytest.mark.parametrize(
    ("model", "expected"),
    [(Stepless, "a curve without a point"), (Nameless, r"scores that are no numbers \(NaN\)")],
)
def test_a_learner_that_cannot_be_judged_is_one_line_that_names_it(
    model: Any, expected: str, folds: Folds
) -> None:
    with pytest.raises(
        BadInput,
        match=rf"^pipelines/models/newcomer\.py: {expected}.*configs/models/newcomer\.yaml",
    ):
        list(curve(model, folds, {}, 3, 5, average_precision_score))
