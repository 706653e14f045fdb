"""Verbs that keep a project healthy: what is in its way, a newer engine, and for those who develop it a release."""

from pathlib import Path

import click

from clockwork.cli.report import report


@click.command(help="Write clockwork/MANIFEST anew; with VERSION make a release of the engine.")
@click.argument("version", required=False)
def release(version: str | None) -> int:
    from clockwork.release.version import release

    release(Path(), version, report)
    return 0


VERBS = (release,)
