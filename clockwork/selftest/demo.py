"""Two pull requests against HEAD, simulated in throw-away worktrees through the code path of `make regression`."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clockwork.commands.regression import WIDTH
from clockwork.selftest.edits import read_change
from clockwork.selftest.simulate import Simulated, simulate
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.pinned import fetch_data

SIMULATED = {"17": "harmless-refactoring", "18": "labels-late"}


def demo(checkout: Checkout, report: Report) -> int:
    """Simulate both pull requests and show their verdicts; 0 only if the first was green and the second red."""
    main = checkout.main
    report("quick runs: `make regression` also tries head's code for leaks, which takes a quarter of a minute more")
    head = checkout.find("HEAD")
    fetch_data(main, report)
    simulated = []
    for number, name in SIMULATED.items():
        report(f"\npull request {number}: {name}")
        simulated.append(simulate(main, head, read_change(name), number, paths.BUILD / "demo" / name, quick=True))
    Console(width=WIDTH, markup=False).print(table(simulated))
    for one in simulated:
        report(f"report: {one.reports / paths.REPORT_HTML.name}")
    report("compare the runs in MLflow: make ui")
    return 0 if all(one.as_it_should for one in simulated) else 1


def table(simulated: list[Simulated]) -> Table:
    """Both pull requests at a glance: what was wanted of the gate, what it said."""
    out = Table("pull request", "wanted", "verdict", title="Two pull requests against HEAD", width=WIDTH)
    for number, one in zip(SIMULATED, simulated, strict=True):
        wanted = "green" if one.change.harmless else "red"
        word = Text(f"{one.verdict.outcome} (exit {one.exit_code})", style="green" if one.exit_code == 0 else "red")
        out.add_row(Text(f"{number}: {one.change.title}"), wanted, word)
    return out
