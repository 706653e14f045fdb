"""The comment tells the verdict first, and nothing that a pull request says can act in it."""

import re
from dataclasses import replace

import pytest

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.report import phrases
from clockwork.report.markdown import CUT, LONGEST, MARKER, MOST_TICKS, comment
from clockwork.report.markup import MOST_ROWS, collapsible, escape
from clockwork.verdict.schema import Verdict
from tests.engine.unit.verdicts import HOSTILE, beside_code


def titles(reported: str) -> list[str]:
    return re.findall(r"<summary>(.*?)</summary>", reported)


def part(verdict: Verdict, title: str) -> str:
    return next(
        one for one in comment(verdict).split("<details>") if one.startswith(f"<summary>{title}")
    )


def test_the_first_line_tells_verdict_metric_interval_and_margin(red: Verdict) -> None:
    marker, first, *_ = comment(red).splitlines()
    assert marker == MARKER
    plain = first.replace(phrases.MINUS, "-")
    assert "**REGRESSION** trees average precision 0.530 → 0.490 (-7.5 %)" in plain
    assert "anything from -9.4 % to -5.7 % fits; margin -3 %" in plain


def test_the_second_line_ticks_every_group_of_checks(red: Verdict) -> None:
    assert comment(red).split("\n\n")[1] == (
        "✗ data 1 of 1 expectations failed | ✓ rows | ✓ leakage | ✓ latency "
        "\u00d71.02 | ✗ slices 1/2 (1 too small) | ✗ trees 1/2 metrics | watched: "
        "✓ rule pass, ✗ decisions changed beyond seed noise"
    )


def test_the_third_line_tells_what_the_gate_can_see_and_the_fourth_what_to_do(red: Verdict) -> None:
    _, _, third, fourth, *_ = comment(red).split("\n\n")
    assert third.startswith(
        "Minimum detectable effect (80 % power): 2.0 % (trees, 3 runs against 5); false alarms"
    )
    assert fourth.startswith("**Next:** Do not merge yet")


def test_titles_of_what_is_folded_say_how_it_went(red: Verdict) -> None:
    assert titles(comment(red)) == [
        "Metrics that hold: trees 1/2",
        "Slices that hold: 1/2",
        "What the commits set differently: 3",
        "Data expectations that failed: 1 of 1",
        "Decisions that changed most: 2 new errors, 1 fixed",
        "Costs: features \u00d71.05, scoring \u00d71.02, training \u2013, size \u00d71.00",
        "Checks without numbers that hold: 4",
        "Commits, time and how to reproduce",
    ]


def test_checks_without_numbers_that_do_not_hold_are_reported_in_full_before_all_else(
    red: Verdict,
) -> None:
    failed = Check(
        CheckId.REGRESSION_TESTS,
        Outcome.REGRESSION,
        "no device may be forgotten",
        slice="test_mine",
    )
    reported = comment(red.model_copy(update={"checks": [*red.checks, failed]}))
    assert titles(reported)[0] == "Not green: 1 check"
    assert (
        "- ✗ regression tests · test\\_mine: regression: no device may be forgotten\n" in reported
    )


def test_slices_are_one_row_each(red: Verdict) -> None:
    reported = part(red, "Slices").replace(phrases.MINUS, "-")
    assert "| kind router | ✗ 0.530 → 0.490 (-7.5 %) |" in reported
    assert "| kind tiny | ? not evaluable |" in reported


def test_decisions_of_gating_algorithms_tell_new_and_fixed_errors_apart(red: Verdict) -> None:
    new, fixed = part(red, "Decisions").split("Fixed errors:")
    assert "| trees | unit-01 | 2026-03-04 01:56 | 0.900 | 0.100 | missed |" in new
    assert "| trees | unit-03 | minute 40 | 0.100 | 0.800 | found |" in fixed
    assert "✗ trees: 44% are replaced" in new
    assert "unit-04" not in new + fixed


def test_it_says_how_to_reproduce_what_it_cost_and_which_parameters_changed(red: Verdict) -> None:
    reported = comment(red)
    assert "`git checkout a1b2c3d4e5 && make regression BASE=0f9e8d7c6b`" in reported
    assert "head 41.2 s, gate 2.0 s" in reported
    assert "| trees | rate | 0.1 | 0.3 |" in reported
    assert "| trees | old | 1 | \u2013 |" in reported
    assert "seeds" not in reported


