"""The primary metric, pull request by pull request: MLflow's table of runs, in the terminal."""

from datetime import UTC, datetime
from math import nan
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clockwork.gate.outcome import Outcome
from clockwork.report import phrases
from clockwork.report.terminal import colour
from clockwork.support.checkout import Checkout
from clockwork.tracking.acceptance import BY
from clockwork.tracking.experiment import Experiment, experiment
from clockwork.tracking.record import short_sha
from clockwork.tracking.runs import PARENT

COLUMNS = (
    "date",
    "pull request",
    "verdict",
    "algorithm",
    "metric",
    "base",
    "head",
    "diff",
    "interval",
    "commit",
)
WIDTH = 132


def history(checkout: Checkout, limit: int) -> int:
    """Print the newest `limit` verdicts, newest first; 0 then."""
    with experiment(checkout) as there:
        rows = read_history(there, limit)
    console = Console(markup=False)
    console.width = max(console.width, WIDTH)
    console.print(_table(rows))
    return 0


def read_history(there: Experiment, limit: int) -> list[tuple[str, ...]]:
    """A row for each algorithm of the newest `limit` verdicts."""
    runs = there.runs("")
    parents = [run for run in runs if PARENT not in run.data.tags][:limit]
    children: dict[str, list[Any]] = {parent.info.run_id: [] for parent in parents}
    for run in runs:
        if run.data.tags.get(PARENT) in children:
            children[run.data.tags[PARENT]].append(run)
    return [row for parent in parents for row in _rows(parent, children[parent.info.run_id])]


def _rows(parent: Any, children: list[Any]) -> list[tuple[str, ...]]:
    tags = parent.data.tags
    date = datetime.fromtimestamp(parent.info.start_time / 1000, UTC).strftime("%Y-%m-%d")
    verdict = tags["verdict"] + (f"\naccepted by {tags[BY]}" if BY in tags else "")
    lead, last = (date, tags.get("pr", ""), verdict), short_sha(tags["head"])
    return [(*lead, *_numbers(child), last) for child in children] or [
        (*lead, *[phrases.NOTHING] * 6, last)
    ]


def _numbers(child: Any) -> tuple[str, ...]:
    metric, found = child.data.tags.get("primary", ""), child.data.metrics
    head, base, delta, low, high = (
        found.get(f"{prefix}{metric}", nan)
        for prefix in ("", "baseline.", "delta.", "delta_low.", "delta_high.")
    )
    span = " to ".join(phrases.share(bound, base) for bound in (low, high))
    return (
        child.data.tags.get("algorithm", child.info.run_name),
        phrases.metric(metric or None),
        phrases.number(base),
        phrases.number(head),
        phrases.share(delta, base),
        phrases.NOTHING if phrases.NOTHING in span else span,
    )


def _table(rows: list[tuple[str, ...]]) -> Table:
    table = Table(box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    for name in COLUMNS:
        table.add_column(
            name, justify="right" if name in ("base", "head", "diff", "interval") else "left"
        )
    before: tuple[str, ...] = ()
    for row in rows:
        # What a verdict says of itself stands once, not beside each of its algorithms.
        new = (row[:3], row[-1]) != (before[:3], before[-1:] and before[-1])
        cells = row if new else ("", "", "", *row[3:-1], "")
        texts = [Text("\n".join(map(phrases.plain, cell.split("\n")))) for cell in cells]
        texts[2].stylize(_colour(row[2].partition("\n")[0]))
        table.add_row(*texts)
        before = row
    return table


def _colour(verdict: str) -> str:
    return colour(Outcome(verdict)) if verdict in set(Outcome) else ""
