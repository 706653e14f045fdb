"""`make audit`: error rates, power, matrix of defects; all in a JSON file, tables for people."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from clockwork.compare.preflight import check_settings
from clockwork.selftest.audit.matrix import simulate_all, state_of
from clockwork.selftest.audit.replay import Step
from clockwork.selftest.audit.result import Case, Result, faults, red_rates
from clockwork.selftest.audit.seed_noise import Begin, audited, replay
from clockwork.selftest.edits import Change, all_changes, read_change
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.dvc import run_graph
from clockwork.support.dvc_lock import own_lock
from clockwork.support.errors import BadInput
from clockwork.support.paths import BUILD
from clockwork.verdict.parts import Audit

RESULT = BUILD / "audit" / "audit.json"
WIDTH = 130


def audit(checkout: Checkout, only: list[str], report: Report) -> int:
    """Audit the gate at HEAD; 1 for a missed bar. `only` names planted changes, all where empty."""
    settings = check_settings(checkout.root)
    planted = all_changes()
    chosen = [read_change(name) for name in only] or planted
    _clean(checkout)
    head = checkout.find("HEAD")
    with own_lock(checkout):
        run_graph(checkout, list(settings.algorithms), report, probe=False)
    _clean(checkout)
    if not planted:
        report(
            "no planted defects here: they are the demo's. "
            "Error rates and power on this project's own data follow"
        )
    with _progress() as begin:
        rates = [replay(name, settings, head, begin) for name in audited(checkout, settings)]
        cases = _matrix(checkout.main, head, chosen, begin) if chosen else []
    result = Result(
        commit=head, margin=settings.margin, replay=rates, planted=len(planted), matrix=cases
    )
    (checkout / RESULT).parent.mkdir(parents=True, exist_ok=True)
    (checkout / RESULT).write_text(
        result.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8"
    )
    return show(result, report)


def _clean(checkout: Checkout) -> None:
    if checkout.changes():
        raise BadInput(
            f"{checkout.changes()[0]} differs from HEAD; "
            "commit or stash it: an audit is of a commit"
        )


def _matrix(main: Checkout, head: str, changes: list[Change], begin: Begin) -> list[Case]:
    step, cases = begin("pull requests", len(changes)), []
    for case in simulate_all(main, head, changes, state_of(main, head)):
        cases.append(case)
        step()
    return cases


def show(result: Result, report: Report) -> int:
    """Print the tables and every bar that was missed; 1 where one was."""
    console = Console(width=WIDTH, markup=False)
    if result.matrix:
        console.print(matrix_table(result.matrix))
        console.print(f"{red_rates(result.matrix)}.", highlight=False)
    console.print(rates_table(result.replay))
    missed = faults(result)
    for fault in missed:
        console.print(Text(fault, style="red"))
    report(f"{RESULT}; `python -m clockwork audit --write` puts it into docs/gate.md")
    return int(bool(missed))


@contextmanager
def _progress() -> Iterator[Begin]:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True, markup=False)) as shown:

        def begin(name: str, steps: int) -> Step:
            task = shown.add_task(name, total=steps)
            return lambda: shown.advance(task)

        yield begin


def matrix_table(cases: list[Case]) -> Table:
    """Change x check x verdict."""
    median = statistics.median(case.seconds for case in cases)
    title = f"Planted pull requests, two at a time, {median:.0f} s each in the median"
    out = Table("change", "must be caught by", "verdict", "red checks", "s", title=title)
    for case in cases:
        style = "green" if case.as_it_should else "bold red"
        verdict = Text(f"{case.outcome} ({case.exit_code})", style=style)
        out.add_row(
            case.name,
            case.caught_by or "nothing",
            verdict,
            ", ".join(red(case)),
            f"{case.seconds:.0f}",
        )
    return out


def red(case: Case) -> list[str]:
    """The ids of the red checks, the one that must be red first."""
    return sorted({one.id for one in case.red}, key=lambda name: (name != case.caught_by, name))


def rates_table(rates: list[Audit]) -> Table:
    """The error rates of every algorithm with seed noise."""
    names = (
        "algorithm",
        "draws",
        "wrongly blocked",
        "cannot tell, first look",
        "in the end",
        "noise",
        "churn",
        "detectable",
    )
    out = Table(*names, title="Comparisons without a difference")
    for one in rates:
        numbers = (
            one.cannot_tell_first,
            one.cannot_tell,
            one.noise,
            one.churn,
            one.minimum_detectable,
        )
        wrong = f"{one.blocked:.2%} (at most {one.blocked_high:.2%})"
        out.add_row(
            one.algorithm, f"{one.draws:,}", wrong, *(f"{number:.2%}" for number in numbers)
        )
    return out
