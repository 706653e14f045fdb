"""One status line says how every group of checks went."""

from dataclasses import replace

from clockwork.compare.checks import experiments
from clockwork.gate.catalogue import CheckId, Group, title_of
from clockwork.gate.outcome import Check, Outcome
from clockwork.report.status_line import StatusItem, status_line
from clockwork.verdict.costs import KINDS, Cost
from clockwork.verdict.schema import Verdict


def of(verdict: Verdict, name: str) -> StatusItem:
    return next(one for one in status_line(verdict) if one.name == name)


def adding(verdict: Verdict, *checks: Check) -> Verdict:
    return verdict.model_copy(update={"checks": [*verdict.checks, *checks]})


def test_every_group_has_one_tick_and_what_is_watched_comes_last(red: Verdict) -> None:
    assert [(one.name, one.word, one.watched) for one in status_line(red)] == [
        ("data", "1 of 1 expectations failed", False),
        ("rows", "ok", False),
        ("leakage", "ok", False),
        ("latency", "\u00d71.02", False),
        ("slices", "1/2 (1 too small)", False),
        ("trees", "1/2 metrics", False),
        ("rule", "pass", True),
        ("decisions", "changed beyond seed noise", True),
    ]


def test_a_group_takes_its_worst_gating_check_and_counts_them(red: Verdict) -> None:
    leak = Check(CheckId.SINGLE_FEATURE, Outcome.SUSPICIOUS, "it does")
    assert of(adding(red, leak), "leakage").word == "suspicious"
    two = of(
        adding(red, leak, replace(leak, algorithm="trees", outcome=Outcome.INVALID)), "leakage"
    )
    assert (two.word, two.outcome) == ("suspicious (2 of 4)", Outcome.SUSPICIOUS)


def test_a_watched_check_never_colours_a_group(red: Verdict) -> None:
    watched = Check(CheckId.COST_SCORING, Outcome.REGRESSION, "slow", False, "rule")
    found = adding(red, watched)
    assert of(found, "latency").outcome is Outcome.PASS
    assert (of(found, "rule").word, of(found, "rule").watched) == ("regression", True)


def test_a_check_that_nobody_foresaw_still_shows(red: Verdict) -> None:
    assert (
        of(adding(red, Check("moon-phase", Outcome.INVALID, "new")), Group.OTHER).outcome
        is Outcome.INVALID
    )


def test_a_cost_that_is_too_high_is_reported_by_its_own_ratio(red: Verdict) -> None:
    check = Check(KINDS["size"].check, Outcome.REGRESSION, "big", algorithm="trees")
    big = red.model_copy(
        update={"costs": [Cost("size", "trees", 20.0, 2.0), Cost("size", "rule", 1.0, 1.0)]}
    )
    assert of(adding(big, check), "size") == StatusItem("size", "\u00d710.00", Outcome.REGRESSION)


def test_calibration_is_the_loss_of_the_gating_algorithms(red: Verdict) -> None:
    loss = replace(red.checks[6], metric="log_loss")
    watched = replace(loss, algorithm="rule", gating=False, outcome=Outcome.REGRESSION)
    assert of(adding(red, loss, watched), "calibration").word == "ok"
    assert (
        of(adding(red, replace(loss, outcome=Outcome.REGRESSION)), "calibration").word
        == "regression"
    )


def test_an_algorithm_without_scores_is_invalid_and_not_forgotten(red: Verdict) -> None:
    gone = red.model_copy(
        update={"checks": [Check(CheckId.SCORES, Outcome.INVALID, "none", algorithm="trees")]}
    )
    assert of(gone, "trees") == StatusItem("trees", "invalid", Outcome.INVALID)


def test_identical_scores_are_reported_as_unchanged(same: Verdict) -> None:
    assert of(same, "trees").word == of(same, "rule").word == "unchanged"


def test_an_edited_gate_asks_for_its_owner(red: Verdict) -> None:
    edited = adding(
        red, Check(CheckId.NEEDS_OWNER, Outcome.PASS, "configs/gate.yaml changed", gating=False)
    )
    assert (of(edited, "needs owner").outcome, of(edited, "needs owner").watched) == (
        Outcome.CANNOT_TELL,
        False,
    )


def test_experiments_that_were_left_out_are_reported(red: Verdict) -> None:
    assert (
        of(adding(red, experiments.SKIPPED), title_of(experiments.SKIPPED.id)).word == "cannot tell"
    )
