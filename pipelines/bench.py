"""The figures of the README, measured side by side in a fresh clone of HEAD: medians and ratios, not promises."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipelines.errors import BadInput
from pipelines.git import find_commit, git
from pipelines.graph import environment
from pipelines.paths import BUILD
from pipelines.play import play
from pipelines.settings.gate import gate_settings
from seeds.defects.edits import Change, Edit

ONE_PROCESS = """
import importlib, sys
for words in {stages!r}:
    module, *rest = words
    importlib.import_module("pipelines.stages." + module).main(*rest)
"""
SPEED = """
import dataclasses, json
from pathlib import Path
from pipelines.arms import Arm
from pipelines.audit.speed import speed
from pipelines.evidence import Evidence
arm = Arm(Path(), Path("build/scores"))
print(json.dumps(dataclasses.asdict(speed(Evidence(arm.judging, arm.runs(arm.judging, arm.algorithms()), {})))))
"""
SECONDS, TIMES, PART = "{:.1f} s", "{:.2f} x", "{:.4f} x"


@dataclass(frozen=True)
class Figure:
    """One measured figure: its median over the repeats, how it is told, and the most it may be."""

    name: str
    values: list[float]
    form: str
    bar: float

    @property
    def median(self) -> float:
        """The middle one of the repeats."""
        return statistics.median(self.values)


def bench(root: Path, repeats: int, say: Callable[[str], None]) -> int:
    """Measure everything `repeats` times and print the table; 1 where a figure misses its bar."""
    with _clone(root) as clone:
        figures = [*demo_figures(clone, repeats, say), *run_figures(clone, repeats, say)]
        figures += [*pull_request_figures(clone, repeats, say), *speed_figures(clone, repeats, say)]
    Console(width=100).print(table(figures, repeats))
    return int(any(figure.median > figure.bar for figure in figures))


def demo_figures(clone: Path, repeats: int, say: Callable[[str], None]) -> list[Figure]:
    """`make demo` from nothing, and again with everything cached that can be."""
    cold, warm = [], []
    for at in range(repeats):
        say(f"demo, cold and warm ({at + 1} of {repeats})")
        _forget(clone)
        cold.append(_seconds(clone, "-m", "pipelines", "demo"))
        warm.append(_seconds(clone, "-m", "pipelines", "demo"))
    return [Figure("make demo, cold", cold, SECONDS, 90), Figure("make demo, warm", warm, SECONDS, 40)]


def run_figures(clone: Path, repeats: int, say: Callable[[str], None]) -> list[Figure]:
    """What the gate and the graph cost beyond the work itself."""
    algorithms = list(gate_settings(clone).algorithms)
    wanted = ["probe", *(f"score@{name}" for name in algorithms)]
    chain = [[stage, name] for name in algorithms for stage in ("tune", "train", "score")]
    script = ONE_PROCESS.format(stages=[["validate"], ["features"], ["split"], *chain, ["probe"]])
    overhead, ours = [], []
    for at in range(repeats):
        say(f"the graph against one process ({at + 1} of {repeats})")
        one_process = _seconds(clone, "-c", script)
        overhead.append(_cold(clone, "-m", "dvc", "repro", *wanted) / one_process)
        ours.append(_cold(clone, "-m", "pipelines", "run") / one_process)
    gate = []
    _seconds(clone, "-m", "pipelines", "regression", "--base=HEAD")
    for at in range(repeats):
        say(f"a pull request that changes nothing ({at + 1} of {repeats})")
        nothing = _seconds(clone, "-m", "dvc", "repro", *wanted)
        gate.append(_seconds(clone, "-m", "pipelines", "regression", "--base=HEAD") - nothing)
    return [
        Figure("dvc repro, cold, against one process", overhead, TIMES, 1.5),
        Figure("make run, cold, against one process", ours, TIMES, 1.5),
        Figure("make regression without changes, beyond dvc repro", gate, SECONDS, 8),
    ]


def pull_request_figures(clone: Path, repeats: int, say: Callable[[str], None]) -> list[Figure]:
    """A pull request that retrains LightGBM, with every check, where base and its pool of seeds are cached."""
    seconds, head = [], find_commit(clone, "HEAD")
    for at in range(repeats + 1):
        say(f"a pull request with every check ({at} of {repeats}; the first fills base's cache)")
        edit = Edit(file="configs/models/lightgbm.yaml", find="lambda_l2: 5.0", replace=f"lambda_l2: 5.{at + 1}")
        change = Change(name=f"ridge-{at}", title="A little more ridge", why="bench", edits=[edit])
        with (clone / BUILD / "bench.log").open("a", encoding="utf-8") as log:
            since = time.monotonic()
            play(clone, head, change, "bench", BUILD / "bench", quick=False, log=log)
            seconds.append(time.monotonic() - since)
    return [Figure("a pull request with every check, base's pool cached", seconds[1:], SECONDS, 120)]


def speed_figures(clone: Path, repeats: int, say: Callable[[str], None]) -> list[Figure]:
    """The statistics by themselves, in processor time on one core."""
    found = []
    for at in range(repeats):
        say(f"the statistics ({at + 1} of {repeats})")
        found.append(json.loads(_python(clone, "-c", SPEED)))
    return [
        Figure(
            "2,000 resamples x 4 algorithms x 8 metrics x 6 slices", [one["everything"] for one in found], SECONDS, 5
        ),
        Figure("average precision, against scipy", [one["ours"] / one["theirs"] for one in found], PART, 0.01),
    ]


def table(figures: list[Figure], repeats: int) -> Table:
    """The figures as people read them."""
    out = Table("figure", "median", "least to most", "at most", title=f"Medians of {repeats}, in a fresh clone")
    for one in figures:
        told = [one.form.format(value) for value in (one.median, min(one.values), max(one.values), one.bar)]
        style = "" if one.median <= one.bar else "red"
        out.add_row(one.name, told[0], f"{told[1]} to {told[2]}", told[3], style=style)
    return out


@contextmanager
def _clone(root: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="clockwork-bench-") as folder:
        clone = Path(folder) / "clone"
        git(root, "clone", "--quiet", str(root), str(clone))
        git(clone, "checkout", "--quiet", "-B", "main")
        yield clone


def _forget(clone: Path) -> None:
    for name in (BUILD, "data", "mlruns", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(clone / name, ignore_errors=True)
    git(clone, "worktree", "prune")
    git(clone, "checkout", "--quiet", "--force", "main")


def _cold(clone: Path, *words: str) -> float:
    for name in (BUILD, ".dvc/cache/runs", ".dvc/tmp"):
        shutil.rmtree(clone / name, ignore_errors=True)
    (clone / "dvc.lock").unlink(missing_ok=True)
    seconds = _seconds(clone, *words)
    git(clone, "checkout", "--quiet", "--force", "main")
    return seconds


def _seconds(clone: Path, *words: str) -> float:
    since = time.monotonic()
    _python(clone, *words)
    return time.monotonic() - since


def _python(clone: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=clone, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BadInput(f"{' '.join(words[:3])} ended with {done.returncode}: {done.stdout[-300:]} {done.stderr[-300:]}")
    return done.stdout
