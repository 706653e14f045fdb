"""The page holds everything, loads nothing and runs nothing."""

import re
import subprocess
import sys

import numpy as np
import pytest

from pipelines.evidence import Evidence
from pipelines.report.html import page
from pipelines.report.plots import forest, precision_recall, timeline
from pipelines.verdict import Verdict

REFERENCE = re.compile(r"""(?:\b(?:src|href)\s*=\s*["']?|url\()([^"')\s>]+)""")


def test_the_page_loads_nothing_and_links_only_where_told(red: Verdict, evidence: Evidence) -> None:
    found = REFERENCE.findall(page(red, evidence, {"MLflow": "http://127.0.0.1:5000/x"}))
    assert {one for one in found if not one.startswith("#")} == {"https://ci.test/build/4", "http://127.0.0.1:5000/x"}


def test_the_page_forbids_everything_but_its_own_style(red: Verdict) -> None:
    said = page(red, None)
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'" in said
    assert "<script" not in said


def test_every_check_is_on_the_page(red: Verdict) -> None:
    rows = re.findall(r"<tr.*?</tr>", page(red, None), re.S)
    for check in red.checks:
        wanted = (check.algorithm or check.name, check.slice or "", f">{check.outcome.value}<")
        assert any(all(part in row for part in wanted) for row in rows), check.title


def test_changed_parameters_are_marked_and_equal_ones_are_not(red: Verdict) -> None:
    rows = re.findall(r'<tr class="changed">.*?</tr>', page(red, None), re.S)
    assert [name in "".join(rows) for name in ("rate", "old", "new", "seeds")] == [True, True, True, False]


def test_hostile_text_is_text_on_the_page(hostile: Verdict, evidence: Evidence) -> None:
    said = page(hostile, evidence)
    assert "<img" not in said
    assert "&lt;img" in said
    assert "javascript:" not in said
    assert "\u202e" not in said


def test_a_hostile_entity_is_text_in_the_plot(evidence: Evidence) -> None:
    named = evidence.keys.assign(entity="<script>$x$ & \x00")
    assert "<script" not in timeline(Evidence(named, evidence.head, evidence.base), "trees")


def test_the_same_verdict_gives_the_same_bytes(red: Verdict, evidence: Evidence) -> None:
    assert page(red, evidence) == page(red, evidence)


def test_figures_are_small_and_say_what_they_show(red: Verdict, evidence: Evidence) -> None:
    for svg in (forest(red), precision_recall(evidence, "trees"), timeline(evidence, "trees")):
        assert 1000 < len(svg) < 60_000
        assert re.match(r'<svg role="img" aria-label="[^"]+"', svg)


def test_the_timeline_shows_the_entity_that_the_arms_judge_most_differently(evidence: Evidence) -> None:
    assert "hours of unit-07" in timeline(evidence, "trees")


def test_equal_arms_show_the_entity_with_most_positives(evidence: Evidence) -> None:
    label = np.where((evidence.keys["entity"] == "unit-21") | (evidence.keys["label"] == 1), 1, 0)
    keys = evidence.keys.assign(label=label)
    assert "hours of unit-21" in timeline(Evidence(keys, evidence.base, evidence.base), "trees")


def test_a_long_series_is_thinned_to_its_peaks() -> None:
    from pipelines.report.plots import MOST_POINTS, _thin

    series = np.zeros(10 * MOST_POINTS)
    series[1234] = 1.0
    assert len(_thin(series)) <= MOST_POINTS
    assert _thin(series).max() == 1.0


@pytest.mark.parametrize("algorithm", ["nobody"])
def test_an_algorithm_without_scores_has_no_curves(evidence: Evidence, algorithm: str) -> None:
    assert precision_recall(evidence, algorithm) == timeline(evidence, algorithm) == ""


def test_precision_counts_tied_rows_together() -> None:
    from pipelines.report.plots import _precision

    label = np.array([True, False, True, False])
    assert _precision(label, np.full(4, 0.5), np.array([0.5, 1.0])).tolist() == [0.5, 0.5]
    assert _precision(label, np.array([0.9, 0.1, 0.5, 0.7]), np.array([0.5, 1.0])).round(3).tolist() == [1.0, 0.667]


def test_a_verdict_without_numbers_does_not_pay_for_matplotlib() -> None:
    said = "import sys, pipelines.report.html, pipelines.report.terminal; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_verdict_without_base_and_evidence_still_has_its_page(bare: Verdict) -> None:
    said = page(bare, None)
    assert "no commit came before this one" in said
    assert "<svg" not in said
    assert "nan" not in re.sub(r"<style>.*?</style>", "", said, flags=re.S)
