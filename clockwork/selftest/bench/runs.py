"""What the demo, the graph and the statistics cost."""

from pathlib import Path

from clockwork.selftest.bench.clone import answer, forget, run_all, timed, timed_cold
from clockwork.selftest.bench.figure import EXACT, SECONDS, TIMES, Figure, of
from clockwork.settings.gate import gate_settings
from clockwork.support.console import Report

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
    overhead = []
    for at in range(repeats):
        report(f"the graph against one process ({at + 1} of {repeats})")
        one_process = timed(clone, "-c", script)
        overhead.append(timed_cold(clone, "-m", "dvc", "repro", *wanted) / one_process)
    gate = []
    timed(clone, "-m", "clockwork", "regression", "--base=HEAD")
    for at in range(repeats):
        report(f"a pull request that changes nothing ({at + 1} of {repeats})")
        nothing = timed(clone, "-m", "dvc", "repro", *wanted)
        gate.append(timed(clone, "-m", "clockwork", "regression", "--base=HEAD") - nothing)
    return [
        Figure("dvc repro, cold, against one process", overhead, TIMES, 1.5),
        Figure("make regression without changes, beyond dvc repro", gate, SECONDS, 8),
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
