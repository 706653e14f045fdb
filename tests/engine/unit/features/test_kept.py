"""Every entity keeps one row in so many, whatever minute it reports at.

A cut history keeps the same ones.
"""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockwork.learning.kept import kept, numbers
from clockwork.learning.stages.features import every
from clockwork.settings.data import DataSettings
from clockwork.settings.features import FeatureSettings
from clockwork.support.errors import BadInput

STEPS = st.integers(1, 120)


@given(step=STEPS, every=STEPS, phase=st.integers(-2000, 2000))
def test_any_phase_keeps_one_row_in_as_many(step: int, every: int, phase: int) -> None:
    usual = every // math.gcd(step, every)
    time = phase + step * np.arange(7 * usual)
    assert np.flatnonzero(kept(time, step, every)).tolist() == list(
        range(int(np.flatnonzero(kept(time, step, every))[0]), len(time), usual)
    )
    assert kept(time, step, every).sum() == 7


@given(step=STEPS, every=STEPS, start=st.integers(0, 500), cut=st.integers(0, 100))
def test_a_history_that_begins_later_keeps_the_same_minutes(
    step: int, every: int, start: int, cut: int
) -> None:
    time = start + step * np.arange(200)
    np.testing.assert_array_equal(kept(time[cut:], step, every), kept(time, step, every)[cut:])


@given(step=STEPS, every=STEPS)
def test_an_entity_that_reports_at_multiples_of_the_step_keeps_multiples_of_every(
    step: int, every: int
) -> None:
    time = step * np.arange(300)
    np.testing.assert_array_equal(kept(time, step, every), time % every == 0)


@pytest.mark.parametrize("minute", [0, 30])
def test_hourly_rows_at_the_half_hour_are_all_kept(minute: int) -> None:
    assert kept(minute + 60 * np.arange(24), 60, 60).all()


def test_what_is_kept_without_a_step_is_reported_as_it_is() -> None:
    data = DataSettings.model_validate({"rows": "d", "target": "y", "entity": "e", "time": "t"})
    assert every(data, FeatureSettings()) == "each row"
    assert every(data, FeatureSettings(every=7)) == "every 7 minutes"


def test_a_slice_among_windows_is_reported_by_the_name_of_its_column() -> None:
    rows = pd.DataFrame({"site": pd.Categorical(["a"]), "site_value": pd.Categorical(["a"])})
    with pytest.raises(BadInput, match="'site' is text; add it to `exclude`"):
        numbers(rows, ["site_value"])


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_features_may_change_the_numbers_in_place_and_the_rows_stay_as_they_are(kind: str) -> None:
    rows = pd.DataFrame({"a": np.array([1, 2], dtype=kind), "b": np.array([3, 4], dtype=kind)})
    values = numbers(rows, ["a", "b"])
    values[:, 0] /= 2
    assert values.tolist() == [[0.5, 3], [1, 4]]
    assert rows["a"].tolist() == [1, 2]
