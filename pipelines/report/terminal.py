"""The verdict as a terminal shows it: a panel with the answer, a table with the checks."""

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pipelines.gate.outcome import Outcome
from pipelines.report import words
from pipelines.report.tables import CheckRow, check_rows, cost
from pipelines.report.words import NOTHING
from pipelines.verdict import Verdict


def render(verdict: Verdict) -> Group:
    """The whole view; it fits in 100 columns."""
    rows = check_rows(verdict)
    of_algorithms = [row for row in rows if row.algorithm]
    parts: list[RenderableType] = [_panel(verdict), *(_line(row) for row in rows if not row.algorithm)]
    if of_algorithms:
        parts.append(_table(of_algorithms))
    parts += [_said(f"{row.subject} {row.metric}: {row.note}") for row in of_algorithms if row.note]
    if verdict.seconds:
        parts.append(_said(cost(verdict)))
    return Group(*parts)


def colour(outcome: Outcome) -> str:
    """The colour of an outcome in a terminal."""
    return "green" if outcome.green else "red" if outcome.exit_code == 1 else "yellow"


def _panel(verdict: Verdict) -> Panel:
    # Text, never a string: a subject such as "[red]" is not markup here.
    lines = [words.headline(verdict), words.sight(verdict), words.next_step(verdict)]
    body = Text("\n".join(line for line in lines if line))
    title = Text(f" {verdict.outcome.upper()} ", style=f"bold {colour(verdict.outcome)}")
    return Panel(body, title=title, title_align="left", box=ROUNDED, border_style=colour(verdict.outcome), width=100)


def _line(row: CheckRow) -> Padding:
    name = row.subject if row.metric == NOTHING else f"{row.subject} {row.metric}"
    word = Text(f"{row.outcome.value}  ", style=colour(row.outcome))
    return Padding(word + Text(f"{name}: {row.note}"), (0, 0, 0, 2))


def _said(text: str) -> Padding:
    return Padding(Text(text, style="dim"), (0, 0, 0, 2))


def _table(rows: list[CheckRow]) -> Table:
    table = Table(box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    table.add_column("algorithm", overflow="fold", max_width=18)
    table.add_column("metric", overflow="fold", max_width=20)
    for name in ("base", "head", "diff", "interval", "margin"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    above = ""
    for row in rows:
        named = Text("" if row.algorithm == above else row.algorithm, style="bold" if row.gating else "dim")
        numbers = [Text(cell) for cell in (row.base, row.head, row.delta, row.interval, row.margin)]
        word = Text(row.outcome.value if row.gating else f"({row.outcome.value})", style=colour(row.outcome))
        table.add_row(named, Text(row.metric), *numbers, word)
        above = row.algorithm
    return table
