"""Several looks at growing evidence are wrong no more often than one.

It is shown by known constants, limits, and a simulation.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from clockwork.gate.looks import nominal, spent
from tests.engine.unit.gate.conftest import RULES

# Pocock (1977), table 1, as Jennison and Turnbull (2000), table 2.1, repeat it; two-sided. Crossing
# both sides is so rare at these levels that half of the rate on one side has the same constants.
POCOCK = {(0.05, 2): 2.178, (0.05, 3): 2.289, (0.05, 5): 2.413, (0.01, 2): 2.772, (0.1, 2): 1.875}


@pytest.mark.parametrize(("two_sided", "looks"), POCOCK)
def test_the_constants_are_those_that_pocock_published(two_sided: float, looks: int) -> None:
    assert norm.isf(nominal(two_sided / 2, looks)) == pytest.approx(
        POCOCK[two_sided, looks], abs=6e-4
    )


@given(alpha=st.floats(1e-6, 0.49))
def test_a_single_look_may_spend_everything(alpha: float) -> None:
    assert nominal(alpha, 1) == alpha


@given(alpha=st.floats(1e-4, 0.4))
@settings(max_examples=50, deadline=None)
def test_a_look_spends_less_than_all_and_more_than_if_the_looks_had_nothing_in_common(
    alpha: float,
) -> None:
    assert alpha / 2 < nominal(alpha, 2) < alpha


@given(alpha=st.floats(1e-4, 0.3), more=st.floats(1e-3, 0.1))
@settings(max_examples=30, deadline=None)
def test_a_higher_error_rate_gives_every_look_more(alpha: float, more: float) -> None:
    assert nominal(alpha + more, 2) > nominal(alpha, 2)


@given(bound=st.floats(0, 4))
@settings(max_examples=30, deadline=None)
def test_more_looks_at_one_bound_cross_it_more_often(bound: float) -> None:
    once, twice = spent(bound, 1), spent(bound, 2)
    assert once == pytest.approx(norm.sf(bound))
    assert once < twice < 2 * once + 1e-12


@pytest.mark.parametrize(("alpha", "looks"), [(0.05, 2), (0.01, 2), (0.025, 3)])
def test_all_looks_together_are_wrong_as_often_as_asked_for(alpha: float, looks: int) -> None:
    steps = np.random.default_rng(7).normal(size=(200_000, looks))
    at_look = np.cumsum(steps, axis=1) / np.sqrt(np.arange(1, looks + 1))
    wrong = (norm.sf(at_look) <= nominal(alpha, looks)).any(axis=1).mean()
    assert wrong == pytest.approx(alpha, abs=4 * np.sqrt(alpha / 200_000))
    naive = (norm.sf(at_look) <= alpha).any(axis=1).mean()
    assert naive > 1.4 * alpha, "which is why each look has less"


@given(share=st.floats(0.05, 0.95))
@settings(max_examples=20, deadline=None)
def test_looks_that_share_more_than_equal_steps_would_are_wrong_less_often(share: float) -> None:
    rng, at = np.random.default_rng(3), norm.isf(nominal(0.05, 2))
    common = rng.normal(size=40_000)
    agreement = np.sqrt(1 / 2) + share * (1 - np.sqrt(1 / 2))
    later = agreement * common + np.sqrt(1 - agreement**2) * rng.normal(size=40_000)
    assert ((common > at) | (later > at)).mean() < 0.05 + 4 * np.sqrt(0.05 / 40_000)


def test_rules_over_several_looks_spend_both_error_rates_and_keep_the_rest() -> None:
    twice = RULES.over(2)
    assert (twice.alpha_pass, twice.alpha_block) == (nominal(0.05, 2), nominal(0.01, 2))
    assert (twice.margin, twice.credible_gain) == (0.05, 0.15)
    assert RULES.over(1) == RULES
