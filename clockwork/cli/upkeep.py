"""Verbs that keep a project healthy: what is in its way, and a newer engine.

For those who develop the engine, a release, too.
"""

from pathlib import Path

import click

from clockwork.cli.report import report
from clockwork.support.checkout import Checkout


@click.command(help="Write clockwork/MANIFEST anew; with VERSION make a release of the engine.")
@click.argument("version", required=False)
def release(version: str | None) -> int:
    from clockwork.release.version import release

    release(Checkout(Path()), version, report)
    return 0


@click.command(
    help="What is in the way of a verdict, on one screen; exit code 1 where something needs doing."
)
def doctor() -> int:
    from clockwork.doctor import doctor, lines

    needs = 0
    for name, found in doctor(Checkout(Path())):
        needs += len(found.needs)
        for line in lines(name, found):
            report(line)
    report(f"{needs} to do" if needs else "nothing to do")
    return 1 if needs else 0


@click.command(
    help="A newer engine for this project, as a commit on a branch; exit code 1 where it has "
    "conflicts."
)
@click.option(
    "--from", "source", required=True, metavar="PATH_OR_URL", help="The repository of the engine."
)
@click.option(
    "--to", "revision", metavar="REV", help="A tag, branch or commit there (default: its HEAD)."
)
def upgrade(source: str, revision: str | None) -> int:
    from clockwork.release.upgrade import upgrade

    return upgrade(Checkout(), source, revision, report)


VERBS = (doctor, upgrade, release)
