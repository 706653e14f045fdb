"""The verb that puts a table of one's own in the place of the demo's."""

from pathlib import Path
from typing import Any

import click

from clockwork.cli.report import report
from clockwork.support.checkout import Checkout

MANY = "COLUMNS"


@click.command(
    help="Your own data in place of the demo's: "
    "looks at the files, writes configs/, makes one commit."
)
@click.option("--data", type=click.Path(path_type=Path), required=True, metavar="PATH",
              help="A Parquet or CSV file, or a folder of them.")  # fmt: skip
@click.option("--target", required=True, metavar="COLUMN", help="What is to be predicted.")
@click.option("--task", metavar="TASK", help="binary, multiclass, regression or ranking.")
@click.option("--positive", metavar="VALUE", help="binary: the value that is looked for.")
@click.option("--time", metavar="COLUMN", help="When a row was; 'none' for no such column.")
@click.option("--unit", metavar="UNIT", help="Of a time that is a number: seconds, minutes, ...")
@click.option("--entity", metavar="COLUMN", help="Whose row it is; 'none' for no such column.")
@click.option("--query", metavar="COLUMN", help="ranking: rows of one list.")
@click.option("--key", metavar=MANY, help="What names a row over versions of the data.")
@click.option(
    "--slices", metavar=MANY, help="Groups whose losses matter by themselves; 'none' for none."
)
@click.option("--exclude", metavar=MANY, help="What is known only once the target is.")
@click.option(
    "--split",
    type=click.Choice(["time", "entity", "both", "random"]),
    help="Who trains, who evaluates.",
)
@click.option(
    "--unlabelled", type=click.Choice(["drop"]), help="What becomes of rows without a target."
)
@click.option("--name", metavar="NAME", help="Of the project (default: the file's).")
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="REPOSITORY",
    help="Another repository, which gets it.",
)
@click.option("--dry-run", "dry", is_flag=True, help="Show everything and write nothing.")
def adopt(data: Path, name: str | None, dry: bool, into: Path | None, **options: Any) -> int:
    from clockwork.adopt.guess import Given
    from clockwork.commands.adopt.command import adopt

    listed = {
        key: None if options[key] is None else tuple(options[key].split(","))
        for key in ("key", "slices", "exclude")
    }
    given = Given(**{**options, **listed, "exclude": listed["exclude"] or ()})
    home = Checkout(_at_home(into).resolve()) if into else None
    return adopt(Checkout(), _at_home(data), given, name, report, dry=dry, into=home)


def _at_home(path: Path) -> Path:
    # Of `make adopt DATA=~/x` not every shell expands the tilde. Who is no user has no home.
    try:
        return path.expanduser()
    except RuntimeError:
        return path


VERBS = (adopt,)
