"""Verbs that score a fleet: over HTTP, from a folder, and a history in files."""

from pathlib import Path

import click

from clockwork.cli.report import report

ALGORITHM = click.option("--algorithm", default="lightgbm", show_default=True, metavar="NAME",
                         help="Which trained model of build/models.")  # fmt: skip
STATE = click.option("--state", type=click.Path(path_type=Path), default=Path("build/fleet"), show_default=True,
                     metavar="DIR", help="Where the state and the served log are kept.")  # fmt: skip


@click.command(help="Score a fleet over HTTP on loopback: POST /minute, GET /alerts, /health, /metrics.")
@ALGORITHM
@STATE
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, metavar="PORT",
              help="0: any that is free.")  # fmt: skip
def serve(algorithm: str, state: Path, port: int) -> int:
    from clockwork.fleet.http import serve
    from clockwork.fleet.model import Model
    from clockwork.fleet.station import Station

    serve(Station(state, Model.load(Path(), algorithm)), port, report)
    return 0


@click.command(help="Score a Parquet file a minute that comes into the folder DIR.")
@click.argument("source", type=click.Path(path_type=Path), metavar="DIR")
@ALGORITHM
@STATE
@click.option("--once", is_flag=True, help="Score what is there, then end.")
def watch_folder(source: Path, algorithm: str, state: Path, once: bool) -> int:
    from clockwork.fleet.folder import watch
    from clockwork.fleet.model import Model
    from clockwork.fleet.station import Station

    watch(Station(state, Model.load(Path(), algorithm)), source, report, once=once)
    return 0


@click.command(help="Score a history: the Parquet files of IN into the folder OUT, one after the other.")
@click.argument("source", type=click.Path(path_type=Path), metavar="IN")
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT")
@ALGORITHM
def score(source: Path, out: Path, algorithm: str) -> int:
    from clockwork.fleet.batch import score_files
    from clockwork.fleet.model import Model

    score_files(Model.load(Path(), algorithm), source, out, report)
    return 0


VERBS = (serve, watch_folder, score)
