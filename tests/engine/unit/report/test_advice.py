"""What to do next fits the check that made the verdict."""

from dataclasses import replace

import pytest

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.report import advice
from clockwork.report.advice import next_step
from clockwork.verdict.schema import Verdict


def made_by(verdict: Verdict, *checks: Check) -> Verdict:
    return verdict.model_copy(update={"outcome": checks[0].outcome, "checks": list(checks)})


def test_a_loss_with_other_settings_points_to_them(red: Verdict) -> None:
    assert next_step(red) == advice.SETTINGS


def test_a_loss_with_equal_settings_points_to_the_code(red: Verdict) -> None:
    same = red.model_copy(update={"commits": dict.fromkeys(("head", "base"), red.commits["head"])})
    assert next_step(same) == advice.CODE


def test_alerts_that_moved_on_identical_scores_point_to_the_threshold(
    same: Verdict, red: Verdict
) -> None:
    moved = replace(red.checks[5], metric="alerts_per_day")
    found = same.model_copy(update={"outcome": Outcome.REGRESSION, "checks": [*same.checks, moved]})
    assert next_step(found) == advice.ALERTS


@pytest.mark.parametrize(
    ("name", "outcome", "reported"),
    [
        (CheckId.REGRESSION_TESTS, Outcome.REGRESSION, advice.TEST),
        (CheckId.COST_SCORING, Outcome.REGRESSION, advice.COST),
        (CheckId.LOOKS_AHEAD, Outcome.SUSPICIOUS, advice.LEAK),
        (CheckId.TRAINED_ON, Outcome.SUSPICIOUS, advice.ADVICE[Outcome.SUSPICIOUS]),
    ],
)
def test_a_check_without_numbers_has_the_advice_of_its_group(
    red: Verdict, name: str, outcome: Outcome, reported: str
) -> None:
    assert next_step(made_by(red, Check(name, outcome, "so"))) == reported


def test_a_gain_beyond_belief_is_a_leak_to_look_for(red: Verdict) -> None:
    assert (
        next_step(made_by(red, replace(red.checks[5], outcome=Outcome.SUSPICIOUS))) == advice.LEAK
    )


def test_cannot_tell_comes_with_what_would_settle_it(red: Verdict) -> None:
    estimate = red.checks[5].estimate
    assert estimate
    found = replace(
        estimate, delta=-0.005, lower=-0.03, upper=0.02, clusters_needed=300, positive_clusters=201
    )
    unsure = made_by(red, replace(red.checks[5], outcome=Outcome.CANNOT_TELL, estimate=found))
    assert "about 300 clusters with a positive would settle it (now 201)" in next_step(unsure)


def test_an_edited_gate_sends_for_its_owner_whatever_the_verdict(same: Verdict) -> None:
    owner = Check(CheckId.NEEDS_OWNER, Outcome.PASS, "configs/gate.yaml changed", gating=False)
    reported = next_step(same.model_copy(update={"checks": [*same.checks, owner]}))
    assert reported == f"{advice.ADVICE[Outcome.UNCHANGED]} Needs owner: configs/gate.yaml changed."


def test_without_a_base_it_says_how_to_name_one(bare: Verdict) -> None:
    assert "BASE=" in next_step(bare)


def test_each_outcome_has_its_own_advice(red: Verdict) -> None:
    reported = {
        next_step(red.model_copy(update={"outcome": outcome, "checks": []})) for outcome in Outcome
    }
    assert len(reported) == len(Outcome)
