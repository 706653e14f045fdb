"""From both commits' scores to checks: what each change of scores, seeds or a slice is called."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from clockwork.gate.decide import decide
from clockwork.gate.outcome import Check, Outcome, overall
from clockwork.gate.question import Guardrail, Question
from tests.engine.unit.gate.conftest import Fleet, Floats, both


def gate(
    question: Question, fleet: Fleet, head: Mapping[str, Floats], base: Mapping[str, Floats]
) -> Outcome:
    return overall(decide(question, fleet.rows, head, base))


def test_identical_commits_are_unchanged(question: Question, fleet: Fleet) -> None:
    runs = both(fleet.runs(2.0))
    checks = decide(question, fleet.rows, runs, {name: run.copy() for name, run in runs.items()})
    assert {check.outcome for check in checks if check.algorithm} == {Outcome.UNCHANGED}
    assert len(checks) == 2 + 2 * 3
    assert overall(checks).green


def test_one_last_bit_is_no_longer_identical(question: Question, fleet: Fleet) -> None:
    head = fleet.runs(2.0)
    head[0, 0] = np.nextafter(head[0, 0], 1)
    checks = decide(question, fleet.rows, both(head), both(fleet.runs(2.0)))
    assert Outcome.UNCHANGED not in {
        check.outcome for check in checks if check.algorithm == "trees"
    }


def test_a_head_far_worse_is_a_regression(question: Question, fleet: Fleet) -> None:
    assert gate(question, fleet, both(fleet.runs(0.5)), both(fleet.runs(3.0))) is Outcome.REGRESSION


def test_a_head_with_its_scores_turned_round_is_a_regression(
    question: Question, fleet: Fleet
) -> None:
    runs = fleet.runs(3.0)
    assert gate(question, fleet, both(1 - runs), both(runs)) is Outcome.REGRESSION


def test_a_head_far_better_is_suspicious_on_the_primary_metric_only(
    question: Question, fleet: Fleet
) -> None:
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
    assert {check.outcome for check in of_rule} & {Outcome.REGRESSION, Outcome.INVALID}, (
        "but it is reported"
    )


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
    other = decide(
        replace(question, seed=6),
        fleet.rows,
        both(fleet.runs(2.1)),
        both(fleet.runs(2.0, start=50)),
    )
    assert other != once()


def test_checks_come_in_the_order_of_the_question(question: Question, fleet: Fleet) -> None:
    checks = decide(question, fleet.rows, both(fleet.runs(2.1)), both(fleet.runs(2.0)))
    metrics = ["average_precision", "roc_auc", "log_loss"]
    expected = [
        (None, None),
        (None, None),
        *[(name, metric) for name in ("trees", "rule") for metric in metrics],
    ]
    assert [(check.algorithm, check.metric) for check in checks] == expected


def of_trees(checks: list[Check]) -> dict[str, Outcome]:
    """What is said of the gating algorithm, by metric or slice."""
    return {
        check.slice or check.metric or check.id: check.outcome
        for check in checks
        if check.algorithm == "trees"
    }


def test_a_base_with_a_pool_of_seeds_is_unchanged_where_head_has_its_first_ones(
    question: Question, fleet: Fleet
) -> None:
    pool = fleet.runs(2.0, seeds=10)
    checks = decide(
        question, fleet.rows, both(pool[:3]), both(pool), {"all": np.ones(1200, dtype=np.bool_)}
    )
    assert set(of_trees(checks).values()) == {Outcome.UNCHANGED}


def test_a_moved_alert_threshold_is_seen_where_no_score_moved(
    question: Question, fleet: Fleet
) -> None:
    asked = replace(
        question,
        guardrails={**question.guardrails, "alerts_per_day": Guardrail(0.25, two_sided=True)},
        thresholds={"trees": (0.95, 0.5)},
    )
    runs = both(fleet.runs(2.0))
    found = of_trees(decide(asked, fleet.rows, runs, runs))
    assert found == {
        "average_precision": Outcome.UNCHANGED,
        "roc_auc": Outcome.UNCHANGED,
        "log_loss": Outcome.UNCHANGED,
        "alerts_per_day": Outcome.REGRESSION,
        "alerts_per_day_at_base_rate": Outcome.REGRESSION,
    }
    still = of_trees(
        decide(replace(asked, thresholds={"trees": (0.5, 0.5)}), fleet.rows, runs, runs)
    )
    assert still["alerts_per_day"] is Outcome.UNCHANGED


PLAIN, AT_RATE = "alerts_per_day", "alerts_per_day_at_base_rate"


def alerts(question: Question, fleet: Fleet, head: Floats, at: float, *named: str) -> list[Check]:
    """What is said of the alerts of a head with threshold `at`, where base alerts at 0.9."""
    guardrails = {name: Guardrail(0.25, two_sided=True) for name in named}
    asked = replace(question, guardrails=guardrails, thresholds={"trees": (at, 0.9)})
    checks = decide(asked, fleet.rows, both(head), both(fleet.runs(2.0)))
    return [
        one for one in checks if one.algorithm == "trees" and one.metric and PLAIN in one.metric
    ]


@pytest.mark.parametrize("named", [[PLAIN], [AT_RATE], [PLAIN, AT_RATE]])
def test_alerts_that_calibration_moved_gate_where_they_are_named_and_are_reported_twice(
    question: Question, fleet: Fleet, named: list[str]
) -> None:
    recalibrated = fleet.runs(2.0) ** 0.25  # every row in its place, and scores far higher
    found = alerts(question, fleet, recalibrated, 0.9, *named)
    assert {check.metric: (check.outcome.green, check.gating) for check in found} == {
        PLAIN: (False, PLAIN in named),
        AT_RATE: (True, AT_RATE in named),
    }


@pytest.mark.parametrize("at", [0.5, 0.99])
@pytest.mark.parametrize("moved", [0.0, 1e-9])
def test_a_threshold_that_moved_is_red_at_either(
    question: Question, fleet: Fleet, at: float, moved: float
) -> None:
    for named in (PLAIN, AT_RATE):
        found = alerts(question, fleet, fleet.runs(2.0) - moved, at, named)
        assert [check.outcome for check in found if check.gating] == [Outcome.REGRESSION]


@pytest.mark.parametrize("named", [PLAIN, AT_RATE])
def test_alerts_that_nothing_moved_are_unchanged_once(
    question: Question, fleet: Fleet, named: str
) -> None:
    (check,) = alerts(question, fleet, fleet.runs(2.0), 0.9, named)
    assert check.outcome is Outcome.UNCHANGED


def test_scores_that_moved_together_with_their_threshold_are_green_at_the_threshold(
    question: Question, fleet: Fleet
) -> None:
    runs = fleet.runs(2.0)
    found = alerts(question, fleet, runs**2, 0.81, PLAIN)
    assert found[0].estimate
    assert found[0].estimate.delta == pytest.approx(0, abs=1e-12)
    assert found[0].outcome.green


def thirds(fleet: Fleet) -> dict[str, npt.NDArray[np.bool_]]:
    """Three slices of twenty entities each; those with a positive are spread over all three."""
    return {
        f"kind {name}": fleet.rows.entity % 3 == place
        for place, name in enumerate(("camera", "phone", "server"))
    }


def test_harm_in_one_slice_is_found_there_and_nowhere_else(
    question: Question, fleet: Fleet
) -> None:
    slices = thirds(fleet)
    skill = np.where(slices["kind phone"], 0.5, 3.1)
    checks = decide(
        question, fleet.rows, both(fleet.runs(skill)), both(fleet.runs(3.0, start=50)), slices
    )
    found = of_trees(checks)
    assert found["kind phone"] is Outcome.REGRESSION
    assert found["kind camera"] is found["kind server"] is Outcome.PASS
    assert overall(checks) is Outcome.REGRESSION


def test_the_harm_of_a_slice_counts_where_the_whole_passes(
    question: Question, fleet: Fleet
) -> None:
    slices = thirds(fleet)
    skill = np.where(slices["kind phone"], 2.0, 5.0)
    asked = replace(
        question, guardrails={}, rules=replace(question.rules, margin=0.3, credible_gain=5.0)
    )
    checks = decide(
        asked, fleet.rows, both(fleet.runs(skill)), both(fleet.runs(3.0, start=50)), slices
    )
    found = of_trees(checks)
    assert found["average_precision"].green
    assert found["kind phone"] is Outcome.REGRESSION
    assert overall(checks) is Outcome.REGRESSION


def test_slices_without_harm_pass(question: Question, fleet: Fleet) -> None:
    slices = thirds(fleet)
    checks = decide(
        question, fleet.rows, both(fleet.runs(3.0)), both(fleet.runs(3.0, start=50)), slices
    )
    assert {of_trees(checks)[name] for name in slices} == {Outcome.PASS}
    assert overall(checks).green


def test_slices_are_of_gating_algorithms_only(question: Question, fleet: Fleet) -> None:
    checks = decide(
        question, fleet.rows, both(fleet.runs(2.0)), both(fleet.runs(3.0)), thirds(fleet)
    )
    assert {check.algorithm for check in checks if check.slice} == {"trees"}


def test_a_slice_with_too_few_positives_is_reported_and_gates_nothing(
    question: Question, fleet: Fleet
) -> None:
    runs, worse = fleet.runs(3.0), fleet.runs(np.where(fleet.rows.entity < 9, 0.0, 3.0))
    slices = {"kind router": fleet.rows.entity < 9}
    asked = replace(question, guardrails={}, rules=replace(question.rules, margin=0.5))
    checks = decide(asked, fleet.rows, both(worse), both(runs), slices)
    (thin,) = [check for check in checks if check.slice]
    assert (thin.outcome, thin.gating, thin.estimate) == (Outcome.CANNOT_TELL, False, None)
    assert thin.message == "not evaluable: 9 clusters with a positive, fewer than 10"
    assert overall(checks).green
    enough = decide(
        asked, fleet.rows, both(worse), both(runs), {"kind router": fleet.rows.entity < 10}
    )
    assert [check.gating for check in enough if check.slice] == [True]
