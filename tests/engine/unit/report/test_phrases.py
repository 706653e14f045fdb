"""Names, numbers and the headline that all views share."""

from dataclasses import replace

import pytest

from clockwork.gate.catalogue import CheckId, title_of
from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.report import phrases
from clockwork.verdict.schema import Verdict

PRIMARY = "average_precision"


def regression(name: str, metric: str, estimate: Estimate, part: str | None = None) -> Check:
    return Check(CheckId.NO_WORSE, Outcome.REGRESSION, "", True, name, metric, part, estimate)


def with_checks(verdict: Verdict, *checks: Check) -> Verdict:
    return verdict.model_copy(update={"checks": list(checks)})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0 %"),
        (-0.00004, "0.0 %"),
        (-0.02, "\u22122.0 %"),
        (0.5, "+50.0 %"),
        (1e9, "> +10,000 %"),
        (-101, "< \u221210,000 %"),
    ],
)
def test_shares_carry_their_sign_and_nothing_has_none(value: float, shown: str) -> None:
    assert phrases.share(value, 1.0) == shown


def test_a_share_of_nothing_is_a_dash() -> None:
    assert phrases.share(0.1, 0.0) == phrases.NOTHING


def test_the_worst_primary_metric_leads_a_regression(red: Verdict, estimate: Estimate) -> None:
    worse = replace(estimate, lower=-0.3)
    other, worst = (
        regression("trees", "log_loss", replace(worse, lower=-1)),
        regression("deep", PRIMARY, worse),
    )
    assert phrases.lead(with_checks(red, *red.checks, other, worst)) == worst


def test_all_rows_lead_before_a_worse_slice(red: Verdict, estimate: Estimate) -> None:
    part = regression("trees", PRIMARY, replace(estimate, lower=-0.5), "kind router")
    whole = regression("trees", PRIMARY, estimate)
    assert phrases.lead(with_checks(red, part, whole)) == whole


def test_a_guardrail_on_all_rows_leads_before_a_slice_of_the_primary_metric(
    red: Verdict, estimate: Estimate
) -> None:
    part, whole = (
        regression("trees", PRIMARY, estimate, "kind router"),
        regression("trees", "log_loss", estimate),
    )
    assert phrases.lead(with_checks(red, part, whole)) == whole


def test_where_only_a_slice_is_red_the_headline_names_it(
    red: Verdict, estimate: Estimate, fine: Estimate
) -> None:
    whole = replace(regression("trees", PRIMARY, fine), outcome=Outcome.PASS)
    reported = phrases.headline(
        with_checks(red, whole, regression("trees", PRIMARY, estimate, "kind router"))
    )
    assert reported.startswith("trees average precision on kind router 0.530 → 0.490")


def test_a_watched_algorithm_never_leads(red: Verdict) -> None:
    own = red.checks_of("trees")[2]
    watched = replace(own, gating=False, algorithm="rule")
    assert phrases.lead(with_checks(red, watched, own)) == own


def test_the_closest_to_the_margin_leads_a_pass(red: Verdict, fine: Estimate) -> None:
    near, far = (
        replace(regression("trees", PRIMARY, one), outcome=Outcome.PASS) for one in (fine, fine)
    )
    near = replace(near, algorithm="near", estimate=replace(fine, lower=-0.0158))
    green = with_checks(red, far, near).model_copy(update={"outcome": Outcome.PASS})
    assert phrases.lead(green) == near


def test_identical_scores_are_reported_as_such(same: Verdict) -> None:
    assert (
        phrases.headline(same)
        == "trees average precision 0.530 → 0.530 (0.0 %); identical to the bit"
    )


def test_a_reason_without_numbers_is_reported_in_words(bare: Verdict) -> None:
    assert phrases.headline(bare) == "baseline: no commit came before this one"


def test_a_leak_is_reported_with_what_became_of_the_metric(red: Verdict) -> None:
    leak = Check(CheckId.LOOKS_AHEAD, Outcome.SUSPICIOUS, "12 rows differ")
    found = with_checks(red, leak, *red.checks).model_copy(update={"outcome": Outcome.SUSPICIOUS})
    assert phrases.headline(found) == (
        f"{title_of(CheckId.LOOKS_AHEAD)}: 12 rows differ; "
        "trees average precision 0.530 → 0.490 (\u22127.5 %)"
    )


def test_a_verdict_that_no_check_explains_tells_its_summary(bare: Verdict) -> None:
    assert phrases.headline(with_checks(bare)) == "invalid: no baseline"


@pytest.mark.parametrize(
    ("cluster", "reported"),
    [
        ("entity", "entities"),
        ("host", "hosts"),
        ("entity x 60 minutes", "clusters of entity x 60 minutes"),
    ],
)
def test_clusters_are_named_in_the_plural(cluster: str, reported: str) -> None:
    assert phrases.plural(cluster) == reported


@pytest.mark.parametrize(
    ("minute", "reported"),
    [
        (29543156, "2026-03-04 01:56"),
        (44, "minute 44"),
        (-5, "minute -5"),
        (10**18, f"minute {10**18:,}"),
    ],
)
def test_minutes_since_1970_are_dates_and_others_stay_minutes(minute: int, reported: str) -> None:
    assert phrases.when(minute) == reported


def test_data_is_one_short_line_without_control_characters() -> None:
    assert phrases.plain("a\nb\tc\u202ed\x00e") == "a b cde"
    assert len(phrases.plain("x" * 999)) == phrases.LONGEST


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "http://[",
        "//x",
        f"http://a/{'x' * 3000}",
    ],
)
def test_only_web_addresses_of_some_length_become_links(url: str | None) -> None:
    assert phrases.web(url) is None
