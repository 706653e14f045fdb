"""Two pull requests against HEAD, simulated in throw-away worktrees.

They go through the code path of `make regression`, side by side.
"""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clockwork.commands.regression import WIDTH
from clockwork.compare.build import build_base
from clockwork.selftest.edits import Change, all_changes
from clockwork.selftest.simulate import Simulated, simulate
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.pinned import fetch_data

PLACE = paths.BUILD / "demo"
POLL = 0.1  # seconds between two looks for further lines


def demo(checkout: Checkout, report: Report) -> int:
    """Simulate both pull requests, show verdicts; 0 only if the first was green, the second red."""
    main = checkout.main
    report(
        "quick runs: `make regression` also tries head's code for leaks, "
        "which takes a quarter of a minute more"
    )
    head = checkout.commit()
    fetch_data(main, report)
    report(f"base {head.sha[:10]}  {head.subject}")
    build_base(checkout, head.sha, report)
    simulated = _side_by_side(main, head.sha, shown(), report)
    Console(width=WIDTH, markup=False).print(table(simulated))
    for one in simulated:
        report(f"report: {one.reports / paths.REPORT_HTML.name}")
    report("compare the runs in MLflow: make ui")
    return 0 if all(one.as_it_should for one in simulated) else 1


def _side_by_side(
    main: Checkout, head: str, changes: list[Change], report: Report
) -> list[Simulated]:
    # One alone keeps a third of two cores idle. What each prints comes in the order of the changes.
    console = Console(markup=False, highlight=False)
    terminal = {"FORCE_COLOR": "1", "COLUMNS": str(console.width)} if console.is_terminal else {}
    logs = [main / PLACE / f"{change.name}.log" for change in changes]
    (main / PLACE).mkdir(parents=True, exist_ok=True)
    for log in logs:
        log.write_text("")  # none of an earlier demo's lines
    simulated = []
    with ThreadPoolExecutor(max(len(changes), 1)) as pool:
        running = [
            pool.submit(_logged, main, head, change, log, terminal)
            for change, log in zip(changes, logs, strict=True)
        ]
        for change, log, one in zip(changes, logs, running, strict=True):
            report(f"\npull request {change.demo}: {change.name}")
            for line in _lines(log, one):
                console.print(Text.from_ansi(line), soft_wrap=True)
            simulated.append(one.result())
    return simulated


def _logged(
    main: Checkout, head: str, change: Change, log: Path, terminal: Mapping[str, str]
) -> Simulated:
    with log.open("w", encoding="utf-8") as text:
        return simulate(
            main,
            head,
            change,
            str(change.demo),
            PLACE / change.name,
            quick=True,
            log=text,
            variables=terminal,
        )


def _lines(log: Path, writer: "Future[Simulated]") -> Iterator[str]:
    """The lines of `log` as they come, until `writer` has ended."""
    with log.open(encoding="utf-8", errors="replace") as text:
        line, ended = "", False
        while not ended:
            ended = writer.done()  # asked first: what it wrote by then is read below
            while more := text.readline():
                line += more
                if line.endswith("\n"):
                    yield line.removesuffix("\n")
                    line = ""
            if not ended:
                time.sleep(POLL)
    if line:
        yield line


def shown() -> list[Change]:
    """The changes that the demo shows, in the order of their numbers."""
    return sorted(
        (change for change in all_changes() if change.demo), key=lambda change: change.demo or 0
    )


def table(simulated: list[Simulated]) -> Table:
    """Both pull requests at a glance: what was wanted of the gate, what it said."""
    out = Table(
        "pull request", "wanted", "verdict", title="Two pull requests against HEAD", width=WIDTH
    )
    for one in simulated:
        wanted = "green" if one.change.harmless else "red"
        word = Text(
            f"{one.verdict.outcome} (exit {one.exit_code})",
            style="green" if one.exit_code == 0 else "red",
        )
        out.add_row(Text(f"{one.change.demo}: {one.change.title}"), wanted, word)
    return out
