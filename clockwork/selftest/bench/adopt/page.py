"""The benchmark's rows as tables: for the terminal, and between markers in docs/adopt.md."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.table import Table

from clockwork.selftest.bench.adopt.proof import CHANGES
from clockwork.selftest.bench.adopt.row import FIRST, Row, passed_of
from clockwork.selftest.page import put, table
from clockwork.verdict.parts import Audit

PAGE = Path("docs") / "adopt.md"
HEADS = (
    "table",
    "task",
    "rows",
    "minutes (of a core)",
    "to change by hand",
    FIRST,
    *(change.name for change in CHANGES),
)
RATES = (
    "table",
    "algorithm",
    "margin",
    "draws",
    "wrongly blocked",
    "a loss of twice the margin passes",
)
Lines = Sequence[Sequence[str]]


def verdicts(rows: Sequence[Row]) -> Lines:
    """A line for each table: what it is, how long it took, how its pull requests ended."""
    return [_cells(row) for row in rows]


def _cells(row: Row) -> list[str]:
    if row.error:
        return [row.name, row.task, "", "", "", row.error, *("" for _ in CHANGES)]
    endings = [row.endings.get(name) for name in (FIRST, *(change.name for change in CHANGES))]
    shown = [
        "" if one is None else f"{one.outcome}{f' ({one.reason})' if one.reason else ''}"
        for one in endings
    ]
    minutes = f"{row.minutes:.1f} ({row.processor:.1f})"
    return [row.name, row.task, f"{row.rows:,}", minutes, ", ".join(row.wrong) or "nothing", *shown]


def rates(rows: Sequence[Row]) -> Lines:
    """A line for each algorithm whose error rates were measured."""
    return [_rate(row, audit) for row in rows for audit in row.audits]


def _rate(row: Row, audit: Audit) -> list[str]:
    passed = passed_of(audit, row.margin)
    blocked = f"{audit.blocked:.2%}, at most {audit.blocked_high:.2%}"
    most = "no such loss could be made" if passed is None else f"{passed:.2%}"
    return [row.name, audit.algorithm, f"{row.margin:.0%}", f"{audit.draws:,}", blocked, most]


def tables(rows: Sequence[Row]) -> Iterator[Table]:
    """Both for the terminal."""
    for title, heads, lines in (
        ("Adopted, each in a fresh clone", HEADS, verdicts(rows)),
        ("Comparisons without a difference, and with a loss", RATES, rates(rows)),
    ):
        if lines:
            out = Table(*heads, title=title)
            for line in lines:
                out.add_row(*line)
            yield out


def write(root: Path, rows: Sequence[Row]) -> str:
    """Put both between their markers in docs/adopt.md; gives a line about it."""
    parts = [
        _measured(rows),
        table(HEADS, verdicts(rows)),
        *([table(RATES, rates(rows))] if rates(rows) else []),
    ]
    body = "\n\n".join(parts)
    path = root / PAGE
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(put(text, "bench adopt", f"\n{body}\n", PAGE), encoding="utf-8")
    return f"{PAGE}: {len(rows)} tables; commit it"


def _measured(rows: Sequence[Row]) -> str:
    # A row that was kept may be of an earlier commit.
    commits = list(dict.fromkeys(row.commit for row in rows))
    if len(commits) == 1:
        return f"Measured at commit `{commits[0][:10]}`."
    named = {one[:10]: ", ".join(row.name for row in rows if row.commit == one) for one in commits}
    return f"Measured at {'; '.join(f'`{commit}`: {names}' for commit, names in named.items())}."
