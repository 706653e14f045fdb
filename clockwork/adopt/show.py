"""What was found and what is taken for what, as tables for people."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from clockwork.adopt.inspect import Column
from clockwork.adopt.propose import Proposal
from clockwork.support.errors import printable

MOST = 60
STYLE = {"left out": "yellow", "target": "bold green", "feature": ""}


def columns_table(proposal: Proposal) -> Table:
    """A row for each column.

    It has: type, missing, distinct, examples, role, how well the column alone tells the target.
    """
    out = Table(
        title=f"{proposal.rows}: {proposal.target.rows:,} rows, {len(proposal.columns)} columns"
    )
    for name in ("column", "type", "missing", "distinct", "examples", "role", "tells"):
        out.add_column(
            name,
            justify="right" if name in ("missing", "distinct", "tells") else "left",
            overflow="fold",
        )
    for column in proposal.columns[:MOST]:
        role = proposal.role(column.name)
        cells = [*_facts(column), role, "" if column.alone is None else f"{column.alone:.2f}"]
        out.add_row(*(Text(printable(cell), style=STYLE.get(role, "cyan")) for cell in cells))
    if len(proposal.columns) > MOST:
        out.add_row(Text(f"and {len(proposal.columns) - MOST} more"))
    return out


def _facts(column: Column) -> list[str]:
    missing = f"{column.missing / max(column.rows, 1):.1%}" if column.missing else ""
    return [column.name, column.typed, missing, f"{column.distinct:,}", ", ".join(column.examples)]


def guesses_table(proposal: Proposal) -> Table:
    """What is taken for each key of configs/data.yaml, and why; then the columns left out."""
    out = Table("configs/data.yaml", "is", "because", title="What is taken for what")
    for key, guess in proposal.guesses.items():
        out.add_row(key, _cell(guess.value), Text(printable(guess.why)))
    for name, guess in proposal.exclude.items():
        out.add_row("exclude", _cell(name), Text(printable(guess.why)), style="yellow")
    for name in proposal.text:
        out.add_row("text", _cell(name), "its words count")
    for name, written in proposal.dates.items():
        out.add_row("dates", _cell(name), f"written as {written}")
    return out


def _cell(value: object) -> Text:
    if value is None:
        return Text("none", style="dim")
    if isinstance(value, dict):
        return Text(printable(", ".join(f"{key} {one}" for key, one in value.items())))
    return Text(printable(", ".join(map(str, value)) if isinstance(value, list) else str(value)))


def tables(proposal: Proposal) -> Iterator[RenderableType]:
    """All of them."""
    yield columns_table(proposal)
    yield guesses_table(proposal)
