"""The figures show what they say, stay small, and take names as text."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from clockwork.compare.paired_scores import Evidence
from clockwork.report import curves
from clockwork.report.curves import calibration, precision_recall, reliability
from clockwork.report.forest import MOST, _reach, forest
from clockwork.report.power import power
from clockwork.report.timeline import MOST_POINTS, _thin, timeline
from clockwork.verdict.parts import Audit
from clockwork.verdict.schema import Verdict


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_figures_are_small_and_say_what_they_show(
    red: Verdict, evidence: Evidence, audit: Audit
) -> None:
    drawn = [draw(evidence, "trees") for draw in (precision_recall, calibration, timeline)]
    for svg in (forest(red), power(audit, "noise", 0.03), *drawn):
        assert 1000 < len(svg) < 60_000
        assert re.match(r'<svg role="img" aria-label="[^"]+"', svg)


def test_the_forest_names_slices_below_the_primary_metric_and_watched_algorithms_last(
    red: Verdict,
) -> None:
    named = [one for one in texts(forest(red)) if not re.search(r"%|\d$|margins", one)]
    assert named == [
        "trees", "average precision", "kind router", "kind camera", "ROC AUC",
        "rule (watched)", "average precision", "ROC AUC",
    ]  # fmt: skip


def test_the_forest_is_empty_where_no_score_differs(same: Verdict) -> None:
    assert forest(same) == ""


def test_a_wild_interval_never_hides_the_margin(red: Verdict) -> None:
    found = red.checks[5].estimate
    assert found
    wild = replace(red.checks[5], estimate=replace(found, lower=-100.0, upper=100.0))
    assert _reach([wild]) == (-MOST, MOST)
    assert forest(red.model_copy(update={"checks": [wild]}))


@pytest.mark.parametrize("change", [{"base": 0.0}, {"margin": 0.0}, {"lower": float("nan")}])
def test_an_estimate_without_a_scale_is_not_drawn(red: Verdict, change: dict[str, Any]) -> None:
    found = red.checks[5].estimate
    assert found
    check = replace(red.checks[5], estimate=replace(found, **change))
    assert forest(red.model_copy(update={"checks": [check]})) == ""


@pytest.mark.parametrize(
    ("delta", "reported"),
    [
        (-0.04, "this head \u22127.5 %"),
        (0.04, "this head +7.5 % ←"),
        (-0.4, "this head \u221275.5 % →"),
    ],
)
def test_the_power_curve_marks_the_observed_difference(
    red: Verdict, audit: Audit, delta: float, reported: str
) -> None:
    found = red.checks[5].estimate
    assert found
    assert reported in [
        one.strip() for one in texts(power(audit, "noise", 0.03, replace(found, delta=delta)))
    ]


def test_a_kind_of_loss_that_was_not_tried_has_no_power_curve(audit: Audit) -> None:
    assert power(audit, "sabotage", 0.03) == ""


def test_scores_that_are_probabilities_lie_on_the_line(rng: np.random.Generator) -> None:
    scores = 10 ** rng.uniform(-3, 0, 2_000_000)
    label = rng.random(scores.size) < scores
    reported, seen = reliability(label, scores[None, :])
    assert len(reported) > 8
    assert np.abs(seen / reported - 1).max() < 0.2


def test_scores_that_are_ten_times_too_high_lie_ten_times_below(rng: np.random.Generator) -> None:
    truth = 10 ** rng.uniform(-3, -1, 2_000_000)
    reported, seen = reliability(rng.random(truth.size) < truth, 10 * truth[None, :])
    assert np.abs(10 * seen / reported - 1).max() < 0.2


@pytest.mark.parametrize("runs", [1, 5])
def test_every_bin_holds_rows_and_positives_enough_whatever_the_number_of_runs(runs: int) -> None:
    scores = np.full((runs, 1000), 0.001)
    scores[:, 900:] = 0.5
    label = np.arange(1000) % 10 == 0
    reported, _ = reliability(label, scores)
    assert len(reported) == 1, "the upper 100 rows are too few for a bin of their own"


def test_scores_of_nothing_and_of_certainty_still_have_a_place() -> None:
    scores = np.array([[0.0] * 1000 + [1.0] * 1000])
    reported, seen = reliability(np.tile([True, False], 1000), scores)
    assert reported.tolist() == [curves.LOWEST, 1.0]
    assert seen.tolist() == [0.5, 0.5]


def test_too_few_rows_have_no_calibration_curve(evidence: Evidence) -> None:
    keys, side = evidence.keys[:100], {"trees": evidence.base["trees"][:, :100]}
    assert calibration(Evidence(keys, side, side), "trees") == ""


def test_a_hostile_entity_is_text_in_the_plot(evidence: Evidence) -> None:
    named = evidence.keys.assign(entity="<script>$x$ & \x00")
    assert "<script" not in timeline(Evidence(named, evidence.head, evidence.base), "trees")


def test_rows_without_time_or_each_an_entity_have_no_timeline(evidence: Evidence) -> None:
    for changed in ({"time": 0}, {"entity": [f"e{at}" for at in range(len(evidence.keys))]}):
        assert (
            timeline(
                Evidence(evidence.keys.assign(**changed), evidence.head, evidence.base), "trees"
            )
            == ""
        )


def test_the_timeline_shows_the_entity_that_the_arms_judge_most_differently(
    evidence: Evidence,
) -> None:
    assert "hours of unit-07" in timeline(evidence, "trees")


def test_equal_arms_show_the_entity_with_most_positives(evidence: Evidence) -> None:
    label = np.where((evidence.keys["entity"] == "unit-21") | (evidence.keys["label"] == 1), 1, 0)
    keys = evidence.keys.assign(label=label)
    assert "hours of unit-21" in timeline(Evidence(keys, evidence.base, evidence.base), "trees")


def test_a_long_series_is_thinned_to_its_peaks() -> None:
    series = np.zeros(10 * MOST_POINTS)
    series[1234] = 1.0
    assert len(_thin(series)) <= MOST_POINTS
    assert _thin(series).max() == 1.0


def test_an_algorithm_without_scores_has_no_curves(evidence: Evidence) -> None:
    assert [draw(evidence, "nobody") for draw in (precision_recall, calibration, timeline)] == [
        "",
        "",
        "",
    ]


def test_precision_counts_tied_rows_together() -> None:
    label = np.array([True, False, True, False])
    assert curves._precision(label, np.full(4, 0.5), np.array([0.5, 1.0])).tolist() == [0.5, 0.5]
    curve = curves._precision(label, np.array([0.9, 0.1, 0.5, 0.7]), np.array([0.5, 1.0]))
    assert curve.round(3).tolist() == [1.0, 0.667]
