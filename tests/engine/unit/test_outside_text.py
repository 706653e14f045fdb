"""Text from outside is data: whatever is in it, a terminal shows it and does no more with it."""

import ast
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import clockwork
from clockwork.cli.report import report
from clockwork.learning.data.expectations import Finding
from clockwork.learning.stages.validate import failures
from clockwork.support.errors import BadInput, one_line, printable

SOURCES = sorted(Path(clockwork.__path__[0]).rglob("*.py"))
MARKUP = [
    "[/dev/sda1]",
    "[red]all is well",
    "^[/a-z]+$",
    "[link=https://example.invalid]here[/link]",
]
STEERING = ["\x1b[2J", "\x1b]0;title\x07", "a\rb", "\x9b31m", "\u202efdp", "\ud800"]


def calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return [call for call in found if ast.unparse(call.func) in ("Console", "TextColumn")]


def test_no_console_reads_markup() -> None:
    found = [(path.name, call) for path in SOURCES for call in calls(path)]
    assert len(found) >= 8
    assert [
        f"{name}: {ast.unparse(call)}"
        for name, call in found
        if "markup=False" not in ast.unparse(call)
    ] == []


@pytest.mark.parametrize("text", MARKUP)
def test_a_failed_expectation_shows_markup_as_it_is(text: str) -> None:
    table = failures([Finding("column_values_to_match_regex", text, "critical", False, text, text)])
    out = StringIO()
    Console(file=out, width=400).print(table)  # with markup, so that no console need be trusted
    assert out.getvalue().count(text) == 3


@pytest.mark.parametrize("text", STEERING)
def test_what_steers_a_terminal_is_written_out(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report(text)
    table = failures([Finding(text, text, "critical", False, text, text)])
    out = StringIO()
    Console(file=out, width=400).print(table)
    for reported in (
        one_line(BadInput(text)),
        capsys.readouterr().out,
        out.getvalue(),
        printable(text),
    ):
        reported.encode("utf-8")
        assert not [char for char in reported if not char.isprintable() and char != "\n"], repr(
            reported
        )


def test_other_text_stays_as_it_is() -> None:
    assert printable("Zürich → 北京\t100 %\nénd 🙂") == "Zürich → 北京\t100 %\nénd 🙂"
