"""Columns in a few numbers: what looks the same is left alone, what moved is named."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockwork.learning.data.profile import (
    MEAN,
    MISSING,
    SPREAD,
    Look,
    Profile,
    moved,
    profile,
    profile_of,
)

Floats = npt.NDArray[np.float32]


def look(mean: float = 10.0, spread: float = 2.0, missing: float = 0.0) -> Look:
    return {"mean": mean, "spread": spread, "missing": missing}


def middles(x: Floats, names: list[str]) -> Profile:
    """The profile of the columns without their ends."""
    return {
        name: look(one["mean"], one["spread"], one["missing"])
        for name, one in profile(x, names).items()
    }


def ends(**changes: float) -> Look:
    """A column that is never negative, with its ends; a change sets one of its numbers."""
    whole = {"count": 10_000, "distinct": 4000, "min": 0.0, "low": 0.5, "high": 40.0, "max": 60.0}
    return {**look(), **whole, **changes}  # type: ignore[typeddict-item]


LOOKS = st.builds(look, st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1))


def columns(*values: Floats) -> Floats:
    return np.stack([np.asarray(one, dtype=np.float32) for one in values], axis=1)


def test_the_numbers_of_a_column_are_those_of_the_values_that_it_has() -> None:
    nan = np.nan
    x = columns(
        np.array([1, 3, nan, nan], np.float32),
        np.array([5, 5, 5, 5], np.float32),
        np.full(4, nan, np.float32),
    )
    assert middles(x, ["some", "all", "none"]) == {
        "some": look(2.0, 1.0, 0.5),
        "all": look(5.0, 0.0, 0.0),
        "none": look(0.0, 0.0, 1.0),
    }


def test_a_mean_that_is_large_beside_its_spread_keeps_the_digits_it_is_judged_by() -> None:
    pressure = columns(101_325 + np.tile([-1.0, 1.0], 50))
    ours, theirs = middles(pressure, ["a"])["a"], middles(pressure + np.float32(2), ["a"])["a"]
    assert ours == look(101_325.0, 1.0, 0.0)
    assert theirs["mean"] == 101_327.0
    assert moved("a", ours, theirs) == ["the mean of 'a' is 101325, expected 101327"]
    assert profile(columns(np.full(9, 1.23456789)), ["a"])["a"]["mean"] == 1.23457


@pytest.mark.parametrize("odd", [np.inf, -np.inf])
def test_a_column_with_a_value_that_is_no_number_is_reported(odd: float) -> None:
    x = columns(np.array([1.0, 2.0, odd, np.nan]))
    with np.errstate(invalid="ignore"):
        ours = profile(x, ["a"])["a"]
    assert moved("a", ours, look(1.5, 0.5, 0.25)) == ["'a' has values that are no numbers"]


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", ["mean", "spread", "missing"])
def test_a_look_that_is_not_finite_never_passes(which: str, odd: float) -> None:
    faults = ["'a' has values that are no numbers"]
    assert moved("a", look(**{which: odd}), look()) == faults
    assert moved("a", look(**{which: odd}), look(**{which: odd})) == faults, (
        "also where it always was so"
    )


def test_a_column_without_rows_has_a_look_that_is_reported(
    recwarn: pytest.WarningsRecorder,
) -> None:
    (found,) = profile(np.empty((0, 1), dtype=np.float32), ["a"]).values()
    assert found["mean"] == found["spread"] == 0
    recwarn.clear()


def test_many_rows_lose_no_precision() -> None:
    x = np.full((3_000_000, 1), 0.1, dtype=np.float32)
    assert middles(x, ["a"])["a"] == look(0.1, 0.0, 0.0)


@given(one=LOOKS)
def test_a_column_looks_like_itself(one: Look) -> None:
    assert moved("load", one, one) == []


@given(one=LOOKS, other=LOOKS)
def test_at_most_one_thing_is_reported_of_a_column_and_always_by_name(
    one: Look, other: Look
) -> None:
    found = moved("load", one, other)
    assert len(found) <= 1
    assert all("'load'" in text for text in found)


@given(mean=st.floats(-1e3, 1e3), spread=st.floats(0.01, 1e3), share=st.floats(0, 0.95))
def test_a_mean_may_move_by_half_a_spread(mean: float, spread: float, share: float) -> None:
    shift = MEAN * spread
    assert moved("a", look(mean + share * shift, spread), look(mean, spread)) == []
    for far in (mean + 1.05 * shift, mean - 1.05 * shift):
        (found,) = moved("a", look(far, spread), look(mean, spread))
        assert found == f"the mean of 'a' is {far:g}, expected {mean:g}"


@given(spread=st.floats(0.01, 1e3), ratio=st.floats(1, 0.99 * SPREAD))
def test_a_spread_may_grow_or_shrink_by_half(spread: float, ratio: float) -> None:
    for near in (spread * ratio, spread / ratio):
        assert moved("a", look(spread=near), look(spread=spread)) == []
    for far in (spread * SPREAD * 1.01, spread / SPREAD / 1.01):
        assert moved("a", look(spread=far), look(spread=spread)) == [
            f"the spread of 'a' is {far:g}, expected {spread:g}"
        ]


def test_a_constant_that_moves_or_comes_alive_is_reported() -> None:
    assert moved("a", look(10.001, 0.0), look(10.0, 0.0)) == [
        "the mean of 'a' is 10.001, expected 10"
    ]
    assert moved("a", look(10.0, 0.1), look(10.0, 0.0)) == ["the spread of 'a' is 0.1, expected 0"]
    assert moved("a", look(10.0, 0.0), look(10.0, 0.1)) == ["the spread of 'a' is 0, expected 0.1"]
    assert moved("a", look(0.0, 0.0), look(0.0, 0.0)) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "faults"),
    [
        (0.03, 0.0, ["3.0% of 'a' are missing, expected 0.0%"]),
        (0.5, 0.47, ["50.0% of 'a' are missing, expected 47.0%"]),
        (0.0, 0.03, ["0.0% of 'a' are missing, expected 3.0%"]),
        (0.9 * MISSING, 0.0, []),
        (0.01, 0.02, []),
        (0.0, 0.0, []),
    ],
)
def test_a_share_of_missing_values_that_moved_is_reported(
    ours: float, theirs: float, faults: list[str]
) -> None:
    assert moved("a", look(missing=ours), look(missing=theirs)) == faults


@pytest.mark.parametrize("few", [1e-6, 0.001, 0.019])
def test_no_value_that_is_missing_any_more_is_reported_however_few_there_were(few: float) -> None:
    (found,) = moved("a", look(missing=0.0), look(missing=few))
    assert found == f"no value of 'a' is missing any more, expected {few:.2%}: what fills them?"
    assert moved("a", look(missing=few), look(missing=0.0)) == [], (
        "a few that were lost are no difference"
    )


@given(seed=st.integers(0, 1000))
def test_another_draw_of_the_same_values_looks_the_same_and_another_unit_does_not(
    seed: int,
) -> None:
    generator = np.random.default_rng(seed)
    one, other = (generator.normal(20, 5, size=(400, 1)).astype(np.float32) for _ in range(2))
    one[:8], other[:6] = np.nan, np.nan
    ours, theirs = profile(one, ["a"])["a"], profile(other, ["a"])["a"]
    assert moved("a", ours, theirs) == []
    for unit in (1000, 0.001, 1.8):
        assert moved("a", profile(one * np.float32(unit), ["a"])["a"], theirs)
    filled = np.nan_to_num(one, nan=float(np.nanmean(one)))
    assert "what fills them?" in moved("a", profile(filled, ["a"])["a"], theirs)[0]


def test_the_ends_of_a_column_are_its_extremes_its_tails_and_its_distinct_values() -> None:
    x = columns(np.array([*range(1000), np.nan, np.nan], np.float32))
    found = profile(x, ["a"])["a"]
    assert {key: found[key] for key in ("min", "low", "high", "max")} == {
        "min": 0,
        "low": 1,
        "high": 998,
        "max": 999,
    }
    assert (found["count"], found["distinct"]) == (1000, 1000)
    assert profile(columns(np.tile([-1.0, 0.0, 2.5], 4)), ["a"])["a"]["distinct"] == 3


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"min": -327.0}, "'a' is negative, down to -327; expected 0 or more"),
        (
            {"max": 38.0, "high": 38.0},
            "'a' ends at 38 in many rows, expected up to 60: what cuts it off?",
        ),
        ({"max": 65_209.0}, "'a' ranges from 0 to 65209, expected 0 to 60"),
        ({"high": 18.0}, "the quantile 99.9% of 'a' is 18, expected 40"),
        ({"low": -30.0, "min": -0.01}, "the quantile 0.1% of 'a' is -30, expected 0.5"),
        ({"distinct": 12}, "'a' has 12 distinct values, expected about 4000"),
    ],
)
def test_an_end_that_moved_is_reported_where_the_middle_stayed(
    changes: dict[str, float], faults: str
) -> None:
    assert moved("a", ends(**changes), ends()) == [faults]


@pytest.mark.parametrize(
    "changes",
    [
        {"min": -3.0},
        {"max": 250.0},
        {"high": 90.0, "max": 90.0},
        {"distinct": 900},
        {"max": 41.0},
        {"max": 38.0, "high": 38.0, "count": 900, "distinct": 400},
        {"distinct": 40_000, "count": 100_000},
        {"distinct": 390, "count": 1000},
    ],
    ids=[
        "just below zero",
        "a larger extreme",
        "a longer tail",
        "fewer values",
        "a shorter tail",
        "a small sample",
        "more rows",
        "fewer rows",
    ],
)
def test_what_another_sample_may_do_to_the_ends_is_no_difference(changes: dict[str, float]) -> None:
    assert moved("a", ends(**changes), ends()) == []


def test_ends_are_compared_where_both_have_them() -> None:
    assert moved("a", ends(min=-327.0), look()) == []
    assert moved("a", look(), ends()) == []
    assert moved("a", ends(max=np.inf), ends()) == ["'a' has values that are no numbers"]


@given(seed=st.integers(0, 1000), tail=st.floats(2.5, 30))
def test_another_draw_from_a_heavy_tail_has_about_the_same_ends(seed: int, tail: float) -> None:
    generator = np.random.default_rng(seed)
    one, other = (
        columns((20 + 5 * generator.standard_t(10 + tail, size=20_000)).astype(np.float32))
        for _ in range(2)
    )
    assert moved("a", profile(one, ["a"])["a"], profile(other, ["a"])["a"]) == []


@pytest.mark.parametrize("width", [1, 2])
def test_the_blocks_that_rows_come_in_change_no_digit(width: int) -> None:
    rng = np.random.default_rng(5)
    half = np.exp(rng.normal(0, 4, (30_000, width))).astype(np.float32)
    # As tables hold it; its mean is about 0.
    x = np.asfortranarray(rng.permutation(np.concatenate([half, -half])))
    names = [str(at) for at in range(width)]

    def looked(edges: list[int]) -> Profile:
        return profile_of(lambda: iter(np.split(x, edges)), names, lambda at: x[:, at].copy())

    assert looked([]) == looked([11_003, 22_222, 40_001])