def test_what_changed_nothing_is_a_short_comment(same: Verdict) -> None:
    reported = comment(same)
    assert "| trees | all 2 metrics |" in reported
    assert len(reported) < 2500


@pytest.mark.parametrize("command", ["", "` " + HOSTILE, f"a``` {HOSTILE}", f"`{HOSTILE}``", "`"])
def test_hostile_text_stays_in_its_cell_and_acts_nowhere(hostile: Verdict, command: str) -> None:
    reported = beside_code(comment(hostile.model_copy(update={"command": command})))
    assert not re.search(r"<(?!/?details>|/?summary>|!-- clockwork -->)", reported)
    assert not re.search(r"@\w|[#!%]\d|\w://evil|www\.evil", reported)
    assert "javascript" not in reported
    assert "rm -rf" not in reported
    assert "\u202e" not in reported
    rows = re.findall(r"^\|.*(?:\n\|.*)*", reported, re.MULTILINE)
    assert rows
    for table in rows:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1, table


@pytest.mark.parametrize("mark", ["`", "*", "_", "[", "]", "|", "~", "$", "\\"])
def test_markup_is_escaped_wherever_it_stands(mark: str) -> None:
    assert escape(f"a{mark}b") == f"a\\{mark}b"


@pytest.mark.parametrize("mark", ["`", "*", "_", "[", "|", "\\"])
def test_a_title_is_html_so_its_markup_becomes_references(mark: str) -> None:
    assert f"<summary>a&#x{ord(mark):x};b</summary>" in collapsible(f"a{mark}b", "")


def test_escaped_text_is_one_line_without_tags_mentions_or_links(attack: str) -> None:
    reported = escape(attack)
    assert "\n" not in reported
    assert "<" not in reported
    assert not re.search(r"@\w|[#!%]\d|%\"|&amp;\d|://", reported)


def test_links_show_only_where_they_lead_to_a_web_page(red: Verdict) -> None:
    reported = comment(red, {"MLflow": "http://127.0.0.1:5000/#/x)y", "bad": "javascript:alert(1)"})
    assert reported.rstrip().endswith(
        "[build](https://ci.test/build/4) | [MLflow](http://127.0.0.1:5000/#/x%29y)"
    )


def test_a_long_table_is_cut_and_says_so(red: Verdict) -> None:
    checks = [replace(red.checks[5], metric=f"s{at}s") for at in range(MOST_ROWS + 7)]
    reported = comment(red.model_copy(update={"checks": checks}))
    assert "and 7 more on the page" in reported
    assert f"s{MOST_ROWS}s" not in reported


def test_whatever_it_is_given_it_fits_in_a_comment(hostile: Verdict, attack: str) -> None:
    long = (attack.replace("\n", " ") + "&<@#" * 60)[:300]
    checks = [
        replace(one, message=long, id=f"{at} {long}") for at in range(200) for one in hostile.checks
    ]
    commits = {
        side: commit.model_copy(
            update={"params": {f"{at}{long}": {long: side} for at in range(99)}}
        )
        for side, commit in hostile.commits.items()
    }
    reported = comment(
        hostile.model_copy(update={"checks": checks, "commits": commits, "summary": long})
    )
    assert len(reported) < LONGEST
    assert CUT in reported
    assert "make regression BASE=0f9e8d7c6b" in reported


def test_a_row_of_very_many_ticks_is_cut(red: Verdict) -> None:
    many = [replace(red.checks[5], algorithm=f"a{at}") for at in range(MOST_TICKS)]
    status_line = comment(red.model_copy(update={"checks": many})).split("\n\n")[1]
    assert status_line.endswith(" | 1 more")


@pytest.mark.parametrize(
    ("outcome", "sign"), [("pass", "🟢"), ("suspicious", "🔴"), ("not comparable", "🟡")]
)
def test_the_colour_goes_with_the_outcome(red: Verdict, outcome: str, sign: str) -> None:
    first = comment(red.model_copy(update={"outcome": Outcome(outcome)})).splitlines()[1]
    assert first.startswith(sign)
