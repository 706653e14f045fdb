"""A day of a fleet, a tick a minute, has the scores of the batch path, and is drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clockwork.fleet.model import Model
from clockwork.selftest.bench import minutes
from clockwork.selftest.bench.day import RECIPE, Fleet, differing, drawn, followed
from tests.engine.unit.serving.conftest import ROOT, raw, trained

__all__ = ["raw", "trained"]


def fleet(minutes: int, devices: int) -> Fleet:
    """Devices with gaps: some begin late, some fall silent, and some samples are missing."""
    rng = np.random.default_rng(11)
    values = rng.normal(50, 10, (minutes, devices, 2)).astype(np.float32)
    values[rng.random(values.shape) < 0.02] = np.nan
    there = rng.random((minutes, devices)) > 0.05
    there[: minutes // 3, ::7], there[minutes // 2 :, 1::9] = False, False
    return Fleet(
        values, there, np.array([f"device-{at}" for at in range(devices)], dtype=object), 29_000_000
    )


@pytest.fixture
def model(trained: Path) -> Model:
    """The small checkout's model, for which every device is scored each minute."""
    model = Model.load(trained, "lightgbm")
    return replace(model, fleet=model.fleet.model_copy(update={"every": 1}))


def test_every_score_of_a_stretch_is_that_of_the_batch_path_and_the_picture_shows_it(
    model: Model,
) -> None:
    few = fleet(90, 12)
    day = followed(model, few)
    assert (~np.isnan(day.scores) == few.there).all()
    assert differing(model, few, day.scores) == 0
    worse = day.scores.copy()
    worse[few.there] = np.nextafter(worse[few.there], 2)
    assert differing(model, few, worse) == few.there.sum()
    assert drawn(day).startswith("<?xml")


def test_a_stretch_of_the_demos_rows_gives_every_figure_of_a_minute(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in (("DEVICES", 40), ("STRETCH", 40)):
        monkeypatch.setattr(minutes, name, size)
    monkeypatch.chdir(trained)
    found = minutes.measured(trained)
    assert found["differ"] == 0
    assert {"tick", "trees", "to_trees", "served", "p99", "http", "state", "grown"} <= found.keys()


@pytest.mark.slow
def test_a_whole_day_is_equal_to_the_batch_path_and_memory_stays_flat(model: Model) -> None:
    whole = fleet(1440, 300)
    day = followed(model, whole)
    assert differing(model, whole, day.scores) == 0
    assert day.grown < 5


def test_the_recipe_of_ten_thousand_devices_is_the_demos_but_for_its_size() -> None:
    from seeds.fleet import load

    sizes = {"days", "devices", "parts"}
    large, demo = load(ROOT / RECIPE), load(ROOT / "seeds" / "fleet.yaml")
    assert large.model_dump(exclude=sizes) == demo.model_dump(exclude=sizes)
    assert (large.days, large.devices) == (1, 10_000)
