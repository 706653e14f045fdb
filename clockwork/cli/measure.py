"""Verbs that measure Clockwork itself: its error rates and its speed."""

from pathlib import Path

import click

from clockwork.cli.report import report
from clockwork.cli.seed import SEED
from clockwork.support.checkout import Checkout


@click.command(help="Test the gate against itself: planted pull requests, A/A comparisons, power.")
@click.argument("changes", nargs=-1, metavar="[CHANGE]...")
@click.option("--write", is_flag=True, help="Put the last audit's results into docs/gate.md.")
@SEED
def audit(changes: tuple[str, ...], write: bool, seed: str) -> int:
    from clockwork.selftest.audit.audit import audit
    from clockwork.selftest.audit.results_page import write as write_results
    from clockwork.selftest.audit.results_page import write_example
    from clockwork.selftest.examples import FLEET, run_in

    here = Checkout()
    if seed != FLEET:
        return (
            write_example(here, seed, report)
            if write
            else run_in(here, seed, ["audit", *changes], report)
        )
    return write_results(here, report) if write else audit(here, list(changes), report)


@click.command(
    help="The performance figures, measured side by side in a fresh clone.\n\n"
    "GROUP is demo, gate, graph, pull-request, statistics, tuning, surrogate, share or fleet (all "
    "of them where none is named), or, by name alone, adopt or proofs."
)
@click.argument("groups", nargs=-1, metavar="[GROUP]...")
@click.option("--write", is_flag=True, help="Put the figures into docs/scale.md.")
@click.option(
    "--tables",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Of the group 'adopt': its files.",
)
@click.option(
    "--only", metavar="TABLES", help="Of the group 'adopt': which of its tables, with commas."
)
@click.option("--repeats", type=click.IntRange(min=1), default=3, show_default=True, metavar="N",
              help="Of each figure; never below 5 for tuning.")  # fmt: skip
def bench(
    groups: tuple[str, ...], write: bool, repeats: int, tables: Path | None, only: str | None
) -> int:
    from clockwork.selftest.bench import bench
    from clockwork.selftest.bench.adopt import ADOPT, bench_adoption
    from clockwork.selftest.bench.proofs import PROOFS, prove

    figures = [name for name in groups if name not in (ADOPT, PROOFS)]
    code = bench(Path.cwd(), repeats, report, figures, keep=write) if figures or not groups else 0
    if ADOPT in groups:
        some = only.split(",") if only else []
        code = max(code, bench_adoption(Path.cwd(), tables, report, some, keep=write))
    return max(code, prove(Checkout(), report)) if PROOFS in groups else code


VERBS = (audit, bench)
