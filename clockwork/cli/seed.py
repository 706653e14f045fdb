"""The option that names an example of seeds/."""

import click

SEED = click.option(
    "--seed", default="fleet", show_default=True, metavar="NAME", help="An example of seeds/."
)
