"""Trailing windows equal those of pandas, and depend on their own cells alone, to the bit."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.windows import Moments, trailing

Grid = npt.NDArray[np.float64]
LENGTHS = [1, 2, 3, 4, 5, 7, 8, 13, 15, 16, 31, 60, 64, 100]


def grid(seed: int, cells: int = 150, missing: float = 0.3, offset: float = 50.0) -> Grid:
    rng = np.random.default_rng(seed)
    values = offset + 10 * rng.normal(size=(cells, 3))
    return np.where(rng.random(values.shape) < missing, np.nan, values)


def std(window: Moments) -> Grid:
    return np.asarray(np.sqrt(window.squares / np.where(window.count == 0, np.nan, window.count)))


def part(window: Moments, cells: slice) -> Moments:
    """The moments of some cells only."""
    return Moments(
        window.count[cells],
        window.mean[cells],
        window.squares[cells],
        window.least[cells],
        window.greatest[cells],
    )


def same_bits(one: Moments, other: Moments) -> bool:
    """Whether both say the same, to the bit, of every window that is not empty."""
    there = one.count > 0
    names = ("mean", "squares", "least", "greatest")
    return one.count.tobytes() == other.count.tobytes() and all(
        getattr(one, name)[there].tobytes() == getattr(other, name)[there].tobytes()
        for name in names
    )


@given(
    seed=st.integers(0, 10**6),
    missing=st.sampled_from([0.0, 0.1, 0.5, 0.95, 1.0]),
    length=st.integers(1, 170),
)
@settings(max_examples=60, deadline=None)
def test_a_window_is_that_of_pandas(seed: int, missing: float, length: int) -> None:
    values = grid(seed, missing=missing)
    window = trailing(values, [length])[length]
    rolling = pd.DataFrame(values).rolling(length, min_periods=1)
    empty = window.count == 0
    np.testing.assert_array_equal(
        window.count, pd.DataFrame(values).notna().rolling(length, min_periods=1).sum()
    )
    np.testing.assert_allclose(np.where(empty, np.nan, window.mean), rolling.mean(), rtol=1e-12)
    np.testing.assert_allclose(std(window), rolling.std(ddof=0), atol=1e-6)
    np.testing.assert_array_equal(np.where(empty, np.nan, window.least), rolling.min())
    np.testing.assert_array_equal(np.where(empty, np.nan, window.greatest), rolling.max())


def test_many_lengths_at_once_are_the_same_as_one_at_a_time() -> None:
    values = grid(3)
    together = trailing(values, reversed(LENGTHS))
    assert set(together) == set(LENGTHS)
    assert all(
        same_bits(trailing(values, [length])[length], together[length]) for length in LENGTHS
    )


@pytest.mark.parametrize("length", LENGTHS)
def test_what_comes_later_changes_no_bit(length: int) -> None:
    values = grid(4)
    whole = trailing(values, LENGTHS)[length]
    for cut in (1, 2, 17, 64, 149):
        assert same_bits(part(whole, slice(cut)), trailing(values[:cut], LENGTHS)[length])


@pytest.mark.parametrize("length", LENGTHS)
def test_what_came_before_the_window_changes_no_bit(length: int) -> None:
    values = grid(5, offset=1e6)
    whole = trailing(values, [length])[length]
    for at in (99, 120, 149):
        alone = trailing(values[at + 1 - length : at + 1], [length])[length]
        assert same_bits(part(whole, slice(at, at + 1)), part(alone, slice(-1, None)))


@pytest.mark.parametrize("level", [0.0, 0.1, 1 / 3, 1e9 + 0.1])
@pytest.mark.parametrize("length", LENGTHS)
def test_a_flat_series_has_no_spread_at_all(level: float, length: int) -> None:
    values = np.full((130, 1), level)
    values[40:60] = np.nan
    window = trailing(values, [length])[length]
    assert (window.squares == 0).all()
    assert (window.mean[window.count > 0] == level).all()


def test_a_huge_past_value_leaves_no_trace() -> None:
    values = np.full((40, 1), 0.5)
    values[3] = 1e18
    window = trailing(values, [10])[10]
    assert (window.mean[13:] == 0.5).all()
    assert (window.squares[13:] == 0).all()


def test_an_empty_window_is_counted_as_empty() -> None:
    values = np.array([[1.0], [np.nan], [np.nan], [2.0]])
    assert trailing(values, [2])[2].count[:, 0].tolist() == [1, 1, 0, 1]


def test_a_window_longer_than_the_series_holds_all_of_it() -> None:
    window = trailing(np.array([[1.0], [2.0], [6.0]]), [1000])[1000]
    assert window.count[:, 0].tolist() == [1, 2, 3]
    assert window.mean[:, 0].tolist() == [1, 1.5, 3]
