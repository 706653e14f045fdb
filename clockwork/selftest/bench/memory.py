"""The most memory that any process of a stage holds, over days of a fleet.

That is with one algorithm, one seed and no search.
`python -m clockwork.selftest.bench.memory 10000 3` prints it in MB, with seconds, for so many
devices and days.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from clockwork.learning.tables import write_json
from clockwork.project import STAGES
from clockwork.selftest.bench.clone import fresh, python
from clockwork.selftest.bench.day import RECIPE
from clockwork.support.paths import CONFIGS, TUNING

ALGORITHM, SEED = "lightgbm", 1
ORDER = ("validate", "features", "split", "train", "score", "probe")
OWN = ("train", "score")  # stages of an algorithm
# In a small process of its own: a child is born with its parent's size, and that would count.
PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=2).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def prepare(clone: Path, devices: int, days: int) -> None:
    """The rows of the fleet in place of the clone's data, and settings for one training."""
    recipe = yaml.safe_load((clone / RECIPE).read_text(encoding="utf-8"))
    parts = max(1, recipe["parts"] * devices // recipe["devices"])
    _write(clone / RECIPE, {**recipe, "devices": devices, "days": days, "parts": parts})
    python(clone, "-m", "seeds.fleet", "--recipe", str(RECIPE), "--out", "data")
    _edit(clone / CONFIGS / "gate.yaml", {"algorithms": {ALGORITHM: "gating"}})
    _edit(clone / CONFIGS / "training.yaml", {"seeds": [SEED]})
    model = yaml.safe_load(
        (clone / CONFIGS / "models" / f"{ALGORITHM}.yaml").read_text(encoding="utf-8")
    )
    write_json(clone / TUNING / f"{ALGORITHM}.json", {"params": model["params"], "trials": []})


def _edit(path: Path, changes: dict[str, Any]) -> None:
    _write(path, {**yaml.safe_load(path.read_text(encoding="utf-8")), **changes})


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def peak(clone: Path, *command: str) -> float:
    """Most MB in any process of `python command`. Raises `CalledProcessError` where it fails."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, sys.executable, *command],
        cwd=clone,
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(done.stdout) / 1e3


def main(devices: int, days: int) -> None:
    """Print a line for each stage."""
    with fresh(Path()) as clone:
        prepare(clone, devices, days)
        for stage in ORDER:
            since = time.monotonic()
            held = peak(clone, "-m", f"{STAGES}.{stage}", *([ALGORITHM] if stage in OWN else []))
            print(  # noqa: T201
                f"{stage:<9} {held:6.0f} MB {time.monotonic() - since:6.0f} s", flush=True
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
