"""A trial is given up where no rise that was seen would bring it to the best."""

import pytest

from clockwork.learning.tuning.pruning import hopeless
from clockwork.settings.models import TuningSettings

BUDGET = TuningSettings(
    trials=9, seed=1, rounds_per_step=1, patience=9, settle=0.0, startup_trials=2
)
WHOLE = [[0.5, 0.8, 0.7], [0.6, 0.65, 0.66]]  # rises of 0.3 and 0.06 after their first step


@pytest.mark.parametrize(
    ("curve", "given_up"), [([0.49], True), ([0.51], False), ([0.51, 0.7], True), ([0.81], False)]
)
def test_a_curve_may_still_rise_as_the_steepest_did(curve: list[float], given_up: bool) -> None:
    assert hopeless(curve, WHOLE, BUDGET) == given_up


def test_nothing_is_given_up_beside_too_few_whole_curves_or_beyond_them_or_where_so_set() -> None:
    assert not hopeless([0.1], WHOLE[:1], BUDGET)
    assert not hopeless([0.1] * 4, WHOLE, BUDGET)
    assert not hopeless([0.1], WHOLE, BUDGET.model_copy(update={"pruner": "none"}))
