"""A figure knows its bar, and its page keeps what people wrote around it."""

from math import inf
from pathlib import Path

import pytest

from clockwork.selftest.bench.figure import SECONDS, SHARE, Figure, markdown, table, write
from clockwork.support.errors import BadInput

QUICK = Figure("start", [1.0, 3.0, 2.0], SECONDS, 2.0)
SLOW = Figure("start", [1.0, 3.0, 2.0], SECONDS, 1.9)
PAGE = "# Scale\n\nBefore.\n\n<!-- bench tuning -->\nold\n<!-- end of bench -->\n\nAfter.\n"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    path = tmp_path / "docs" / "scale.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_the_median_is_held_against_the_bar() -> None:
    assert (QUICK.median, QUICK.holds, SLOW.holds) == (2.0, True, False)


def test_a_bar_from_below_turns_the_comparison_round() -> None:
    assert Figure("rate", [1.7], SECONDS, 1.6, least=True).holds
    assert not Figure("rate", [1.5], SECONDS, 1.6, least=True).holds


def test_a_figure_without_a_bar_misses_none() -> None:
    assert Figure("for comparison", [inf], SECONDS).holds


def test_what_most_repeats_did_not_reach_misses_its_bar_and_is_reported_in_words() -> None:
    figure = Figure("share", [0.1, inf, inf], SHARE, 0.13)
    assert not figure.holds
    assert figure.cells() == ["share", "not reached", "10.0% to not reached", "3", "at most 13.0%"]


def test_the_tables_mark_what_missed_its_bar() -> None:
    assert "**missed**: at most 1.9 s" in markdown([SLOW])
    assert "missed" not in markdown([QUICK])
    assert [row.style for row in table([QUICK, SLOW]).rows] == ["", "red"]


def test_writing_replaces_what_lies_between_the_markers_and_nothing_else(page: Path) -> None:
    written = write(page.parents[1], {"tuning": [QUICK], "graph": [SLOW]})
    before, after = PAGE.split("old\n")
    text = page.read_text(encoding="utf-8")
    assert text.startswith(before)
    assert text.endswith(after)
    assert "| start | 2.0 s | 1.0 s to 3.0 s | 3 | at most 2.0 s |" in text
    assert "old" not in text
    assert "graph" not in written, "a group without a place is printed only"


def test_writing_twice_changes_nothing(page: Path) -> None:
    write(page.parents[1], {"tuning": [QUICK]})
    once = page.read_text(encoding="utf-8")
    write(page.parents[1], {"tuning": [QUICK]})
    assert page.read_text(encoding="utf-8") == once


@pytest.mark.parametrize(
    "text", ["# Scale\n", "# Scale\n\n<!-- bench tuning -->\n\nWritten by people.\n"]
)
def test_a_page_without_a_place_for_the_figures_is_one_line_that_says_what_to_add(
    page: Path, text: str
) -> None:
    page.write_text(text, encoding="utf-8")
    with pytest.raises(
        BadInput, match=r"docs/scale.md: the lines <!-- bench tuning --> and .* are gone; put them"
    ):
        write(page.parents[1], {"tuning": [QUICK]})
    assert page.read_text(encoding="utf-8") == text
