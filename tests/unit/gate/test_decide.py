"""The gate fails closed: whatever is missing, broken or thin is never green."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.gate.decide import Question, check_rows, decide, explain, needed
from pipelines.gate.metrics import Rows
from pipelines.gate.outcome import Check, Estimate, Outcome, overall
from tests.unit.gate.conftest import Fleet, Floats

Spoil = Callable[[Floats], Floats]


def both(runs: Floats) -> dict[str, Floats]:
    return {"trees": runs, "rule": runs[:1]}


def gate(question: Question, fleet: Fleet, head: Mapping[str, Floats], base: Mapping[str, Floats]) -> Outcome:
    return overall(decide(question, fleet.rows, head, base))


def put(runs: Floats, value: float) -> Floats:
    spoilt = runs.copy()
    spoilt[1, 7] = value
    return spoilt


SPOILT: dict[str, Spoil] = {
    "NaN": lambda runs: put(runs, np.nan),
    "inf": lambda runs: put(runs, np.inf),
    "minus inf": lambda runs: put(runs, -np.inf),
    "a score above 1": lambda runs: put(runs, 1.0001),
    "a score below 0": lambda runs: put(runs, -0.0001),
    "a run with the same score everywhere": lambda runs: np.vstack([runs[:2], np.full_like(runs[:1], 0.5)]),
    "a row too few": lambda runs: runs[:, :-1],
    "a row too many": lambda runs: np.hstack([runs, runs[:, :1]]),
    "no rows": lambda runs: runs[:, :0],
    "no runs": lambda runs: runs[:0],
    "log odds": lambda runs: np.asarray(np.log(runs / (1 - runs))),
}


@pytest.mark.parametrize("fault", SPOILT)
@pytest.mark.parametrize("arms", ["head", "base", "both"])
def test_broken_scores_are_never_green(question: Question, fleet: Fleet, fault: str, arms: str) -> None:
    good, bad = both(fleet.runs(2.0)), both(fleet.runs(2.0)) | {"trees": SPOILT[fault](fleet.runs(2.0))}
    head, base = bad if arms != "base" else good, bad if arms != "head" else good
    checks = decide(question, fleet.rows, head, base)
    assert overall(checks) is Outcome.INVALID
    told = [check.message for check in checks if check.algorithm == "trees"]
    assert told[0].startswith("base" if arms == "base" else "head")


@pytest.mark.parametrize("arms", ["head", "base", "both"])
def test_an_algorithm_that_is_missing_is_never_green(question: Question, fleet: Fleet, arms: str) -> None:
    good = both(fleet.runs(2.0))
    bad = {"rule": good["rule"]}
    head, base = bad if arms != "base" else good, bad if arms != "head" else good
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


@pytest.mark.parametrize("arms", ["identical", "head far better"])
def test_rows_that_cannot_judge_are_never_green(question: Question, fleet: Fleet, arms: str) -> None:
    for rows in (empty(), constant(fleet, 0), constant(fleet, 1), thin(fleet, 29), thin(fleet, 1)):
        base = both(rows.runs(2.0))
        head = base if arms == "identical" else both(rows.runs(9.0))
        checks = decide(question, rows.rows, head, base)
        assert overall(checks) is Outcome.INVALID
        assert len(checks) == 1, "nothing else is worth a look"


def test_the_least_number_of_clusters_with_a_positive_is_enough(question: Question, fleet: Fleet) -> None:
    assert check_rows(thin(fleet, 30).rows, question.min_positive_clusters).outcome is Outcome.PASS
    assert check_rows(thin(fleet, 29).rows, question.min_positive_clusters).outcome is Outcome.INVALID


def test_identical_arms_are_unchanged(question: Question, fleet: Fleet) -> None:
    runs = both(fleet.runs(2.0))
    checks = decide(question, fleet.rows, runs, {name: run.copy() for name, run in runs.items()})
    assert {check.outcome for check in checks if check.algorithm} == {Outcome.UNCHANGED}
    assert len(checks) == 2 + 2 * 3
    assert overall(checks).green


def test_one_last_bit_is_no_longer_identical(question: Question, fleet: Fleet) -> None:
    head = fleet.runs(2.0)
    head[0, 0] = np.nextafter(head[0, 0], 1)
    checks = decide(question, fleet.rows, both(head), both(fleet.runs(2.0)))
    assert Outcome.UNCHANGED not in {check.outcome for check in checks if check.algorithm == "trees"}


def test_a_head_far_worse_is_a_regression(question: Question, fleet: Fleet) -> None:
    assert gate(question, fleet, both(fleet.runs(0.5)), both(fleet.runs(3.0))) is Outcome.REGRESSION


def test_a_head_with_its_scores_turned_round_is_a_regression(question: Question, fleet: Fleet) -> None:
    runs = fleet.runs(3.0)
    assert gate(question, fleet, both(1 - runs), both(runs)) is Outcome.REGRESSION


def test_a_head_far_better_is_suspicious_on_the_primary_metric_only(question: Question, fleet: Fleet) -> None:
    checks = decide(question, fleet.rows, both(fleet.runs(4.0)), both(fleet.runs(1.0)))
    found = {check.metric: check.outcome for check in checks if check.algorithm == "trees"}
    assert found["average_precision"] is Outcome.SUSPICIOUS
    assert found["roc_auc"] is Outcome.IMPROVED


@pytest.mark.parametrize("fault", ["worse", "missing", "NaN"])
def test_a_watched_algorithm_never_gates(question: Question, fleet: Fleet, fault: str) -> None:
    base = both(fleet.runs(3.0))
    watched = {"worse": fleet.runs(0.5, seeds=1), "NaN": np.full_like(base["rule"], np.nan)}
    head = {"trees": base["trees"], **({"rule": watched[fault]} if fault in watched else {})}
    checks = decide(question, fleet.rows, head, base)
    assert overall(checks).green
    of_rule = [check for check in checks if check.algorithm == "rule"]
    assert not any(check.gating for check in of_rule)
    assert {check.outcome for check in of_rule} & {Outcome.REGRESSION, Outcome.INVALID}, "but it is told"


def test_a_gating_algorithm_gates_on_every_metric(question: Question, fleet: Fleet) -> None:
    base = fleet.runs(2.0)
    checks = decide(question, fleet.rows, both(base**0.25), both(base))
    found = {check.metric: check.outcome for check in checks if check.algorithm == "trees"}
    assert found["average_precision"].green
    assert found["log_loss"] is Outcome.REGRESSION
    assert overall(checks) is Outcome.REGRESSION


def test_the_same_question_has_the_same_answer(question: Question, fleet: Fleet) -> None:
    def once() -> list[Check]:
        return decide(question, fleet.rows, both(fleet.runs(2.1)), both(fleet.runs(2.0, start=50)))

    assert once() == once()
    other = decide(replace(question, seed=6), fleet.rows, both(fleet.runs(2.1)), both(fleet.runs(2.0, start=50)))
    assert other != once()


def test_checks_come_in_the_order_of_the_question(question: Question, fleet: Fleet) -> None:
    checks = decide(question, fleet.rows, both(fleet.runs(2.1)), both(fleet.runs(2.0)))
    metrics = ["average_precision", "roc_auc", "log_loss"]
    expected = [(None, None), (None, None), *[(name, metric) for name in ("trees", "rule") for metric in metrics]]
    assert [(check.algorithm, check.metric) for check in checks] == expected


@given(low=st.floats(-0.5, -0.051), high=st.floats(0.001, 0.5), clusters=st.integers(30, 500))
def test_what_cannot_be_told_needs_more_clusters_than_there_are(low: float, high: float, clusters: int) -> None:
    estimate = Estimate(0.5, 1.0, (low + high) / 2, low, high, margin=0.05, sees=0.1)
    said = needed(estimate, clusters)
    assert int(said.split()[1]) > clusters
    assert f"(now {clusters})" in said


def test_a_difference_on_the_margin_itself_is_not_settled_by_more_rows() -> None:
    assert "would not settle" in needed(Estimate(0, 0, 0.0, -0.1, 0.1, margin=0.0, sees=0.1), 40)


@pytest.mark.parametrize(
    ("outcome", "low", "high", "words"),
    [
        (Outcome.UNCHANGED, 0, 0, "identical to the bit"),
        (Outcome.PASS, -0.02, -0.01, "slightly worse, within the margin: anything from -2.0 % to -1.0 % fits"),
        (Outcome.PASS, -0.02, 0.01, "anything from -2.0 % to +1.0 % fits, margin -5 %"),
        (Outcome.CANNOT_TELL, -0.1, 0.1, "clusters with a positive would settle it (now 40)"),
        (Outcome.SUSPICIOUS, 0.2, 0.4, "too good to be true"),
        (Outcome.INVALID, np.nan, np.nan, "no value on some of the resamples"),
        (Outcome.REGRESSION, -0.4, -0.2, "anything from -40.0 % to -20.0 % fits"),
    ],
)
def test_an_outcome_is_explained_in_shares_of_the_base(outcome: Outcome, low: float, high: float, words: str) -> None:
    said = explain(outcome, Estimate(0.9, 1.0, (low + high) / 2, low, high, 0.05, 0.1), 40)
    assert words in said
    assert ("slightly" in said) == ("slightly" in words)
