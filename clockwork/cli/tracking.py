"""Verbs that read and mark what MLflow keeps."""

import click

from clockwork.cli.report import report
from clockwork.support.checkout import Checkout

AT_LEAST_ONE = click.IntRange(min=1)


def numbers(_: click.Context, __: click.Parameter, value: str | None) -> list[str]:
    """Pull requests by their numbers, such as 17,18."""
    found = [part.strip() for part in value.split(",")] if value is not None else []
    if not all(part.isalnum() for part in found):
        raise click.BadParameter(f"'{value}' is not a list of numbers such as 17,18")
    return found


@click.command(help="What was tested of this commit becomes the champion in MLflow's registry.")
@click.option("--challenger", is_flag=True, help="From any branch, under the alias challenger.")
@click.option("--again", is_flag=True, help="Also what was rolled back, or an older commit.")
def promote(challenger: bool, again: bool) -> int:
    from clockwork.tracking.promotion import promote

    return promote(Checkout(), report, challenger=challenger, again=again)


@click.command(help="The champion before this one is champion again.")
@click.argument("algorithm", required=False)
@click.option("--to", metavar="VERSION", help="Default: the champion before this one.")
def rollback(algorithm: str | None, to: str | None) -> int:
    from clockwork.tracking.promotion import rollback

    return rollback(Checkout(), algorithm, to, report)


@click.command(help="A person's decision for a commit in spite of its verdict, kept in MLflow.")
@click.argument("commit", default="HEAD")
@click.option("--reason", required=True, metavar="TEXT", help="Shown in the next reports.")
@click.option("--by", required=True, metavar="NAME", help="Who decides.")
def accept(commit: str, reason: str, by: str) -> int:
    from clockwork.tracking.acceptance import accept

    return accept(Checkout(), commit, by, reason, report)


@click.command(help="The newest verdicts in MLflow, as a table.")
@click.option(
    "--limit", type=AT_LEAST_ONE, default=20, show_default=True, metavar="N", help="Verdicts."
)
def history(limit: int) -> int:
    from clockwork.tracking.history import history

    return history(Checkout(), limit)


@click.command(help="What waits for MLflow on this disk.")
@click.option("--send", is_flag=True, help="Send it now.")
def outbox(send: bool) -> int:
    from clockwork.tracking.outbox import outbox

    return outbox(Checkout(), report, send=send)


@click.command(help="Runs in MLflow that nothing needs any more: listed, and with --yes deleted.")
@click.option("--closed-prs", callback=numbers, metavar="N,N", help="Pull requests.")
@click.option("--older-than", type=AT_LEAST_ONE, metavar="DAYS", help="Age of a run.")
@click.option("--dry-run", is_flag=True, help="List only, which is the default.")
@click.option("--yes", is_flag=True, help="Delete what is listed.")
def expire(closed_prs: list[str], older_than: int | None, dry_run: bool, yes: bool) -> int:
    from clockwork.tracking.expiry import expire

    return expire(Checkout(), closed_prs, older_than, report, yes=yes and not dry_run)


@click.command(help="MLflow on loopback, on the embedded database.")
def ui() -> int:
    from clockwork.settings.tracking import tracking_settings
    from clockwork.tracking.ui import serve

    return serve(Checkout().main, tracking_settings())


VERBS = (promote, rollback, accept, history, outbox, expire, ui)
