"""Verbs of the main job: pipeline, verdict on a commit, and what a project declares of itself."""

import os
import sys
from pathlib import Path

import click

from clockwork.cli.report import report
from clockwork.cli.seed import SEED
from clockwork.support.checkout import Checkout
from clockwork.support.entry import one_thread, quick_imports
from clockwork.support.errors import BadInput


@click.command(help="Run the pipeline alone: what did not change is skipped.")
def run() -> int:
    from clockwork.compare.preflight import check_settings
    from clockwork.support.dvc import run_graph
    from clockwork.support.dvc_lock import restore_lock

    restore_lock(Checkout(Path()))
    algorithms = list(check_settings().algorithms)
    run_graph(Checkout(Path()), algorithms, report)
    for line in [*_way_of_the_rows(algorithms), *_needs_of_the_rows()]:
        report(line)
    return 0


def _needs_of_the_rows() -> list[str]:
    from clockwork.doctor import examine, rows

    return [f"to do: {need}" for need in examine(rows.look, Checkout(Path())).needs]


def _way_of_the_rows(algorithms: list[str]) -> list[str]:
    from clockwork.learning.data.accounts import columns, summary
    from clockwork.learning.tables import ACCOUNT, read_json
    from clockwork.learning.way import lines, way_of_rows
    from clockwork.settings.data import data_settings
    from clockwork.support.paths import FEATURES, SPLIT, VALIDATION

    found = read_json(VALIDATION)
    found_rows = summary(
        found["accounts"]["read"], read_json(FEATURES / ACCOUNT), read_json(SPLIT.parent / ACCOUNT)
    )
    found_rows += columns(found)
    defaults = data_settings().defaults
    found_rows += [f"configs/data.yaml leaves open {'; '.join(defaults)}"] if defaults else []
    return [*found_rows, *lines(way_of_rows(Path(), algorithms))]


@click.command(
    help="Run the query of configs/data.yaml and keep its rows in the file that `rows` names."
)
def fetch() -> int:
    from clockwork.learning.data.database import fetch
    from clockwork.settings.data import data_settings

    settings = data_settings()
    report(f"{settings.rows}: {fetch(settings):,} rows; pin them with `dvc add`")
    return 0


@click.command(help="The verdict on this commit: reports, MLflow, exit code.")
@click.option("--base", metavar="REV", help="The commit to compare with (default: the merge-base).")
@click.option("--quick", is_flag=True, help="Leave out the experiments on head's code, and say so.")
def regression(base: str | None, quick: bool) -> int:
    one_thread()
    with quick_imports():
        from clockwork.commands.regression import pull_request

    return pull_request(Checkout(), base, report, quick=quick)


@click.command(help="Publish the verdict on its pull request: a comment, a status, a report.")
@click.option("--from", "folder", type=click.Path(path_type=Path), default=Path("build"),
              metavar="DIR", help="Where verdict.json lies (default: build).")  # fmt: skip
def publish(folder: Path) -> int:
    from clockwork.ci.publish import publish

    return publish(folder, os.environ, report)


@click.command(help="Two pull requests against HEAD: a harmless one and a planted defect.")
@SEED
def demo(seed: str) -> int:
    from clockwork.selftest.demo import demo
    from clockwork.selftest.edits import FOLDER
    from clockwork.selftest.examples import FLEET, run_in

    if not FOLDER.is_dir():
        raise BadInput(
            "seeds/ is gone, and the demo with it; run `make regression` on a commit of yours"
        )
    return demo(Checkout(), report) if seed == FLEET else run_in(Checkout(), seed, ["demo"], report)


@click.command(help="Write what the features look like now into configs/schema.lock.")
def declare() -> int:
    from clockwork.learning.probes.declaration import declare
    from clockwork.support.dvc import check_features

    check_features(Checkout())
    report(declare(Path()))
    return 0


@click.command(help="Write incidents that must stay found into tests/regression/golden.yaml.")
def golden() -> int:
    from clockwork.compare.golden import golden

    report(golden(Checkout(Path())))
    return 0


@click.command(
    help="Keep what the last search found in configs/tuned.json, where the next one starts."
)
def warm() -> int:
    from clockwork.learning.tuning.warm import write_warm
    from clockwork.settings.gate import gate_settings

    report(write_warm(list(gate_settings().algorithms)))
    return 0


@click.command(help="Great Expectations' own pages about the data, in build/data-docs.")
def data_docs() -> int:
    from clockwork.learning.data.expectations import write_data_docs
    from clockwork.project import read_rows
    from clockwork.settings.data import data_settings
    from clockwork.settings.expectations import expectations
    from clockwork.support.paths import BUILD

    page = write_data_docs(read_rows(data_settings()), expectations(), BUILD / "data-docs")
    report(f"{page} (it loads scripts and styles from other hosts)")
    return 0


@click.command(help="The JSON schema of build/verdict.json.")
def schema() -> int:
    import json

    from clockwork.verdict.schema import schema

    sys.stdout.write(json.dumps(schema(), indent=1, sort_keys=True) + "\n")
    return 0


@click.command(
    help="Every check of the gate as a Markdown table: id, title, group, what it proves."
)
def checks() -> int:
    from clockwork.report.catalogue import catalogue_table

    sys.stdout.write(f"{catalogue_table()}\n")
    return 0


VERBS = (run, fetch, regression, publish, demo, declare, golden, warm, data_docs, schema, checks)
