"""The comment tells the verdict first, and nothing that a pull request says can act in it."""

import re
from dataclasses import replace

import pytest

from pipelines.gate.outcome import Outcome
from pipelines.report import words
from pipelines.report.markdown import MARKER, MOST_ROWS, comment, escape
from pipelines.verdict import Verdict


def test_the_first_line_tells_verdict_metric_interval_and_margin(red: Verdict) -> None:
    marker, first, *_ = comment(red).splitlines()
    assert marker == MARKER
    assert "**REGRESSION** trees average precision 0.530 → 0.490 (-7.5 %)" in first.replace(words.MINUS, "-")
    assert "anything from -9.4 % to -5.7 % fits; margin -3 %" in first.replace(words.MINUS, "-")


def test_the_second_paragraph_ticks_every_group_of_checks(red: Verdict) -> None:
    ticks = comment(red).split("\n\n")[1]
    assert ticks == "✗ data 1 of 1 expectations failed | ✓ rows ok | ✗ trees regression | ✓ watched: rule pass"


def test_the_third_paragraph_tells_what_the_gate_can_see(red: Verdict) -> None:
    seen = comment(red).split("\n\n")[2]
    assert seen.startswith("This gate sees a loss of 2.0 % for trees (3 runs against 3), 8 times in 10")
    assert "444 entities, 201 with a positive" in seen


def test_the_comment_says_how_to_reproduce_what_it_cost_and_which_parameters_changed(red: Verdict) -> None:
    said = comment(red)
    assert "`git checkout a1b2c3d4e5 && make regression BASE=0f9e8d7c6b`" in said
    assert "head 41.2 s, gate 2.0 s" in said
    assert "| trees | rate | 0.1 | 0.3 |" in said
    assert "| trees | old | 1 | \u2013 |" in said
    assert "seeds" not in said


def test_every_check_is_a_row_of_the_folded_table(red: Verdict) -> None:
    table = [line for line in comment(red).splitlines() if line.startswith("|")]
    for cell in ("judging rows", "ROC AUC", "average precision · kind=router"):
        assert any(cell in line for line in table), cell


def test_hostile_text_stays_in_its_cell_and_acts_nowhere(hostile: Verdict) -> None:
    said = comment(hostile)
    assert not re.search(r"<(?!/?details>|/?summary>|!-- clockwork -->)", said)
    assert not re.search(r"@\w|#\d|\w://evil|www\.evil", said)
    assert "javascript" not in said
    assert "rm -rf" not in said
    assert "\u202e" not in said
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in said.splitlines() if line.startswith("|")} <= {5, 6, 9}


@pytest.mark.parametrize("mark", ["`", "*", "_", "[", "]", "|", "~", "$", "\\"])
def test_markup_is_escaped_wherever_it_stands(mark: str) -> None:
    assert escape(f"a{mark}b") == f"a\\{mark}b"


def test_escaped_text_is_one_line_without_tags_mentions_or_links(attack: str) -> None:
    said = escape(attack)
    assert "\n" not in said
    assert "<" not in said
    assert not re.search(r"@\w|#\d|://", said)


def test_links_show_only_where_they_lead_to_a_web_page(red: Verdict) -> None:
    said = comment(red, {"MLflow": "http://127.0.0.1:5000/#/x)y", "bad": "javascript:alert(1)"})
    assert said.rstrip().endswith("[build](https://ci.test/build/4) | [MLflow](http://127.0.0.1:5000/#/x%29y)")


def test_a_long_table_is_cut_and_says_so(red: Verdict) -> None:
    checks = [replace(red.checks[1], slice=f"s{at}") for at in range(MOST_ROWS + 7)]
    said = comment(red.model_copy(update={"checks": checks}))
    assert "and 7 more on the page" in said
    assert f"s{MOST_ROWS}" not in said.split("What the commits")[0].split("Checks")[1]


@pytest.mark.parametrize(("outcome", "sign"), [("pass", "🟢"), ("suspicious", "🔴"), ("not comparable", "🟡")])
def test_the_colour_goes_with_the_outcome(red: Verdict, outcome: str, sign: str) -> None:
    first = comment(red.model_copy(update={"outcome": Outcome(outcome)})).splitlines()[1]
    assert first.startswith(f"{sign} **{outcome.upper()}**")
