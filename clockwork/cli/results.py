"""Verbs on files of predictions, for whoever has no pipeline here."""

import shlex
import sys
from collections.abc import Callable
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any

import click

from clockwork.cli.report import report
from clockwork.support.entry import one_thread, quick_imports
from clockwork.support.errors import BadInput
from clockwork.support.paths import take_results_away

FILE = click.Path(path_type=Path)


class Finite(click.FloatRange):
    """A number between bounds, where there are any; none without end."""

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> float:
        found = float(super().convert(value, param, context))
        if not isfinite(found):
            self.fail(f"{value} is not a finite number.", param, context)
        return found

    def _describe_range(self) -> str:
        return "" if self.min is self.max is None else super()._describe_range()


SHARE = Finite(min=0, min_open=True)
MARGIN = Finite(min=0, min_open=True, max=1, max_open=True)
COLUMNS = (
    click.option("--task", metavar="TASK",
                 help="binary, multiclass, regression, ranking, answers."),
    click.option("--target", metavar="COLUMN",
                 help="What is true (default: target, label, relevance or y)."),
    click.option("--key", metavar="COLUMNS",
                 help="What names a row (default: key, id; else the order)."),
    click.option("--cluster", metavar="COLUMN",
                 help="Rows that belong together (default: cluster or entity)."),
    click.option("--query", metavar="COLUMN", help="ranking: rows of one list (default: query)."),
    click.option("--time", metavar="COLUMN",
                 help="binary: minutes, for metrics of events (default: time)."),
    click.option("--positive", metavar="VALUE", help="binary: the value that counts as positive."),
    click.option("--prediction", metavar="NAME",
                 help="How predictions begin (default: prediction, score)."),
    click.option("--primary", metavar="METRIC",
                 help="The metric that decides (default: the task's)."),
    click.option("--margin", type=MARGIN, default=0.03, show_default=True,
                 help="The loss that is still none."),
    click.option("--resamples", type=click.IntRange(min=200), default=2000, show_default=True,
                 metavar="N", help="Of the bootstrap over clusters."),
    click.option("--clusters", type=click.IntRange(min=2), default=30, show_default=True,
                 metavar="N", help="The fewest that can carry a verdict."),
)  # fmt: skip


def columns(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what a file holds."""
    for option in reversed(COLUMNS):
        command = option(command)
    return command


@click.command(help="The verdict on two files of predictions: no git, DVC or configs.")
@click.argument("base", type=FILE)
@click.argument("head", type=FILE)
@columns
@click.option(
    "--slices", metavar="COLUMNS", help="Columns whose values must each hold (default: slice_*)."
)
@click.option(
    "--guardrail",
    "guardrails",
    multiple=True,
    metavar="METRIC=MARGIN",
    help="A further metric that must hold; 'none' for no other (default: the task's).",
)
@click.option(
    "--two-sided",
    multiple=True,
    metavar="METRIC=MARGIN",
    help="The same, where more is harm as well as less.",
)
@click.option(
    "--credible-gain",
    type=SHARE,
    default=0.15,
    show_default=True,
    help="A gain beyond it must be explained.",
)
@click.option(
    "--threshold",
    type=Finite(),
    default=0.5,
    show_default=True,
    help="binary: the score that alerts.",
)
@click.option(
    "--name", default="model", show_default=True, help="What is compared, in the reports."
)
@click.option(
    "--out", type=FILE, default=Path("build"), show_default=True, help="Where the reports go."
)
def compare(base: Path, head: Path, out: Path, **options: Any) -> int:
    take_results_away(out)
    one_thread()
    with quick_imports():
        from clockwork.commands.files.compare import compare

    return compare(base, head, _options(options), out, report)


@click.command(
    help="Which loss a file of predictions can show, and how many clusters a margin needs."
)
@click.argument("file", type=FILE)
@columns
def plan(file: Path, **options: Any) -> int:
    from clockwork.commands.files.plan import plan

    for line in plan(file, _options(options)):
        report(line)
    return 0


def _options(options: dict[str, Any]) -> Any:
    from clockwork.commands.files.options import Options
    from clockwork.gate.question import Guardrail

    both = [(text, False) for text in options.pop("guardrails", ())] + [
        (text, True) for text in options.pop("two_sided", ())
    ]
    named: dict[str, Guardrail] = {}
    for name, margin, two in (_margin(*one) for one in both if one != ("none", False)):
        if name in named:
            raise BadInput(f"there are two margins of {name}; keep one")
        named[name] = Guardrail(margin, two)
    options["key"] = tuple(options["key"].split(",")) if options["key"] else ()
    slices = options.pop("slices", None)
    parts = None if slices is None else tuple(filter(None, slices.split(",")))
    again = shlex.join(["python", "-m", "clockwork", *sys.argv[1:]])
    return Options(**options, slices=parts, guardrails=named if both else None, command=again)


def _margin(text: str, two_sided: bool) -> tuple[str, float, bool]:
    name, _, margin = text.partition("=")
    try:
        found = float(margin)
    except ValueError:
        found = nan
    if not 0 < found < inf:
        option = "--two-sided" if two_sided else "--guardrail"
        raise BadInput(f"{option} {text}: write METRIC=MARGIN, such as roc_auc=0.02")
    return name, found, two_sided


VERBS = (compare, plan)
