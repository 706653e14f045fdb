"""Every bar that an audit misses is named, and one that just meets all of them has no fault."""

import math
from typing import Any

import pytest

from clockwork.gate.catalogue import CheckId
from clockwork.selftest.audit.audit import RESULT, red, show
from clockwork.selftest.audit.result import Red, Result, faults, red_rates
from clockwork.verdict.parts import Audit, PowerPoint
from tests.engine.unit.audit.conftest import LOSSES, case, point, rates, result


def test_an_audit_that_just_meets_every_bar_has_no_fault() -> None:
    least = [
        point(2.0, passed=0.02),
        point(5.0, blocked=0.9, cannot_tell=0.1),
        point(1.5, passed=0.9),
    ]
    assert faults(result([rates(power=least)])) == []
    assert faults(result()) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"blocked": 0.0151}, "trees: 1.5% of draws without a difference are blocked (up to 2.5%)"),
        (
            {"blocked_high": 0.026},
            "trees: 1.5% of draws without a difference are blocked (up to 2.6%)",
        ),
        (
            {"cannot_tell_first": 0.21},
            "trees: 21.0% of draws without a difference are inconclusive at the first look",
        ),
        (
            {"power": [point(2.0, passed=0.03)]},
            "trees: a loss of 6% by noise passes 3.0% of the time",
        ),
        (
            {"power": [point(3.0, passed=0.03)]},
            "trees: a loss of 9% by noise passes 3.0% of the time",
        ),
        (
            {"power": [point(5.0, blocked=0.89)]},
            "trees: a loss of 15% by noise is blocked only 89.0% of the time",
        ),
        (
            {"power": [point(5.0, "blindness", blocked=0.5)]},
            "trees: a loss of 15% by blindness is blocked only 50.0% of the time",
        ),
    ],
)
def test_each_bar_missed_is_reported(changes: dict[str, Any], expected: str) -> None:
    assert faults(result([rates(), rates(**changes)])) == [expected]


@pytest.mark.parametrize("times", LOSSES)
def test_a_loss_that_the_gate_need_not_see_may_pass(times: float) -> None:
    found = faults(result([rates(power=[point(times, passed=1.0, blocked=0.0), point(2.0)])]))
    assert len(found) == {2.0: 1, 3.0: 1, 5.0: 2}.get(times, 0)


@pytest.mark.parametrize("power", [[], [point(0.5), point(1.5, "blindness")]])
def test_an_algorithm_of_which_no_loss_of_twice_the_margin_could_be_made_is_reported(
    power: list[PowerPoint],
) -> None:
    expected = (
        "trees: no loss of twice the margin could be made, so nothing is known of what would pass"
    )
    assert faults(result([rates(power=power), rates(power=[*power, point(2.0)])])) == [expected]


@pytest.mark.parametrize("margin", [0.01, 0.03, 0.07, 0.1, 0.13])
def test_no_rounding_lets_a_loss_of_just_the_bar_slip_through(margin: float) -> None:
    losses = [math.nextafter(times * margin, 0) for times in (2.0, 5.0)]
    power = [
        PowerPoint(kind="noise", loss=loss, passed=1.0, cannot_tell=0.0, blocked=0.0)
        for loss in losses
    ]
    one = result([rates(power=power)]).model_copy(update={"margin": margin})
    assert len(faults(one)) == 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"exit_code": 0, "outcome": "pass", "red": []}, "odd: a defect, but it passed"),
        (
            {"red": [Red(id="another-check", algorithm="trees")]},
            "odd: 'no-worse-than-base' stayed silent; red were another-check trees",
        ),
        ({"exit_code": 2, "red": []}, "odd: 'no-worse-than-base' stayed silent; red were none"),
        ({"exit_code": 2}, "odd: ended with exit code 2, which is not its verdict's"),
        (
            {"exit_code": 3, "red": [Red(id=CheckId.NO_WORSE)]},
            "odd: ended with exit code 3, which is not its verdict's",
        ),
        (
            {"caught_by": None, "red": [Red(id=CheckId.COSTS)]},
            "odd: harmless, but ended with exit code 1: costs",
        ),
    ],
)
def test_a_planted_change_that_ended_otherwise_is_reported(
    changes: dict[str, Any], expected: str
) -> None:
    cases = [case("fine"), case("odd", as_it_should=False, **changes)]
    assert faults(result(matrix=cases)) == [expected]


def test_a_defect_that_is_red_for_another_reason_counts_as_stopped_but_not_for_the_right_reason() -> (  # noqa: E501
    None
):
    harmless: dict[str, Any] = {"caught_by": None, "outcome": "pass", "red": []}
    cases = [
        case("caught"),
        case("by accident", as_it_should=False),
        case("missed", as_it_should=False, exit_code=0),
        case("quiet", exit_code=0, **harmless),
        case("false alarm", as_it_should=False, **harmless),
    ]
    assert red_rates(cases) == (
        "2 of 3 defects were not green, 1 of them by the check that they name; "
        "1 of 2 harmless changes were green"
    )


def test_a_result_reads_back_as_it_was_written() -> None:
    assert Result.model_validate_json(result().model_dump_json()) == result()


def test_the_check_that_must_be_red_is_named_first_and_each_once() -> None:
    assert red(case("worse")) == [CheckId.NO_WORSE, "a-first-check"]
    assert red(case("quiet", red=[])) == []


@pytest.mark.parametrize(("one", "code"), [(rates(), 0), (rates(blocked=0.5), 1)])
def test_a_missed_bar_is_printed_and_ends_with_1(
    one: Audit, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    reported: list[str] = []
    assert show(result([one]), reported.append) == code
    printed = capsys.readouterr().out
    assert ("draws without a difference are blocked" in printed) is bool(code)
    assert "Planted pull requests" in printed
    assert str(RESULT) in reported[0]


def test_an_audit_without_planted_changes_prints_the_rates_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert show(result(matrix=[]), lambda _: None) == 0
    assert "Planted pull requests" not in capsys.readouterr().out
