"""A tick follows any features the project builds: by rings where equal, else from the look-back."""

from typing import Any

import numpy as np
import pytest

from clockwork.learning.ticks import look_back, way
from clockwork.learning.ticks.look_back import LookBack
from clockwork.learning.ticks.ring import Ring
from clockwork.learning.ticks.state import State
from clockwork.learning.ticks.way import kind_of
from clockwork.settings.features import FeatureSettings
from pipelines import features
from tests.engine.unit.fleet.test_tick import METRICS, batch, final, history, run, state


@pytest.mark.parametrize("step", [1, 5])
def test_the_features_of_this_repository_are_in_rings(step: int) -> None:
    windows: dict[int, Any] = {1: ["max"], 60: ["mean", "std", "z"], 9: ["min"]}
    assert kind_of(state(windows=windows).how, step, METRICS) is Ring


def test_other_features_are_built_anew_and_still_those_of_the_batch_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = features.build_features

    def with_difference(rows: Any, metrics: list[str], step: int, how: FeatureSettings) -> Any:
        keys, x = own(rows, metrics, step, how)
        return keys, np.column_stack([x, x[:, 0] - x[:, 1]])

    for module in (way, look_back):
        monkeypatch.setattr(module, "build_features", with_difference)
    monkeypatch.setattr("tests.engine.unit.fleet.test_tick.build_features", with_difference)
    holds_from_the_look_back(state(late=4, kind=LookBack))


def test_features_without_windows_are_the_rows_themselves_and_in_no_ring() -> None:
    holds_from_the_look_back(state(windows={}, kind=LookBack))


def holds_from_the_look_back(one: State) -> None:
    assert kind_of(one.how, 1, METRICS) is LookBack
    rows = history(3, entities=3)
    assert final(run(one, rows, rows["time"].to_numpy())) == batch(rows, one)
