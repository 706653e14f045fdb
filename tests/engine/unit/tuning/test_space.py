"""A point has the parameters that exist beside each other, each within its range."""

from typing import Any

import optuna
import pytest

from clockwork.learning.tuning.space import draw, fitting
from clockwork.settings.models import ModelSettings, Params

SPACE = {
    "deep": {"low": 1, "high": 8, "when": {"kind": ["tree", "forest"]}},
    "kind": ["line", "tree", "forest"],
    "many": {"low": 10, "high": 100, "step": 30, "when": {"kind": ["forest"], "deep": [7, 8]}},
    "rate": {"low": 0.0, "high": 1.0, "step": 0.25},
}


def settings(**changed: Any) -> ModelSettings:
    return ModelSettings.model_validate({"search": {**SPACE, **changed}})


def points(count: int) -> list[Params]:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    return [draw(study.ask(), settings()) for _ in range(count)]


def test_a_parameter_is_drawn_only_beside_the_values_that_it_waits_for() -> None:
    drawn = points(200)
    assert {point["kind"] for point in drawn} == {"line", "tree", "forest"}
    for point in drawn:
        assert ("deep" in point) is (point["kind"] != "line")
        assert ("many" in point) is (point["kind"] == "forest" and point["deep"] in (7, 8))
    assert any("many" in point for point in drawn)


def test_steps_are_kept_and_whole_numbers_stay_whole() -> None:
    for point in points(100):
        assert point["rate"] in (0.0, 0.25, 0.5, 0.75, 1.0)
        assert point.get("many", 10) in (10, 40, 70, 100)
        assert type(point.get("deep", 1)) is int


@pytest.mark.parametrize(
    ("point", "kept", "dropped"),
    [
        ({"kind": "tree", "deep": 3, "rate": 0.5}, {"kind": "tree", "deep": 3, "rate": 0.5}, []),
        ({"kind": "tree", "deep": 9, "rate": 0.5}, {"kind": "tree", "rate": 0.5}, ["deep"]),
        ({"kind": "line", "deep": 3}, {"kind": "line"}, ["deep"]),
        ({"kind": "bush", "rate": 0.3}, {}, ["kind", "rate"]),
        ({"colour": "red", "rate": 1.0}, {"rate": 1.0}, ["colour"]),
        ({"kind": "tree", "deep": 3.0}, {"kind": "tree"}, ["deep"]),
    ],
)
def test_what_of_an_old_point_fits_is_kept_and_the_rest_is_named(
    point: Params, kept: Params, dropped: list[str]
) -> None:
    assert fitting(point, settings()) == (kept, dropped)
