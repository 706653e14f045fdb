"""What the whole says when its checks disagree, and what a shell makes of it."""

import itertools

import pytest

from clockwork.gate.outcome import SEVERITY, Check, Outcome, overall


def check(outcome: Outcome, *, gating: bool = True) -> Check:
    return Check("a check", outcome, "said", gating)


def test_nothing_checked_is_invalid() -> None:
    assert overall([]) is Outcome.INVALID


def test_nothing_that_gates_is_invalid() -> None:
    assert overall([check(Outcome.IMPROVED, gating=False)]) is Outcome.INVALID


@pytest.mark.parametrize(("better", "worse"), list(itertools.combinations(SEVERITY, 2)))
def test_the_worst_gating_check_decides_in_any_order(better: Outcome, worse: Outcome) -> None:
    pair = [check(better), check(worse)]
    assert overall(pair) is overall(pair[::-1]) is worse


@pytest.mark.parametrize("outcome", Outcome)
def test_a_watched_check_changes_nothing(outcome: Outcome) -> None:
    assert overall([check(Outcome.PASS), check(outcome, gating=False)]) is Outcome.PASS


def test_exit_codes_in_order_of_severity() -> None:
    assert [(outcome.value, outcome.exit_code) for outcome in SEVERITY] == [
        ("unchanged", 0),
        ("improved", 0),
        ("pass", 0),
        ("first baseline", 0),
        ("cannot tell", 3),
        ("not comparable", 3),
        ("invalid", 3),
        ("suspicious", 1),
        ("regression", 1),
    ]


def test_a_title_names_what_there_is_to_name() -> None:
    assert check(Outcome.PASS).title == "a check"
    full = Check("worse", Outcome.PASS, "", algorithm="trees", metric="auc", slice="kind=a")
    assert full.title == "worse · trees · auc · kind=a"
