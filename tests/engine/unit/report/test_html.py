"""The page holds everything, loads nothing and runs nothing."""

import re
import subprocess
import sys
from dataclasses import replace

from clockwork.compare.paired_scores import Evidence
from clockwork.gate.catalogue import CheckId, title_of
from clockwork.gate.outcome import Check, Outcome
from clockwork.report.html import page
from clockwork.verdict.parts import Audit
from clockwork.verdict.schema import Verdict

REFERENCE = re.compile(r"""(?:\b(?:src|href)\s*=\s*["']?|url\()([^"')\s>]+)""")


def headings(reported: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", reported)


def test_the_page_loads_nothing_and_links_only_where_asked(
    red: Verdict, evidence: Evidence, audit: Audit
) -> None:
    whole = red.model_copy(update={"audit": [audit]})
    found = REFERENCE.findall(page(whole, evidence, {"MLflow": "http://127.0.0.1:5000/x"}))
    assert {one for one in found if not one.startswith("#")} == {
        "https://ci.test/build/4",
        "http://127.0.0.1:5000/x",
    }


def test_the_page_forbids_everything_but_its_own_style(red: Verdict) -> None:
    reported = page(red, None)
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'" in reported
    assert "<script" not in reported


def test_a_full_page_has_every_part_in_the_order_of_reading(
    red: Verdict, evidence: Evidence, audit: Audit
) -> None:
    broken = Check(CheckId.EXPERIMENTS, Outcome.INVALID, "did not run")
    whole = red.model_copy(update={"audit": [audit], "checks": [*red.checks, broken]})
    assert headings(page(whole, evidence)) == [
        "What to do next",
        "Not green: 1",
        "Head against base",
        "Metrics",
        "Slices of average precision: 1 of 3 hold",
        "What this gate does with losses of a known size",
        "Decisions that changed most",
        "Calibration",
        "Precision against recall",
        "Where head and base differ most: one series",
        "Costs",
        "Checks without numbers that hold: 4",
        "Data expectations: 0 of 1 hold",
        "Parameters",
        "Where this comes from",
    ]


def test_every_check_is_on_the_page(red: Verdict) -> None:
    reported = page(red, None)
    rows = re.findall(r"<(?:tr|dt|li)\b.*?(?=<(?:tr|dt|li)\b|</table>|</dl>|</ul>)", reported, re.S)
    for check in red.checks:
        measured = check.metric or check.slice
        wanted = (check.algorithm if measured else title_of(check.id), check.slice or "")
        alike = (check.algorithm, "replaced") if check.id == CheckId.DECISIONS else wanted
        assert any(all((part or "") in row for part in alike) for row in rows), check.title


def test_what_the_gate_can_see_stands_under_what_to_do(red: Verdict, audit: Audit) -> None:
    reported = page(red.model_copy(update={"audit": [audit]}), None)
    assert "false alarms 0.9 % of 4,000 A/A draws, at most 1.3 %" in reported.split("<h2>")[1]


def test_decisions_are_tables_of_new_and_of_fixed_errors_and_watched_ones_are_folded(
    red: Verdict,
) -> None:
    found = page(red, None).split("<h2>Decisions")[1].split("</section>")[0]
    new, fixed = found.split("<h3>")[1:]
    assert (new.startswith("New errors: 2"), fixed.startswith("Fixed errors: 1")) == (True, True)
    assert [one in new for one in ("unit-01", "unit-02", "unit-03")] == [True, True, False]
    assert "unit-04" in fixed.split("<details>")[1]


def test_costs_are_ratios(red: Verdict) -> None:
    found = page(red, None).split("<h2>Costs")[1]
    assert '<strong>\u00d71.02</strong> <span class="soft">20.0 → 20.4 ms</span>' in found


def test_changed_parameters_are_marked_and_equal_ones_are_not(red: Verdict) -> None:
    rows = re.findall(r'<tr class="changed">.*?</tr>', page(red, None), re.S)
    assert [name in "".join(rows) for name in ("rate", "old", "new", "seeds")] == [
        True,
        True,
        True,
        False,
    ]


def test_identical_scores_need_no_forest_and_no_row_for_each_metric(
    same: Verdict, evidence: Evidence
) -> None:
    reported = page(same, evidence)
    assert "Head against base" not in headings(reported)
    assert reported.count("identical to the bit") == 3


def test_hostile_text_is_text_on_the_page(hostile: Verdict, evidence: Evidence) -> None:
    head, base = (
        {**runs, **dict.fromkeys(hostile.algorithms(), runs["trees"])}
        for runs in (evidence.head, evidence.base)
    )
    named = Evidence(evidence.keys, head, base)
    reported = page(hostile, named)
    assert "<img" not in reported
    assert "&lt;img" in reported
    assert "javascript:" not in reported
    assert "\u202e" not in reported


def test_the_same_verdict_gives_the_same_bytes(
    red: Verdict, evidence: Evidence, audit: Audit
) -> None:
    whole = red.model_copy(update={"audit": [audit]})
    assert page(whole, evidence) == page(whole, evidence)


def test_a_page_of_many_slices_and_algorithms_stays_small(red: Verdict, evidence: Evidence) -> None:
    part = red.checks[7]
    many = [
        replace(part, algorithm=f"a{a}", slice=f"kind {s}") for a in range(4) for s in range(12)
    ]
    reported = page(red.model_copy(update={"checks": [*red.checks, *many]}), evidence)
    assert len(reported) < 400_000


def test_a_verdict_without_numbers_does_not_pay_for_matplotlib() -> None:
    reported = (
        "import sys, clockwork.report.html, clockwork.report.terminal; "
        "print('matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", reported], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_verdict_without_base_and_evidence_still_has_its_page(bare: Verdict) -> None:
    reported = page(bare, None)
    assert "no commit came before this one" in reported
    assert "<svg" not in reported
    assert "nan" not in re.sub(r"<style>.*?</style>", "", reported, flags=re.S)
