"""What the demo, the graph, a pull request and the statistics cost."""

import time
from pathlib import Path

from clockwork.selftest.bench.clone import answer, forget, run_all, timed, timed_cold
from clockwork.selftest.bench.figure import EXACT, SECONDS, TIMES, Figure, of
from clockwork.selftest.edits import Change, Edit
from clockwork.selftest.simulate import simulate
from clockwork.settings.gate import gate_settings
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.paths import BUILD

ONE_PROCESS = """
import importlib, sys
for words in {stages!r}:
    module, *rest = words
    importlib.import_module("clockwork.learning.stages." + module).main(*rest)
"""


def demo_figures(clone: Path, repeats: int, report: Report) -> list[Figure]:
    """`make demo` from nothing, and again with everything cached that can be."""
    cold, warm = [], []
    for at in range(repeats):
        report(f"demo, cold and warm ({at + 1} of {repeats})")
        forget(clone)
        cold.append(timed(clone, "-m", "clockwork", "demo"))
        warm.append(timed(clone, "-m", "clockwork", "demo"))
    return [
        Figure("make demo, cold", cold, SECONDS, 90),
        Figure("make demo, warm", warm, SECONDS, 40),
    ]


def graph_figures(clone: Path, repeats: int, report: Report) -> list[Figure]:
    """What the gate and the graph cost beyond the work itself."""
    run_all(clone)
    algorithms = list(gate_settings(clone).algorithms)
    wanted = ["probe", *(f"score@{name}" for name in algorithms)]
    chain = [[stage, name] for name in algorithms for stage in ("tune", "train", "score")]
    script = ONE_PROCESS.format(stages=[["validate"], ["features"], ["split"], *chain, ["probe"]])
    overhead, ratios = [], []
    for at in range(repeats):
        report(f"the graph against one process ({at + 1} of {repeats})")
        one_process = timed(clone, "-c", script)
        overhead.append(timed_cold(clone, "-m", "dvc", "repro", *wanted) / one_process)
        ratios.append(timed_cold(clone, "-m", "clockwork", "run") / one_process)
    gate = []
    timed(clone, "-m", "clockwork", "regression", "--base=HEAD")
    for at in range(repeats):
        report(f"a pull request that changes nothing ({at + 1} of {repeats})")
        nothing = timed(clone, "-m", "dvc", "repro", *wanted)
        gate.append(timed(clone, "-m", "clockwork", "regression", "--base=HEAD") - nothing)
    return [
        Figure("dvc repro, cold, against one process", overhead, TIMES, 1.5),
        Figure("make run, cold, against one process", ratios, TIMES, 1.5),
        Figure("make regression without changes, beyond dvc repro", gate, SECONDS, 8),
    ]


def pull_request_figures(clone: Path, repeats: int, report: Report) -> list[Figure]:
    """A pull request that retrains LightGBM, with every check.

    Base and its extra seeds are cached.
    """
    run_all(clone)
    seconds, head = [], Checkout(clone).find("HEAD")
    for at in range(repeats + 1):
        report(f"a pull request with every check ({at} of {repeats}; the first fills base's cache)")
        edit = Edit(
            file="configs/models/lightgbm.yaml",
            find="lambda_l2: 5.0",
            replace=f"lambda_l2: 5.{at + 1}",
        )
        change = Change(name=f"ridge-{at}", title="A little more ridge", why="bench", edits=[edit])
        with (clone / BUILD / "bench.log").open("a", encoding="utf-8") as log:
            since = time.monotonic()
            simulate(Checkout(clone), head, change, "bench", BUILD / "bench", quick=False, log=log)
            seconds.append(time.monotonic() - since)
    return [
        Figure("a pull request with every check, base's pool cached", seconds[1:], SECONDS, 120)
    ]


def statistics_figures(clone: Path, repeats: int, report: Report) -> list[Figure]:
    """The statistics by themselves, in processor time on one core."""
    run_all(clone)
    found = []
    for at in range(repeats):
        report(f"the statistics ({at + 1} of {repeats})")
        found.append(answer(clone, "clockwork.selftest.bench.speed"))
    name = "2,000 resamples x 4 algorithms x 8 metrics x 6 slices"
    ratio = [one["own"] / one["reference"] for one in found]
    return [
        Figure(name, of(found, "everything"), SECONDS, 5),
        Figure("average precision, against scipy", ratio, EXACT, 0.01),
    ]
