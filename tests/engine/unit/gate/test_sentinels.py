"""The gate is shown two known cases first, and a run in which it judges one wrongly is invalid."""

import numpy as np
import pytest

from clockwork.gate.metrics import METRICS, Metric, Scored, Weights
from clockwork.gate.noninferiority import Rules, resample
from clockwork.gate.outcome import Outcome
from clockwork.gate.sentinels import check_sentinels

from .conftest import Fleet

AP = METRICS["average_precision"]


@pytest.fixture
def rules() -> Rules:
    return Rules(margin=0.03, alpha_pass=0.05, alpha_block=0.01, credible_gain=0.15)


def outcome(metric: Metric, fleet: Fleet, skill: float, rules: Rules) -> Outcome:
    """What the sentinels say of a base of some skill."""
    base = fleet.scored(fleet.runs(skill))
    return check_sentinels(metric, base, resample(fleet.rows.entities, 400, 1), rules).outcome


def test_a_gate_that_works_passes_both(fleet: Fleet, rules: Rules) -> None:
    assert outcome(AP, fleet, 2.0, rules) is Outcome.PASS


def test_a_base_without_skill_cannot_be_told_from_its_flip(fleet: Fleet, rules: Rules) -> None:
    assert outcome(AP, fleet, 0.0, rules) is Outcome.INVALID


def test_a_metric_whose_sign_is_wrong_is_found(fleet: Fleet, rules: Rules) -> None:
    assert outcome(Metric("turned", -1, AP.weighted), fleet, 2.0, rules) is Outcome.INVALID


def test_a_metric_that_sees_nothing_is_found(fleet: Fleet, rules: Rules) -> None:
    def blind(scored: Scored, weights: Weights) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.full(len(weights), 0.5 * scored.rows.entities / scored.rows.entities)

    assert outcome(Metric("blind", 1, blind), fleet, 2.0, rules) is Outcome.INVALID


def test_a_metric_without_values_is_found(fleet: Fleet, rules: Rules) -> None:
    def missing(_: Scored, weights: Weights) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.full(len(weights), np.nan)

    assert outcome(Metric("missing", 1, missing), fleet, 2.0, rules) is Outcome.INVALID
