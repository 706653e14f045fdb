"""The one door: `python -m pipelines VERB`. A verb reads settings and calls one function.

Exit codes: 0 pass, 1 regression, 2 wrong use or bad input, 3 cannot tell.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from pipelines import imports_done
from pipelines.errors import BadInput, exit_on_bad_input, printable


def _run(_: argparse.Namespace) -> int:
    from pipelines.graph import run_graph
    from pipelines.settings.everything import check_settings

    run_graph(Path(), list(check_settings().algorithms), say)
    for line in _way_of_the_rows():
        say(line)
    return 0


def _way_of_the_rows() -> list[str]:
    from pipelines.data.accounts import summary
    from pipelines.paths import FEATURES, SPLIT, VALIDATION
    from pipelines.stages.tables import ACCOUNT, read_json

    read = read_json(VALIDATION)["accounts"]["read"]
    return summary(read, read_json(FEATURES / ACCOUNT), read_json(SPLIT.parent / ACCOUNT))


def _regression(words: argparse.Namespace) -> int:
    from pipelines.pull_request import pull_request

    return pull_request(Path.cwd(), words.base, say, quick=words.quick)


def _publish(words: argparse.Namespace) -> int:
    import os

    from pipelines.ci.publish import publish

    return publish(words.folder, os.environ, say)


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


def _warm(_: argparse.Namespace) -> int:
    from pipelines.settings.gate import gate_settings
    from pipelines.tuning.warm import write_warm

    say(write_warm(list(gate_settings().algorithms)))
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

    return bench(Path.cwd(), words.repeats, say, words.groups, keep=words.write)


def _promote(words: argparse.Namespace) -> int:
    from pipelines.tracking.promotion import promote

    return promote(Path.cwd(), say, challenger=words.challenger, again=words.again)


def _rollback(words: argparse.Namespace) -> int:
    from pipelines.tracking.promotion import rollback

    return rollback(Path.cwd(), words.algorithm, words.to, say)


def _accept(words: argparse.Namespace) -> int:
    from pipelines.tracking.acceptance import accept

    return accept(Path.cwd(), words.commit, words.by, words.reason, say)


def _history(words: argparse.Namespace) -> int:
    from pipelines.tracking.history import history

    return history(Path.cwd(), words.limit)


def _outbox(words: argparse.Namespace) -> int:
    from pipelines.tracking.outbox import outbox

    return outbox(Path.cwd(), say, send=words.send)


def _expire(words: argparse.Namespace) -> int:
    from pipelines.tracking.expiry import expire

    return expire(Path.cwd(), words.closed_prs, words.older_than, say, yes=words.yes and not words.dry_run)


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
    print(printable(line), flush=True)  # noqa: T201


VERBS: dict[str, tuple[Callable[[argparse.Namespace], int], str]] = {
    "run": (_run, "the pipeline alone: what did not change is skipped"),
    "regression": (_regression, "the verdict on this commit: reports, MLflow, exit code"),
    "publish": (_publish, "the verdict on its pull request: a comment, a status, a report"),
    "demo": (_demo, "two pull requests against HEAD: a harmless one and a seeded defect"),
    "declare": (_declare, "write what the features look like now into configs/schema.lock"),
    "golden": (_golden, "write incidents that must stay found into tests/regression/golden.yaml"),
    "warm": (_warm, "keep what the last search found in configs/tuned.json, where the next one starts"),
    "data-docs": (_data_docs, "Great Expectations' own pages about the data, in build/data-docs"),
    "audit": (_audit, "the gate tested against itself: planted changes, comparisons of nothing but luck, power"),
    "bench": (_bench, "the performance figures, measured side by side in a fresh clone"),
    "ui": (_ui, "MLflow on loopback, on the embedded database"),
    "promote": (_promote, "what was tested of this commit becomes the champion in MLflow's registry"),
    "rollback": (_rollback, "the champion before this one is champion again"),
    "accept": (_accept, "a person's decision for a commit in spite of its verdict, kept in MLflow"),
    "history": (_history, "the newest verdicts in MLflow, as a table"),
    "outbox": (_outbox, "what waits for MLflow on this disk"),
    "expire": (_expire, "runs in MLflow that nobody needs: listed, and with --yes deleted"),
    "schema": (_schema, "the JSON schema of build/verdict.json"),
}


def numbers(word: str) -> list[str]:
    """Pull requests by their numbers, such as 17,18."""
    found = [part.strip() for part in word.split(",")]
    if not all(part.isalnum() for part in found):
        raise ValueError
    return found


def add_tracking_words(name: str, verb: argparse.ArgumentParser) -> None:
    """The words of the verbs that read and mark what MLflow keeps."""
    if name == "promote":
        verb.add_argument("--challenger", action="store_true", help="from any branch, under the alias challenger")
        verb.add_argument("--again", action="store_true", help="also what was rolled back, or an older commit")
    if name == "rollback":
        verb.add_argument("algorithm", nargs="?", metavar="ALGORITHM", help="default: all")
        verb.add_argument("--to", metavar="VERSION", help="default: the champion before this one")
    if name == "accept":
        verb.add_argument("commit", nargs="?", default="HEAD", metavar="COMMIT", help="default: HEAD")
        verb.add_argument("--reason", required=True, metavar="TEXT", help="shown in the next reports")
        verb.add_argument("--by", required=True, metavar="NAME", help="who decides")
    if name == "history":
        verb.add_argument("--limit", type=positive, default=20, metavar="N", help="verdicts; default 20")
    if name == "outbox":
        verb.add_argument("--send", action="store_true", help="send it now")
    if name == "expire":
        verb.add_argument("--closed-prs", type=numbers, default=[], metavar="N,N", help="pull requests")
        verb.add_argument("--older-than", type=positive, metavar="DAYS")
        verb.add_argument("--dry-run", action="store_true", help="list only, which is the default")
        verb.add_argument("--yes", action="store_true", help="delete what is listed")


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
        if name == "publish":
            verb.add_argument(
                "--from", dest="folder", type=Path, default=Path("build"), metavar="DIR", help="default: build"
            )
        if name == "audit":
            verb.add_argument("changes", nargs="*", metavar="CHANGE", help="of seeds/defects; default all of them")
            verb.add_argument("--write", action="store_true", help="put the last audit's results into docs/gate.md")
        add_tracking_words(name, verb)
        if name == "bench":
            verb.add_argument("groups", nargs="*", metavar="GROUP", help="of figures; default all of them")
            verb.add_argument("--write", action="store_true", help="put the figures into docs/scale.md")
            verb.add_argument(
                "--repeats",
                type=positive,
                default=3,
                metavar="N",
                help="of each figure; default 3, and never below 5 for tuning",
            )
    words = parser.parse_args()
    imports_done()
    return exit_on_bad_input(lambda: int(words.function(words)))


if __name__ == "__main__":
    sys.exit(main())
