"""What the gate can see, and how often it is wrong."""

from dataclasses import replace

import pytest

from clockwork.gate.outcome import Check
from clockwork.report.sensitivity import MOST, false_alarms, sensitivity
from clockwork.verdict.parts import Audit
from clockwork.verdict.schema import Verdict

ALARMS = "false alarms 0.9 % of 4,000 A/A draws, at most 1.3 %"


def more(verdict: Verdict, *checks: Check) -> Verdict:
    return verdict.model_copy(update={"checks": [*verdict.checks, *checks]})


def test_it_gives_the_minimum_detectable_effect_the_false_alarms_and_the_rows(
    red: Verdict, audit: Audit
) -> None:
    assert sensitivity(red.model_copy(update={"audit": [audit]})) == (
        f"Minimum detectable effect (80 % power): 2.0 % (trees, 3 runs against 5); {ALARMS}; "
        "444 entities, 201 with a positive"
    )


def test_slices_guardrails_and_watched_algorithms_are_left_to_the_figure(red: Verdict) -> None:
    assert sensitivity(red).count(" % (t") == 1


def test_without_an_audit_it_says_how_to_get_one(red: Verdict) -> None:
    assert "false alarms on these data not measured yet (make audit)" in sensitivity(red)


def test_of_several_algorithms_each_is_named_with_its_false_alarms(
    red: Verdict, audit: Audit
) -> None:
    two = more(red, replace(red.checks[5], algorithm="line")).model_copy(update={"audit": [audit]})
    assert "(80 % power): 2.0 % (trees, 3 runs against 5), 2.0 % (line);" in sensitivity(two)
    assert f"{ALARMS} (trees);" in sensitivity(two)


def test_an_audit_of_a_watched_algorithm_says_nothing_here(red: Verdict, audit: Audit) -> None:
    other = red.model_copy(update={"audit": [audit.model_copy(update={"algorithm": "rule"})]})
    assert "make audit" in sensitivity(other)


def test_identical_scores_fall_back_on_what_the_audit_saw(same: Verdict, audit: Audit) -> None:
    assert sensitivity(same).startswith("False alarms on these data")
    assert "effect (80 % power): 3.4 % (trees, " in sensitivity(
        same.model_copy(update={"audit": [audit]})
    )


@pytest.mark.parametrize(
    ("high", "reported"),
    [(0.01244, "1.3 %"), (0.013, "1.3 %"), (0.0009, "0.1 %"), (1.0, "100.0 %")],
)
def test_the_upper_end_is_never_rounded_down(audit: Audit, high: float, reported: str) -> None:
    assert false_alarms(audit.model_copy(update={"blocked_high": high})).endswith(
        f"at most {reported}"
    )


def test_of_many_algorithms_a_few_are_named(red: Verdict) -> None:
    many = more(red, *(replace(red.checks[5], algorithm=f"a{at}") for at in range(MOST + 2)))
    assert " and 3 more; " in sensitivity(many)
    assert len(sensitivity(many)) < 300


def test_a_verdict_without_numbers_sees_nothing(bare: Verdict) -> None:
    assert sensitivity(bare) == ""
