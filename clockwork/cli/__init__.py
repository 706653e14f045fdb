"""The command line: `python -m clockwork VERB`.

A verb declares its own options, reads settings, calls one function.
"""

import click

from clockwork.cli import adopt, fleet, measure, pipeline, results, tracking, upkeep
from clockwork.support.errors import BadInput, exit_on_bad_input

HELP = """ML regression tests on every pull request.

Exit codes: 0 pass; 1 regression or suspicious; 2 wrong use or bad input; 3 cannot tell, \
not comparable or invalid; 70 a
defect of Clockwork's own, with its traceback.
"""
VERBS = (
    *pipeline.VERBS,
    *adopt.VERBS,
    *results.VERBS,
    *measure.VERBS,
    *tracking.VERBS,
    *fleet.VERBS,
    *upkeep.VERBS,
)


class InOrder(click.Group):
    """A group whose help lists verbs as declared, the main job first, with their whole sentence."""

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.help or "") for name, verb in self.commands.items()])


cli = InOrder(
    name="clockwork",
    help=HELP,
    commands={str(verb.name): verb for verb in VERBS},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    no_args_is_help=False,
    subcommand_metavar="VERB [ARGS]...",
)


def main(args: list[str] | None = None) -> int:
    """Read the command line (or `args`), run one verb, and give its exit code."""
    return exit_on_bad_input(lambda: _run(args))


def _run(args: list[str] | None) -> int:
    try:
        return int(cli.main(args, prog_name="python -m clockwork", standalone_mode=False) or 0)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "python -m clockwork"
        raise BadInput(f"{error.format_message().rstrip('.')}; see `{path} --help`") from None
    except click.ClickException as error:
        raise BadInput(error.format_message()) from None
    except click.Abort as abort:  # what click makes of an interrupt, and of an end of a file
        raise abort.__cause__ or KeyboardInterrupt() from None
