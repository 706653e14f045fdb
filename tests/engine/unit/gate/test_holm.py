"""Holm's adjustment against the procedure itself: step by step, until one test does not reject."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockwork.gate.holm import holm

chances = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.01, 0.02, 0.05, 1.0]), max_size=12)


def rejected(p_values: list[float], level: float) -> list[bool]:
    """Which hypotheses the step-down procedure of Holm (1979) rejects."""
    left, out = set(range(len(p_values))), [False] * len(p_values)
    while left:
        smallest = min(left, key=lambda test: p_values[test])
        if p_values[smallest] * len(left) > level:
            break
        out[smallest] = True
        left.remove(smallest)
    return out


@given(p_values=chances, level=st.sampled_from([0.001, 0.01, 0.05, 0.2, 0.7]) | st.floats(0, 0.999))
def test_an_adjusted_value_is_within_the_level_just_where_the_procedure_rejects(
    p_values: list[float], level: float
) -> None:
    assert (holm(p_values) <= level).tolist() == rejected(p_values, level)


@given(p_values=chances)
def test_an_adjusted_value_is_a_probability_and_never_below_the_raw_one(
    p_values: list[float],
) -> None:
    found = holm(p_values)
    assert len(found) == len(p_values)
    assert (found >= np.array(p_values)).all()
    assert (found <= 1).all()


def test_the_known_answer() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_a_single_test_keeps_its_value_and_none_have_none() -> None:
    assert holm([0.03]).tolist() == [0.03]
    assert holm([]).tolist() == []


@pytest.mark.parametrize("wrong", [float("nan"), -0.01, 1.01, float("inf")])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        holm([0.01, wrong, 0.5])


def test_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        holm(np.full((2, 2), 0.5))
