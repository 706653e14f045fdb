"""Verbs that score a fleet: over HTTP, from a folder, and a history in files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clockwork.cli.report import report

if TYPE_CHECKING:
    from clockwork.fleet.follow import Newer
    from clockwork.fleet.model import Model

ALGORITHM = click.option("--algorithm", default="lightgbm", show_default=True, metavar="NAME",
                         help="Which trained model of build/models.")  # fmt: skip
MODEL = click.option("--model", metavar="URI",
                     help="Instead one of MLflow's registry: models:/NAME@champion. "
                     "A new champion is taken over between two ticks.")  # fmt: skip
STATE = click.option("--state", type=click.Path(path_type=Path), default=Path("build/fleet"),
                     show_default=True, metavar="DIR",
                     help="Where the state and the served log are kept.")  # fmt: skip


@click.command(
    help="Score a fleet over HTTP on loopback: POST /minute, GET /alerts, /health, /metrics."
)
@ALGORITHM
@MODEL
@STATE
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True,
              metavar="PORT", help="0: any that is free.")  # fmt: skip
def serve(algorithm: str, model: str | None, state: Path, port: int) -> int:
    from clockwork.fleet.http import serve
    from clockwork.fleet.station import Station

    scored, newer = _model(algorithm, model)
    serve(Station(state, scored), port, report, newer)
    return 0


@click.command(help="Score a Parquet file a minute that comes into the folder DIR.")
@click.argument("source", type=click.Path(path_type=Path), metavar="DIR")
@ALGORITHM
@MODEL
@STATE
@click.option("--once", is_flag=True, help="Score what is there, then end.")
def watch_folder(source: Path, algorithm: str, model: str | None, state: Path, once: bool) -> int:
    from clockwork.fleet.folder import watch
    from clockwork.fleet.station import Station

    scored, newer = _model(algorithm, model)
    watch(Station(state, scored), source, report, newer, once=once)
    return 0


@click.command(
    help="Score a history: the Parquet files of IN into the folder OUT, one after the other."
)
@click.argument("source", type=click.Path(path_type=Path), metavar="IN")
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
@ALGORITHM
@MODEL
def score(source: Path, out: Path, algorithm: str, model: str | None) -> int:
    from clockwork.fleet.batch import score_files

    score_files(_model(algorithm, model)[0], source, out, report)
    return 0


def _model(algorithm: str, uri: str | None) -> "tuple[Model, Newer | None]":
    from clockwork.fleet.model import Model

    newer: Newer | None = None
    if uri is None:
        scored = Model.load(Path(), algorithm)
    else:
        from clockwork.commands.champion import Registry

        registry = Registry(Path(), uri)
        scored, newer = registry.first(), registry.newer
    if scored.scored_by:
        report(scored.scored_by)
    return scored, newer


VERBS = (serve, watch_folder, score)
