"""The gate fails closed: whatever is missing, broken or thin is never green.

That a baseline is missing, that a check raises, that an algorithm is on one side only, that the
settings switch every gate off: tests of the same name stand with the code that finds it.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from clockwork.gate.decide import decide
from clockwork.gate.metrics import Rows
from clockwork.gate.outcome import Outcome, overall
from clockwork.gate.question import Guardrail, Question
from clockwork.gate.soundness import check_rows
from tests.engine.unit.gate.conftest import Fleet, Floats, both

Spoil = Callable[[Floats], Floats]


def put(runs: Floats, value: float) -> Floats:
    spoilt = runs.copy()
    spoilt[1, 7] = value
    return spoilt


def constant_run(runs: Floats) -> Floats:
    return np.vstack([runs[:2], np.full_like(runs[:1], 0.5)])


INFINITE, OUTSIDE = "has 1 scores that are not finite", "has scores outside 0 to 1"
SPOILT: dict[str, tuple[Spoil, str]] = {
    "NaN": (lambda runs: put(runs, np.nan), INFINITE),
    "inf": (lambda runs: put(runs, np.inf), INFINITE),
    "minus inf": (lambda runs: put(runs, -np.inf), INFINITE),
    "a score above 1": (lambda runs: put(runs, 1.0001), OUTSIDE),
    "a score below 0": (lambda runs: put(runs, -0.0001), OUTSIDE),
    "a constant run": (constant_run, "gives every row the same score"),
    "a row too few": (lambda runs: runs[:, :-1], "scored 1199 rows, not 1200"),
    "a row too many": (lambda runs: np.hstack([runs, runs[:, :1]]), "scored 1201 rows, not 1200"),
    "no rows": (lambda runs: runs[:, :0], "scored 0 rows, not 1200"),
    "no runs": (lambda runs: runs[:0], "has no scores: the algorithm is on one side only"),
    "log odds": (lambda runs: np.asarray(np.log(runs / (1 - runs))), OUTSIDE),
}


@pytest.mark.parametrize("fault", SPOILT)
@pytest.mark.parametrize("sides", ["head", "base", "both"])
def test_broken_scores_are_never_green(
    question: Question, fleet: Fleet, fault: str, sides: str
) -> None:
    spoil, message = SPOILT[fault]
    good = both(fleet.runs(2.0))
    bad = good | {"trees": spoil(fleet.runs(2.0))}
    head, base = bad if sides != "base" else good, bad if sides != "head" else good
    checks = decide(question, fleet.rows, head, base)
    assert overall(checks) is Outcome.INVALID
    messages = [check.message for check in checks if check.algorithm == "trees"]
    assert messages == [f"{'base' if sides == 'base' else 'head'} {message}"]


@pytest.mark.parametrize("sides", ["head", "base", "both"])
def test_an_algorithm_that_is_missing_is_never_green(
    question: Question, fleet: Fleet, sides: str
) -> None:
    good = both(fleet.runs(2.0))
    bad = {"rule": good["rule"]}
    head, base = bad if sides != "base" else good, bad if sides != "head" else good
    checks = decide(question, fleet.rows, head, base)
    assert overall(checks) is Outcome.INVALID
    assert any(check.algorithm == "trees" and "one side only" in check.message for check in checks)


def thin(fleet: Fleet, positive_entities: int) -> Fleet:
    label = np.where(fleet.rows.entity < positive_entities, fleet.rows.label, 0).astype(np.int8)
    return Fleet(replace(fleet.rows, label=label))


def empty() -> Fleet:
    return Fleet(Rows(np.array([], dtype=np.intp), np.array([], dtype=np.int8), 0))


def constant(fleet: Fleet, label: int) -> Fleet:
    return Fleet(replace(fleet.rows, label=np.full_like(fleet.rows.label, label)))


@pytest.mark.parametrize("sides", ["identical", "head far better"])
def test_rows_that_cannot_judge_are_never_green(
    question: Question, fleet: Fleet, sides: str
) -> None:
    one_class, few = "all 1200 evaluation rows are of one class", "fewer than 30 cannot carry"
    for rows, message in (
        (empty(), "there are no evaluation rows"),
        (constant(fleet, 0), one_class),
        (constant(fleet, 1), one_class),
        (thin(fleet, 29), few),
        (thin(fleet, 1), few),
    ):
        base = both(rows.runs(2.0))
        head = base if sides == "identical" else both(rows.runs(9.0))
        (check,) = decide(question, rows.rows, head, base)  # nothing else is worth a look
        assert (check.outcome, check.gating) == (Outcome.INVALID, True)
        assert message in check.message


def test_thirty_entities_with_a_positive_are_enough(question: Question, fleet: Fleet) -> None:
    assert check_rows(thin(fleet, 30).rows, question.min_positive_clusters).outcome is Outcome.PASS


def test_a_metric_that_has_no_value_is_never_green(question: Question, fleet: Fleet) -> None:
    timeless = replace(fleet.rows, time=None)
    asked = replace(question, primary="detection_delay", guardrails={})
    for head in (fleet.runs(2.0), fleet.runs(2.1)):
        checks = decide(asked, timeless, both(head), both(fleet.runs(2.0)))
        assert overall(checks) is Outcome.INVALID
        (missing,) = [
            check for check in checks if check.algorithm == "trees" and not check.outcome.green
        ]
        assert missing.metric == "detection_delay"


def test_a_guardrail_of_events_without_times_does_not_apply_and_says_so(
    question: Question, fleet: Fleet
) -> None:
    timeless, guardrails = (
        replace(fleet.rows, time=None),
        {"detection_delay": Guardrail(0.15), "roc_auc": Guardrail(0.05)},
    )
    checks = decide(
        replace(question, guardrails=guardrails),
        timeless,
        both(fleet.runs(2.0)),
        both(fleet.runs(2.0)),
    )
    assert overall(checks).green
    (left,) = [
        check
        for check in checks
        if check.metric == "detection_delay" and check.algorithm == "trees"
    ]
    assert (left.outcome, left.gating) == (Outcome.CANNOT_TELL, False)
    assert left.message == "not evaluable: the data have no time"


@pytest.mark.parametrize("where", ["primary", "guardrail"])
def test_a_metric_that_there_is_not_is_never_green(
    question: Question, fleet: Fleet, where: str
) -> None:
    runs = both(fleet.runs(2.0))
    asked = {
        "primary": {"primary": "roc_auk"},
        "guardrail": {"guardrails": {"roc_auk": Guardrail(0.05)}},
    }
    with pytest.raises(KeyError, match="roc_auk"):
        decide(replace(question, **asked[where]), fleet.rows, runs, runs)  # type: ignore[arg-type]


@pytest.mark.parametrize("sides", ["identical", "other"])
def test_an_empty_slice_is_never_green(question: Question, fleet: Fleet, sides: str) -> None:
    base = both(fleet.runs(2.0))
    head = base if sides == "identical" else both(fleet.runs(2.1))
    slices = {
        "kind camera": np.ones(1200, dtype=np.bool_),
        "kind server": np.zeros(1200, dtype=np.bool_),
    }
    checks = decide(question, fleet.rows, head, base, slices)
    (empty,) = [check for check in checks if check.slice == "kind server"]
    assert (empty.outcome, empty.gating) == (Outcome.INVALID, True)
    assert empty.message == "there are no evaluation rows of this slice"
    assert overall(checks) is Outcome.INVALID


def test_a_slice_of_one_class_is_never_green(question: Question, fleet: Fleet) -> None:
    checks = decide(
        question,
        fleet.rows,
        both(fleet.runs(2.1)),
        both(fleet.runs(2.0)),
        {"positives": fleet.rows.label == 1},
    )
    assert [check.outcome for check in checks if check.slice] == [Outcome.INVALID]
    assert overall(checks) is Outcome.INVALID


def test_a_primary_metric_that_sees_too_little_for_its_margin_is_never_green(
    question: Question, fleet: Fleet
) -> None:
    asked = replace(question, rules=replace(question.rules, margin=0.001))
    checks = decide(asked, fleet.rows, both(fleet.runs(2.0)), both(fleet.runs(2.0, start=50)))
    (refused,) = [
        check
        for check in checks
        if check.algorithm == "trees" and check.metric == "average_precision"
    ]
    assert refused.outcome is Outcome.INVALID
    assert refused.estimate
    assert refused.estimate.margin < refused.estimate.minimum_detectable / 2
