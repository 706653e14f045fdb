"""The one door: `python -m pipelines VERB`. A verb reads settings and calls one function.

Exit codes: 0 pass, 1 regression, 2 wrong use or bad input, 3 cannot tell.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from pipelines import imports_done
from pipelines.errors import BadInput, exit_on_bad_input


def _run(_: argparse.Namespace) -> int:
    from pipelines.graph import run_graph
    from pipelines.settings.everything import check_settings

    run_graph(Path(), list(check_settings().algorithms), say)
    return 0


def _regression(words: argparse.Namespace) -> int:
    from pipelines.pull_request import pull_request

    return pull_request(Path.cwd(), words.base, say, quick=words.quick)


def _demo(_: argparse.Namespace) -> int:
    try:
        from pipelines.demo import demo
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("seeds"):
            raise
        raise BadInput("seeds/ is gone, and the demo with it; run `make regression` on a commit of yours") from None

    return demo(Path.cwd(), say)


def _declare(_: argparse.Namespace) -> int:
    from pipelines.probes.declaration import declare

    say(declare(Path()))
    return 0


def _golden(_: argparse.Namespace) -> int:
    from pipelines.golden import golden

    say(golden(Path()))
    return 0


def _data_docs(_: argparse.Namespace) -> int:
    from pipelines.data.expectations import write_data_docs
    from pipelines.data.rows import read_rows
    from pipelines.paths import BUILD
    from pipelines.settings.data import data_settings, expectations

    page = write_data_docs(read_rows(data_settings()), expectations(), BUILD / "data-docs")
    say(f"{page} (it loads scripts and styles from other hosts)")
    return 0


def _audit(words: argparse.Namespace) -> int:
    from pipelines.audit.audit import audit
    from pipelines.audit.book import write

    return write(Path.cwd(), say) if words.write else audit(Path.cwd(), words.changes, say)


def _bench(words: argparse.Namespace) -> int:
    from pipelines.bench import bench

    return bench(Path.cwd(), words.repeats, say)


def _ui(_: argparse.Namespace) -> int:
    from pipelines.git import main_checkout
    from pipelines.settings.tracking import tracking_settings
    from pipelines.tracking.ui import serve

    return serve(main_checkout(Path.cwd()), tracking_settings())


def _schema(_: argparse.Namespace) -> int:
    import json

    from pipelines.verdict import schema

    sys.stdout.write(json.dumps(schema(), indent=1, sort_keys=True) + "\n")
    return 0


def positive(word: str) -> int:
    """A whole number of at least 1, from the command line."""
    number = int(word)
    if number < 1:
        raise ValueError
    return number


def say(line: str) -> None:
    """Tell the user how far the work has come."""
    print(line, flush=True)  # noqa: T201


VERBS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "run": (_run, "the pipeline alone: what did not change is skipped"),
    "regression": (_regression, "the verdict on this commit: reports, MLflow, exit code"),
    "demo": (_demo, "two pull requests against HEAD: a harmless one and a seeded defect"),
    "declare": (_declare, "write what the features look like now into configs/schema.lock"),
    "golden": (_golden, "write incidents that must stay found into tests/regression/golden.yaml"),
    "data-docs": (_data_docs, "Great Expectations' own pages about the data, in build/data-docs"),
    "audit": (_audit, "the gate tested against itself: planted changes, comparisons of nothing but luck, power"),
    "bench": (_bench, "the performance figures, measured side by side in a fresh clone"),
    "ui": (_ui, "MLflow on loopback, on the embedded database"),
    "schema": (_schema, "the JSON schema of build/verdict.json"),
}


def main() -> int:
    """Read the command line and run one verb."""
    parser = argparse.ArgumentParser(prog="python -m pipelines", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, (function, help_text) in VERBS.items():
        verb = verbs.add_parser(name, help=help_text, description=help_text)
        verb.set_defaults(function=function)
        if name == "regression":
            verb.add_argument("--base", metavar="REV", help="the commit to compare with (default: the merge-base)")
            verb.add_argument(
                "--quick", action="store_true", help="leave out the experiments on head's code, and say so"
            )
        if name == "audit":
            verb.add_argument("changes", nargs="*", metavar="CHANGE", help="of seeds/defects; default all of them")
            verb.add_argument("--write", action="store_true", help="put the last audit's results into docs/gate.md")
        if name == "bench":
            verb.add_argument(
                "--repeats",
                type=positive,
                default=3,
                metavar="N",
                help="of each figure; default 3",
            )
    words = parser.parse_args()
    imports_done()
    return exit_on_bad_input(lambda: int(words.function(words)))


if __name__ == "__main__":
    sys.exit(main())
