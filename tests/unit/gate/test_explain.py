"""An outcome is told in shares of the base's value, with what would settle it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockwork.gate.explain import explain, needed
from clockwork.gate.outcome import Estimate, Outcome


def estimate(low: float, high: float, base: float = 1.0, margin: float = 0.05, sees: float = 0.1) -> Estimate:
    return Estimate(0.9, base, (low + high) / 2, low, high, margin, sees, chance=0.5)


@given(low=st.floats(-0.5, -0.051), high=st.floats(0.001, 0.5), clusters=st.integers(30, 500))
def test_what_cannot_be_told_needs_more_clusters_than_there_are(low: float, high: float, clusters: int) -> None:
    said = needed(estimate(low, high), clusters)
    assert int(said.split()[1]) > clusters
    assert f"(now {clusters})" in said


def test_a_difference_on_the_margin_itself_is_not_settled_by_more_rows() -> None:
    assert "would not settle" in needed(estimate(-0.1, 0.1, base=0, margin=0.0), 40)


@pytest.mark.parametrize(
    ("outcome", "low", "high", "words"),
    [
        (Outcome.UNCHANGED, 0, 0, "identical to the bit"),
        (Outcome.PASS, -0.02, -0.01, "slightly worse, within the margin: anything from -2.0 % to -1.0 % fits"),
        (Outcome.PASS, -0.02, 0.01, "anything from -2.0 % to +1.0 % fits, margin -5 %"),
        (Outcome.CANNOT_TELL, -0.1, 0.1, "clusters with a positive would settle it (now 40)"),
        (Outcome.SUSPICIOUS, 0.2, 0.4, "too good to be true"),
        (Outcome.INVALID, np.nan, np.nan, "no value on some of the resamples"),
        (Outcome.INVALID, -0.2, 0.2, "a margin of 5 % is below half of the smallest loss that is seen here, 10.0 %"),
        (Outcome.REGRESSION, -0.4, -0.2, "anything from -40.0 % to -20.0 % fits"),
    ],
)
def test_an_outcome_is_explained_in_shares_of_the_base(outcome: Outcome, low: float, high: float, words: str) -> None:
    said = explain(outcome, estimate(low, high), 40)
    assert words in said
    assert ("slightly" in said) == ("slightly" in words)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_base_of_zero_has_no_shares_and_is_explained_all_the_same(outcome: Outcome) -> None:
    assert explain(outcome, estimate(-0.1, 0.1, base=0, margin=0), 40)
