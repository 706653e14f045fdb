"""The verdict in a terminal: a panel with the answer, what is not green, a table of the metrics."""

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from clockwork.gate.outcome import Outcome
from clockwork.report import phrases
from clockwork.report.advice import next_step
from clockwork.report.changes import spent
from clockwork.report.sensitivity import sensitivity
from clockwork.report.status_line import OK, fitting, mark, status_line
from clockwork.report.tables import CheckRow, broken, churn_rows, holding, metric_rows, slice_table
from clockwork.verdict.schema import Verdict

WIDTH, MOST = 100, 30


def render(verdict: Verdict) -> Group:
    """The whole view; it fits in 100 columns."""
    rows = metric_rows(verdict, brief=True)
    parts: list[RenderableType] = [_panel(verdict), _status_line(verdict), *_broken(verdict)]
    parts += [_table(rows), *_notes(rows)] if rows else []
    parts += _slices(verdict)
    held = len(holding(verdict))
    if held:
        parts.append(
            _note(f"{phrases.count(held, 'check')} without numbers hold; report.html names them")
        )
    return Group(*parts, *([_note(spent(verdict))] if verdict.seconds else []))


def colour(outcome: Outcome) -> str:
    """The colour of an outcome in a terminal."""
    return "green" if outcome.green else "red" if outcome.exit_code == 1 else "yellow"


def _panel(verdict: Verdict) -> Panel:
    # Text, never a string: a subject such as "[red]" is not markup here.
    lines = [phrases.headline(verdict), sensitivity(verdict), next_step(verdict)]
    body = Text("\n".join(line for line in lines if line))
    title = Text(f" {verdict.outcome.upper()} ", style=f"bold {colour(verdict.outcome)}")
    return Panel(
        body,
        title=title,
        title_align="left",
        box=ROUNDED,
        border_style=colour(verdict.outcome),
        width=WIDTH,
    )


def _status_line(verdict: Verdict) -> Padding:
    lines, room, items = [Text()], 0, status_line(verdict)
    for one in fitting(items, MOST):
        message = " ".join(part for part in (one.name, "" if one.word == OK else one.word) if part)
        message = f"{mark(one.outcome)} {'watched ' if one.watched else ''}{message}  "
        if room < len(message):  # a mark stays beside its name
            lines.append(Text())
            room = WIDTH - 4
        lines[-1].append(message, colour(one.outcome))
        room -= len(message)
    if len(items) > MOST:
        lines.append(Text(f"… and {len(items) - MOST} more", style="dim"))
    return Padding(Group(*lines[1:]), (0, 0, 0, 2))


def _broken(verdict: Verdict) -> list[Padding]:
    rows = [
        *broken(verdict),
        *(row for row in churn_rows(verdict, watched=False) if not row.outcome.green),
    ]
    more = [_note(f"… and {len(rows) - MOST} more")] if len(rows) > MOST else []
    return [*map(_line, rows[:MOST]), *more]


def _line(row: CheckRow) -> Padding:
    word = row.outcome.value if row.gating else f"({row.outcome.value})"
    return Padding(
        Text(f"{word}  ", style=colour(row.outcome)) + Text(f"{row.subject}: {row.note}"),
        (0, 0, 0, 2),
    )


def _note(text: str) -> Padding:
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
        named = Text(
            "" if row.algorithm == above else row.algorithm, style="bold" if row.gating else "dim"
        )
        numbers = [Text(cell) for cell in (row.base, row.head, row.delta, row.interval, row.margin)]
        word = Text(
            row.outcome.value if row.gating else f"({row.outcome.value})", style=colour(row.outcome)
        )
        table.add_row(named, Text(row.metric), *numbers, word)
        above = row.algorithm
    return table


def _notes(rows: list[CheckRow]) -> list[Padding]:
    return [
        _note(f"{row.subject} {row.metric}: {row.note}")
        for row in rows
        if row.note and not row.outcome.green
    ]


def _slices(verdict: Verdict) -> list[RenderableType]:
    names, rows = slice_table(verdict)
    if not rows:
        return []
    table = Table(box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    table.add_column("slice", overflow="fold", max_width=24)
    for name in names:
        table.add_column(Text(name), overflow="fold")
    for part, cells in rows:
        table.add_row(Text(part), *map(_slice, cells))
    return [table]


def _slice(row: CheckRow | None) -> Text:
    if row is None:
        return Text(phrases.NOTHING)
    message = row.note if row.base == phrases.NOTHING else f"{row.base} → {row.head} {row.delta}"
    return Text(f"{mark(row.outcome)} {message}", style=colour(row.outcome))
