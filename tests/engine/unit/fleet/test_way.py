"""A tick follows any features the project builds: by rings where equal, else from the look-back."""

from typing import Any

import numpy as np
import pytest

from clockwork.learning.ticks import look_back, way
from clockwork.learning.ticks.way import by_rings
from clockwork.settings.features import FeatureSettings
from pipelines import features
from tests.engine.unit.fleet.test_tick import batch, final, history, run, state


@pytest.mark.parametrize("step", [1, 5])
def test_the_features_of_this_repository_are_in_rings(step: int) -> None:
    windows: dict[int, Any] = {1: ["max"], 60: ["mean", "std", "z"], 9: ["min"]}
    assert by_rings(state(step, windows=windows))


def test_other_features_are_built_anew_and_still_those_of_the_batch_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = features.build_features

    def with_difference(rows: Any, metrics: list[str], step: int, how: FeatureSettings) -> Any:
        keys, x = own(rows, metrics, step, how)
        return keys, np.column_stack([x, x[:, 0] - x[:, 1]])

    for module in (way, look_back):
        monkeypatch.setattr(module, "build_features", with_difference)
    one = state(late=4)
    assert not by_rings(one)
    one.look_back = True
    rows = history(3, entities=3)
    monkeypatch.setattr("tests.engine.unit.fleet.test_tick.build_features", with_difference)
    assert final(run(one, rows, rows["time"].to_numpy())) == batch(rows, one)


def test_features_without_windows_are_the_rows_themselves_and_in_no_ring() -> None:
    one = state(windows={})
    assert not by_rings(one)
    one.look_back = True
    rows = history(3, entities=3)
    assert final(run(one, rows, rows["time"].to_numpy())) == batch(rows, one)
