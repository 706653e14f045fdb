"""What differs between the commits: settings, decisions, costs."""

import pytest

from clockwork.report import changes
from clockwork.report.phrases import NOTHING
from clockwork.verdict.costs import KINDS, Cost
from clockwork.verdict.parts import SearchTrial
from clockwork.verdict.schema import Verdict


def test_parameters_that_differ_are_changed_and_the_gates_own_further_seeds_are_not(
    red: Verdict,
) -> None:
    assert {row.name for row in changes.changed(red)} == {"rate", "new", "old"}


def test_other_seeds_are_a_change(red: Verdict) -> None:
    head = red.commits["head"].model_copy(update={"seeds": {"trees": [1, 9]}})
    found = changes.changed(red.model_copy(update={"commits": {**red.commits, "head": head}}))
    assert ("trees", "seeds") in {(row.algorithm, row.name) for row in found}


def test_parameters_of_one_commit_alone_are_never_reported_as_changed(red: Verdict) -> None:
    assert changes.changed(red.model_copy(update={"commits": {"head": red.commits["head"]}})) == []


def test_nested_parameters_get_dotted_names(red: Verdict) -> None:
    head = red.commits["head"].model_copy(
        update={"params": {"trees": {"window": {"hours": [1, 2]}}}}
    )
    rows = changes.parameters(red.model_copy(update={"commits": {"head": head}}))
    assert {row.name: row.head for row in rows}["window.hours"] == "[1, 2]"


def test_heads_best_trials_are_reported_with_every_parameter_of_any_of_them(red: Verdict) -> None:
    trials = [
        SearchTrial(number=3, score=0.6912, rounds=80, params={"rate": 0.08123, "depth": 7}),
        SearchTrial(number=0, score=0.6904, params={"rate": 0.1}),
    ]
    head = red.commits["head"].model_copy(update={"trials": {"trees": trials, "rule": []}})
    (found,) = changes.searches(red.model_copy(update={"commits": {"head": head}}))
    assert found.names == ("rate", "depth")
    assert found.rows == (
        ("3", "0.691", "80", "0.08123", "7"),
        ("0", "0.690", NOTHING, "0.1", NOTHING),
    )


def test_new_and_fixed_errors_stand_apart_and_say_what_they_are_now(red: Verdict) -> None:
    new, fixed = (changes.decisions(red, kind) for kind in ("new error", "fixed error"))
    assert [(row.entity, row.when, row.now) for row in new] == [
        ("unit-01", "2026-03-04 01:56", "missed"),
        ("unit-02", "2026-03-04 02:00", "false alarm"),
    ]
    assert [(row.entity, row.now, row.gating) for row in fixed] == [
        ("unit-03", "found", True),
        ("unit-04", "quiet", False),
    ]


def test_decisions_of_gating_algorithms_come_first(red: Verdict) -> None:
    turned = red.model_copy(update={"decisions": red.decisions[::-1]})
    assert [row.algorithm for row in changes.decisions(turned, "fixed error")] == ["trees", "rule"]


def test_a_cost_is_a_ratio_with_both_sides_in_readable_units(red: Verdict) -> None:
    rows = {
        row.algorithm: dict(zip(KINDS, row.cells, strict=True)) for row in changes.cost_rows(red)
    }
    assert rows["trees"]["scoring"] == ("\u00d71.02", "20.0 → 20.4 ms")
    assert rows["trees"]["size"] == ("\u00d71.00", "270.0 → 270.0 kB")
    assert rows["every algorithm"]["scoring"] == (NOTHING, "")


def test_the_ratio_of_a_kind_leaves_watched_algorithms_out(red: Verdict) -> None:
    assert changes.ratio(red, "scoring") == "\u00d71.02"


@pytest.mark.parametrize(
    "cost", [Cost("size", None, 1.0, 0.0), Cost("size", None, float("inf"), 1.0)]
)
def test_a_cost_that_was_not_measured_has_no_ratio(cost: Cost) -> None:
    assert changes.times([cost]) == changes.times([]) == NOTHING
