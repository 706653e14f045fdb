"""What a fleet of 10,000 devices costs by the minute, against trees alone and the served model."""

import json
from pathlib import Path

from clockwork.selftest.bench.clone import python, run_all
from clockwork.selftest.bench.day import PICTURE, RECIPE
from clockwork.selftest.bench.figure import SECONDS, TIMES, Figure
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
        runs.append(
            json.loads(python(clone, "-m", "clockwork.selftest.bench.minutes").splitlines()[-1])
        )
    shown = {
        "a tick of 10,000 devices, processor time": ("tick", MS, None, False),
        "the trees alone on ready features": ("trees", MS, None, False),
        "a tick to the trees alone": ("to_trees", TIMES, 2.5, False),
        "today's served model to a tick": ("served", TIMES, 50.0, True),
        "p99 of a tick to its median, by the clock": ("p99", TIMES, 3.0, False),
        "scores that differ from the batch path": ("differ", COUNT, 0.0, False),
        "a minute as Arrow over HTTP to a tick, client and disk included": (
            "http",
            TIMES,
            2.0,
            False,
        ),
        "state a device": ("state", KB, 4.0, False),
        "memory that the stretch added": ("grown", MB, None, False),
        "a million devices, processor time of a tick, by these figures": (
            "million",
            SECONDS,
            None,
            False,
        ),
        "a tick of 10,000 devices compiled by numba, processor time": ("compiled", MS, 10.0, False),
        "its scores that differ from the batch path": ("compiled_differ", COUNT, 0.0, False),
        "a million devices compiled by numba, by these figures": (
            "compiled_million",
            SECONDS,
            5.0,
            False,
        ),
    }
    if "compiled" not in runs[0]:
        report("numba is not installed, so nothing is compiled: docs/fleet.md")
        shown = {name: how for name, how in shown.items() if how[0] in runs[0]}
    figures = [
        Figure(name, [run[key] for run in runs], *how)  # type: ignore[arg-type]
        for name, (key, *how) in shown.items()
    ]
    return [*figures, *_day_figures(root, clone, report)]


def _day_figures(root: Path, clone: Path, report: Report) -> list[Figure]:
    report(f"a day of {RECIPE}, a tick a minute")
    picture = root.resolve() / PICTURE
    day = json.loads(
        python(clone, "-m", "clockwork.selftest.bench.day", str(RECIPE), str(picture)).splitlines()[
            -1
        ]
    )
    report(f"{picture}: drawn")
    shown = {
        "a day of 10,000 devices: ticks": ("ticks", COUNT, None, False),
        "the day: processor time of a tick": ("tick", MS, None, False),
        "the day: p99 of a tick to its median, by the clock": ("p99", TIMES, 3.0, False),
        "the day: scores that differ from the batch path": ("differ", COUNT, 0.0, False),
        "the day: memory that its ticks added": ("grown", MB, 20.0, False),
        "the day: alerts sent": ("sent", COUNT, None, False),
        "the day compiled by numba: processor time of a tick": ("compiled", MS, None, False),
        "the same: scores that are others": ("compiled_differ", COUNT, 0.0, False),
    }
    return [
        Figure(name, [day[key]], *how)  # type: ignore[arg-type]
        for name, (key, *how) in shown.items()
        if key in day
    ]
