"""The sentences that all views share."""

from dataclasses import replace

import pytest

from pipelines.gate.outcome import Check, Estimate, Outcome
from pipelines.report import words
from pipelines.report.tables import check_rows, parameters
from pipelines.verdict import Verdict

NAN = float("nan")


def green(verdict: Verdict, *checks: Check) -> Verdict:
    return verdict.model_copy(update={"outcome": Outcome.PASS, "checks": list(checks)})


def test_a_number_that_is_none_is_a_dash(red: Verdict, estimate: Estimate) -> None:
    empty = replace(estimate, head=NAN, delta=NAN, low=NAN, high=NAN)
    check = Check("worse", Outcome.INVALID, "no value", algorithm="trees", metric="roc_auc", estimate=empty)
    row = check_rows(green(red, check))[0]
    assert (row.head, row.delta, row.interval) == (words.NOTHING,) * 3
    assert row.note == "no value"


@pytest.mark.parametrize(
    ("value", "said"), [(0.0, "0.0 %"), (-0.00004, "0.0 %"), (-0.02, "\u22122.0 %"), (0.5, "+50.0 %")]
)
def test_shares_carry_their_sign_and_nothing_has_none(value: float, said: str) -> None:
    assert words.share(value, 1.0) == said


def test_a_share_of_nothing_is_a_dash() -> None:
    assert words.share(0.1, 0.0) == words.NOTHING


def test_the_worst_primary_metric_leads_a_regression(red: Verdict, estimate: Estimate) -> None:
    worse = replace(estimate, low=-0.3)
    other = Check(
        "worse", Outcome.REGRESSION, "", algorithm="trees", metric="log_loss", estimate=replace(worse, low=-1)
    )
    worst = Check("worse", Outcome.REGRESSION, "", algorithm="deep", metric="average_precision", estimate=worse)
    assert words.lead(red.model_copy(update={"checks": [*red.checks, other, worst]})) == worst


def test_a_watched_algorithm_never_leads(red: Verdict) -> None:
    watched = replace(red.checks[2], gating=False, algorithm="rule")
    assert words.lead(red.model_copy(update={"checks": [watched, red.checks[2]]})) == red.checks[2]


def test_identical_scores_are_told_as_such_even_where_other_checks_pass(red: Verdict, estimate: Estimate) -> None:
    same = replace(estimate, head=0.53, delta=0.0)
    check = Check("worse", Outcome.UNCHANGED, "", algorithm="trees", metric="average_precision", estimate=same)
    verdict = green(red, red.checks[0], check)
    assert words.headline(verdict).endswith("identical to the bit")
    assert words.next_step(verdict) == words.ADVICE[Outcome.UNCHANGED]


def test_a_reason_without_numbers_is_told_in_words(bare: Verdict) -> None:
    assert words.headline(bare) == "baseline: no commit came before this one"
    assert "BASE=" in words.next_step(bare)


def test_a_verdict_that_no_check_explains_tells_its_summary(bare: Verdict) -> None:
    assert words.headline(bare.model_copy(update={"checks": []})) == "invalid: no baseline"


def test_who_cannot_tell_is_told_what_would_settle_it(red: Verdict, estimate: Estimate) -> None:
    found = replace(estimate, delta=-0.005, low=-0.03, high=0.02)
    check = Check("worse", Outcome.CANNOT_TELL, "a; b", algorithm="trees", metric="average_precision", estimate=found)
    verdict = red.model_copy(update={"outcome": Outcome.CANNOT_TELL, "checks": [check]})
    assert "clusters with a positive would settle it (now 201)" in words.next_step(verdict)
    assert check_rows(verdict)[0].note == "b"


def test_each_outcome_has_its_own_advice(red: Verdict) -> None:
    said = {words.next_step(red.model_copy(update={"outcome": outcome, "checks": []})) for outcome in Outcome}
    assert len(said) == len(Outcome)


@pytest.mark.parametrize(
    ("cluster", "said"),
    [("entity", "entities"), ("host", "hosts"), ("entity x 60 minutes", "clusters of entity x 60 minutes")],
)
def test_clusters_are_named_in_the_plural(cluster: str, said: str) -> None:
    assert words.plural(cluster) == said


def test_data_is_one_short_line_without_control_characters() -> None:
    assert words.plain("a\nb\tc\u202ed\x00e") == "a b cde"
    assert len(words.plain("x" * 999)) == words.LONGEST


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "file:///etc/passwd", "https://", "http://[", "//x"])
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert words.web(url) is None


def test_parameters_of_one_arm_alone_are_never_told_as_changed(red: Verdict) -> None:
    alone = red.model_copy(update={"arms": {"head": red.arms["head"]}})
    assert not any(row.changed for row in parameters(alone))
    assert {row.name for row in parameters(red) if row.changed} == {"rate", "new", "old"}


def test_nested_parameters_get_dotted_names(red: Verdict) -> None:
    head = red.arms["head"].model_copy(update={"params": {"trees": {"window": {"hours": [1, 2]}}}})
    rows = {row.name: row.head for row in parameters(red.model_copy(update={"arms": {"head": head}}))}
    assert rows["window.hours"] == "[1, 2]"
