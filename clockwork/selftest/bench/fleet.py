"""What a fleet of 10,000 devices costs by the minute, against trees alone and the served model."""

from pathlib import Path

from clockwork.selftest.bench.clone import answer, run_all
from clockwork.selftest.bench.day import PICTURE, RECIPE
from clockwork.selftest.bench.figure import SECONDS, TIMES, Figure, Runs, of
from clockwork.selftest.bench.minutes import DEVICES, STRETCH
from clockwork.support.console import Report

MS, KB, MB, COUNT = "{:.1f} ms", "{:.1f} KB", "{:.0f} MB", "{:.0f}"


def fleet_figures(root: Path, clone: Path, repeats: int, report: Report) -> list[Figure]:
    """The figures of docs/scale.md, on the model that the clone's own graph trains.

    A day's picture goes into `root`.
    """
    report("the graph, for its model")
    run_all(clone)
    runs = []
    for at in range(repeats):
        report(f"{DEVICES} devices, {STRETCH} minutes ({at + 1} of {repeats})")
        runs.append(answer(clone, "clockwork.selftest.bench.minutes"))
    if "compiled" not in runs[0]:
        report("numba is not installed, so nothing is compiled: docs/fleet.md")
    report(f"a day of {RECIPE}, a tick a minute")
    picture = root.resolve() / PICTURE
    day = answer(clone, "clockwork.selftest.bench.day", str(RECIPE), str(picture))
    report(f"{picture}: drawn")
    figures = [*_stretch_figures(runs), *_day_figures([day])]
    return [one for one in figures if one.values]  # none of loops that were not compiled


def _stretch_figures(runs: Runs) -> list[Figure]:
    compiled = "a tick of 10,000 devices compiled by numba, processor time"
    http = "a minute as Arrow over HTTP to a tick, client and disk included"
    million = "a million devices, processor time of a tick, by these figures"
    quick_million = "a million devices compiled by numba, by these figures"
    return [
        Figure("a tick of 10,000 devices, processor time", of(runs, "tick"), MS),
        Figure("the trees alone on ready features", of(runs, "trees"), MS),
        Figure("a tick to the trees alone", of(runs, "to_trees"), TIMES, 2.5),
        Figure("today's served model to a tick", of(runs, "served"), TIMES, 50.0, least=True),
        Figure("p99 of a tick to its median, by the clock", of(runs, "p99"), TIMES, 3.0),
        Figure("scores that differ from the batch path", of(runs, "differ"), COUNT, 0.0),
        Figure(http, of(runs, "http"), TIMES, 2.0),
        Figure("state a device", of(runs, "state"), KB, 4.0),
        Figure(million, _of_a_million(of(runs, "tick")), SECONDS),
        Figure(compiled, of(runs, "compiled"), MS, 10.0),
        Figure("its scores that differ from the batch path", of(runs, "compiled_differ"), COUNT, 0),
        Figure(quick_million, _of_a_million(of(runs, "compiled")), SECONDS, 5.0),
    ]


def _of_a_million(milliseconds: list[float]) -> list[float]:
    # Seconds of a hundred times as many devices: nothing is shared between entities.
    return [1e6 / DEVICES * one / 1e3 for one in milliseconds]


def _day_figures(day: Runs) -> list[Figure]:
    return [
        Figure("a day of 10,000 devices: ticks", of(day, "ticks"), COUNT),
        Figure("the day: processor time of a tick", of(day, "tick"), MS),
        Figure("the day: p99 of a tick to its median, by the clock", of(day, "p99"), TIMES, 3.0),
        Figure("the day: scores that differ from the batch path", of(day, "differ"), COUNT, 0.0),
        Figure("the day: memory that its ticks added", of(day, "grown"), MB, 20.0),
        Figure("the day: alerts sent", of(day, "sent"), COUNT),
        Figure("the day compiled by numba: processor time of a tick", of(day, "compiled"), MS),
        Figure("the same: scores that are others", of(day, "compiled_differ"), COUNT, 0.0),
    ]
