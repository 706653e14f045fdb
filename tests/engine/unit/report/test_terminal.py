"""In 100 columns the terminal shows the answer in a panel, what is not green, a metrics table."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from clockwork.gate.catalogue import CheckId, title_of
from clockwork.gate.outcome import Check, Outcome
from clockwork.report.markdown import MOST_TICKS, comment
from clockwork.report.terminal import MOST, colour, render
from clockwork.verdict.schema import Verdict


def shown(verdict: Verdict, width: int = 100) -> str:
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(render(verdict))
    return out.getvalue()


def test_the_panel_tells_the_verdict_and_the_table_its_numbers(red: Verdict) -> None:
    reported = shown(red)
    assert "REGRESSION" in reported.splitlines()[0]
    assert "average precision 0.530 → 0.490" in reported
    row = next(line for line in reported.splitlines() if "0.490" in line and "→" not in line)
    assert row.split()[-1] == "regression"


def test_every_line_fits_in_100_columns(hostile: Verdict) -> None:
    assert max(map(len, shown(hostile, width=140).splitlines())) <= 140
    assert max(map(len, shown(hostile).splitlines())) <= 100


def test_checks_that_hold_are_ticks_and_a_count(red: Verdict) -> None:
    reported = shown(red)
    assert "✓ rows  ✓ leakage  ✓ latency" in reported
    assert "4 checks without numbers hold" in reported
    assert "6700 rows are equal" not in reported


def test_of_very_many_groups_those_not_green_are_shown_and_the_rest_are_counted(
    red: Verdict,
) -> None:
    many = [replace(red.checks[6], algorithm=f"a{at}") for at in range(MOST + 20)]
    last = replace(red.checks[5], algorithm="zz")
    verdict = red.model_copy(update={"checks": [*many, last], "findings": []})
    status = shown(verdict).split("╯")[1].split("algorithm  ")[0]
    assert status.split()[:2] == ["✗", "zz"]
    assert status.count("✓") == MOST - 1
    assert "… and 21 more" in status
    row = comment(verdict).split("\n\n")[1]
    assert row.startswith("✗ zz regression | ✓ a0 pass")
    assert row.endswith(f" | {MOST + 21 - MOST_TICKS} more")


def test_a_check_that_does_not_hold_is_reported_in_full_before_the_table(red: Verdict) -> None:
    leak = Check(
        CheckId.SINGLE_FEATURE, Outcome.SUSPICIOUS, "'cpu' alone reaches a ROC AUC of 0.99"
    )
    reported = shown(red.model_copy(update={"checks": [*red.checks, leak]}))
    line = f"suspicious  {title_of(CheckId.SINGLE_FEATURE)}: 'cpu' alone reaches a ROC AUC of 0.99"
    assert line in reported.split("algorithm  ")[0]
    assert f"(suspicious)  {title_of(CheckId.DECISIONS)} · trees: 44% are replaced" in reported


def test_identical_scores_are_one_line_for_each_algorithm(same: Verdict) -> None:
    lines = [line.split() for line in shown(same).splitlines() if "all 2 metrics" in line]
    assert [(line[0], line[-1]) for line in lines] == [
        ("trees", "unchanged"),
        ("rule", "(unchanged)"),
    ]


def test_a_slice_is_one_line_for_all_algorithms(red: Verdict) -> None:
    other = replace(red.checks[7], algorithm="line")
    reported = shown(red.model_copy(update={"checks": [*red.checks, other]}))
    line = next(line for line in reported.splitlines() if line.strip().startswith("kind router"))
    assert line.count("0.530 → 0.490") == 2


def test_a_table_of_long_names_keeps_its_numbers_whole(red: Verdict) -> None:
    long = replace(
        red.checks[5],
        algorithm="a_name_of_more_than_thirty_letters",
        metric="an_even_longer_metric_name",
    )
    reported = shown(red.model_copy(update={"checks": [long]}))
    assert "\u22129.4 % to \u22125.7 %" in reported.split("metric  ")[1]
    assert "regression" in reported.split("metric  ")[1]


def test_console_markup_in_a_name_is_text(red: Verdict) -> None:
    check = replace(red.checks[0], id="[red]rows[/red]", outcome=Outcome.INVALID)
    assert "[red]rows[/red]" in shown(red.model_copy(update={"checks": [check]}))


@pytest.mark.parametrize(
    ("outcome", "name"), [("improved", "green"), ("suspicious", "red"), ("invalid", "yellow")]
)
def test_colours_go_with_the_exit_code(outcome: str, name: str) -> None:
    assert colour(Outcome(outcome)) == name


def test_a_verdict_without_base_still_shows_in_terminal_and_comment(bare: Verdict) -> None:
    assert "no commit came before this one" in shown(bare)
    assert "baseline: no commit came before this one" in comment(bare)
    assert "nan" not in shown(bare) + comment(bare)
