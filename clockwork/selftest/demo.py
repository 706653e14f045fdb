"""Two pull requests against HEAD, simulated in throw-away worktrees.

They go through the code path of `make regression`.
"""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clockwork.commands.regression import WIDTH
from clockwork.selftest.edits import Change, all_changes
from clockwork.selftest.simulate import Simulated, simulate
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.pinned import fetch_data


def demo(checkout: Checkout, report: Report) -> int:
    """Simulate both pull requests, show verdicts; 0 only if the first was green, the second red."""
    main = checkout.main
    report(
        "quick runs: `make regression` also tries head's code for leaks, "
        "which takes a quarter of a minute more"
    )
    head = checkout.find("HEAD")
    fetch_data(main, report)
    simulated = []
    for change in shown():
        report(f"\npull request {change.demo}: {change.name}")
        reports = paths.BUILD / "demo" / change.name
        simulated.append(simulate(main, head, change, str(change.demo), reports, quick=True))
    Console(width=WIDTH, markup=False).print(table(simulated))
    for one in simulated:
        report(f"report: {one.reports / paths.REPORT_HTML.name}")
    report("compare the runs in MLflow: make ui")
    return 0 if all(one.as_it_should for one in simulated) else 1


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
