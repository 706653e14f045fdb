"""All strategies search the same space on the same folds, and their scores mean the same."""

from contextlib import suppress
from itertools import product
from math import inf

import numpy as np
import pytest

from clockwork.model import Folds
from clockwork.selftest.bench.strategies import (
    STRATEGIES,
    Enough,
    Task,
    Trace,
    score_of,
    spent,
    three,
)
from clockwork.settings.models import ModelSettings, Params, Space

SETTINGS = ModelSettings.model_validate(
    {
        "params": {"rounds": 8, "min_data_in_leaf": 10, "bagging_freq": 1, "bagging_fraction": 0.5},
        "search": {
            "num_leaves": {"low": 3, "high": 12, "log": True},
            "learning_rate": {"low": 0.05, "high": 0.45},
        },
        "start": [{"num_leaves": 6, "learning_rate": 0.1}],
    }
)
BEST: Params = {"rounds": 8, "min_data_in_leaf": 10, "num_leaves": 4, "learning_rate": 0.3}


@pytest.fixture(scope="module")
def folds() -> Folds:
    draw = np.random.default_rng(3)
    x = draw.normal(size=(900, 5)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] * x[:, 2] + draw.normal(size=900) > 1.5).astype(np.int8)
    return Folds(x, y, (np.arange(900) % 3).astype(np.int8))


def run(folds: Folds, task: Task) -> Trace:
    trace = Trace(task)
    with suppress(Enough):
        STRATEGIES[task.name](folds, SETTINGS, trace)
    return trace


def test_the_grid_has_the_ends_and_the_middle_of_a_range() -> None:
    assert three(Space(low=15, high=63, log=True)) == [15, 31, 63]
    assert three(Space(low=0.4, high=1.0)) == [0.4, 0.7, 1.0]


def test_the_grid_finds_the_best_of_all_its_settings(folds: Folds) -> None:
    trace = run(folds, Task("grid"))
    values = [three(space) for space in SETTINGS.search.values()]
    points = [dict(zip(SETTINGS.search, point, strict=True)) for point in product(*values)]
    scores = [score_of(folds, {**SETTINGS.params, **point}) for point in points]
    assert len(scores) == 9
    assert trace.score[-1] == pytest.approx(max(scores), abs=1e-9)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_winner_trained_anew_has_the_score_that_was_reported(folds: Folds, name: str) -> None:
    trace = run(folds, Task(name, seed=2, most=spent() + 0.5))
    assert score_of(folds, trace.best) == pytest.approx(trace.score[-1], abs=1e-9)


def test_the_first_setting_is_tried_before_the_configured_ones(folds: Folds) -> None:
    trace = run(folds, Task("clockwork", first=BEST))
    assert len(trace.cpu) == 1, "any score will do"
    assert {name: trace.best[name] for name in SETTINGS.search} == {
        name: BEST[name] for name in SETTINGS.search
    }


def test_a_search_ends_when_its_time_is_spent_and_its_score_is_reached() -> None:
    with pytest.raises(Enough):
        Trace(Task("plain", cpu=0, score=0.5)).see(0.6, BEST)
    Trace(Task("plain", cpu=0, score=0.7)).see(0.6, BEST)
    Trace(Task("plain", cpu=inf, score=0.5)).see(0.6, BEST)


def test_a_search_that_does_not_reach_its_score_ends_all_the_same() -> None:
    with pytest.raises(Enough):
        Trace(Task("plain", score=0.7, most=spent())).see(0.6, BEST)
