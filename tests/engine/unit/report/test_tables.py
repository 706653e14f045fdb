"""The rows of the checks: all of them somewhere, what is alike only once."""

from dataclasses import replace

from clockwork.gate.catalogue import CheckId, title_of
from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.report import phrases, tables
from clockwork.verdict.schema import Verdict

NAN = float("nan")


def test_a_number_that_is_none_is_a_dash(estimate: Estimate) -> None:
    empty = replace(estimate, head=NAN, delta=NAN, lower=NAN, upper=NAN)
    row = tables.check_row(
        Check("worse", Outcome.INVALID, "no value", True, "trees", "roc_auc", None, empty)
    )
    assert (row.head, row.delta, row.interval, row.note) == (*[phrases.NOTHING] * 3, "no value")


def test_a_note_holds_what_would_settle_it_and_not_the_interval_again(estimate: Estimate) -> None:
    unsure = replace(estimate, clusters_needed=300, positive_clusters=201)
    row = tables.check_row(
        Check("worse", Outcome.CANNOT_TELL, "a; b", True, "trees", "roc_auc", None, unsure)
    )
    assert row.note == "about 300 clusters with a positive would settle it (now 201)"


def test_every_check_is_in_one_of_the_tables(red: Verdict) -> None:
    rows = [
        *tables.metric_rows(red),
        *tables.slice_rows(red),
        *tables.broken(red),
        *tables.churn_rows(red),
    ]
    several = sum(max(one.algorithms, 1) for one in tables.holding(red))
    assert len(rows) + several == len(red.checks)


def test_identical_scores_of_an_algorithm_are_one_row(same: Verdict) -> None:
    assert [(row.subject, row.metric, row.note) for row in tables.metric_rows(same)] == [
        ("trees", "all 2 metrics", "identical to the bit"),
        ("rule", "all 2 metrics", "identical to the bit"),
    ]


def test_what_moved_beside_identical_scores_stands_alone(same: Verdict, estimate: Estimate) -> None:
    moved = Check(
        "worse", Outcome.REGRESSION, "so", True, "trees", "alerts_per_day", None, estimate
    )
    rows = tables.metric_rows(same.model_copy(update={"checks": [*same.checks, moved]}))
    assert [row.metric for row in rows if row.subject == "trees"] == [
        "alerts per day",
        "other 2 metrics",
    ]


def test_in_brief_a_watched_algorithm_shows_its_primary_metric_and_what_is_not_green(
    red: Verdict,
) -> None:
    rule = red.checks[11]
    more = [replace(rule, metric=f"m{at}") for at in range(3)] + [
        replace(rule, metric="bad", outcome=Outcome.INVALID)
    ]
    rows = tables.metric_rows(red.model_copy(update={"checks": [*red.checks, *more]}), brief=True)
    assert [row.metric for row in rows if not row.gating] == [
        "average precision",
        "bad",
        "other 4 metrics",
    ]
    assert [row.metric for row in rows if row.gating] == ["average precision", "ROC AUC"]


def test_gating_algorithms_come_first(red: Verdict) -> None:
    turned = red.model_copy(update={"checks": red.checks[::-1]})
    assert [row.subject for row in tables.metric_rows(turned)] == ["trees", "trees", "rule", "rule"]


def test_a_slice_is_a_row_with_a_cell_for_each_algorithm(red: Verdict) -> None:
    other = replace(red.checks[7], algorithm="line")
    names, rows = tables.slice_table(red.model_copy(update={"checks": [*red.checks, other]}))
    assert names == ["trees", "line"]
    assert [(part, [bool(cell) for cell in cells]) for part, cells in rows] == [
        ("kind router", [True, True]),
        ("kind camera", [True, False]),
        ("kind tiny", [True, False]),
    ]


def test_slices_of_identical_scores_need_no_table(same: Verdict) -> None:
    assert tables.slice_table(same) == ([], [])


def test_a_check_that_holds_for_several_algorithms_is_reported_once(red: Verdict) -> None:
    held = {one.name: one for one in tables.holding(red)}
    assert held[title_of(CheckId.TRAINING_BLIND)].algorithms == 2
    assert held[title_of(CheckId.TRAINING_BLIND)].message == "the same model"


def test_of_checks_that_do_not_hold_those_that_gate_come_first(red: Verdict) -> None:
    bad = [
        Check(CheckId.COSTS, Outcome.INVALID, "a", gating=False),
        Check(CheckId.EXPERIMENTS, Outcome.INVALID, "b"),
    ]
    assert [row.subject for row in tables.broken(red.model_copy(update={"checks": bad}))] == [
        title_of(CheckId.EXPERIMENTS),
        "costs",
    ]
