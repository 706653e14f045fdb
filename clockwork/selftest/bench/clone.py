"""A fresh clone of HEAD to measure in, and processes that run there by the clock."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clockwork.support.errors import BadInput
from clockwork.support.git import git
from clockwork.support.paths import BUILD
from clockwork.support.subprocesses import environment


@contextmanager
def fresh(root: Path) -> Iterator[Path]:
    """A clone of `root` with HEAD as its main branch; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="clockwork-bench-") as folder:
        clone = Path(folder) / "clone"
        git(root, "clone", "--quiet", str(root), str(clone))
        git(clone, "checkout", "--quiet", "-B", "main")
        yield clone


def forget(clone: Path) -> None:
    """Take away all that was ever generated, DVC's cache with it."""
    for name in (BUILD, "data", "mlruns", ".dvc/cache", ".dvc/tmp"):
        shutil.rmtree(clone / name, ignore_errors=True)
    git(clone, "worktree", "prune")
    git(clone, "checkout", "--quiet", "--force", "main")


def run_all(clone: Path) -> None:
    """Bring the clone's whole graph up to date, with the data."""
    python(clone, "-m", "clockwork", "run")


def timed_cold(clone: Path, *args: str) -> float:
    """Seconds of `python args` where the data is there and no stage has run."""
    for name in (BUILD, ".dvc/cache/runs", ".dvc/tmp"):
        shutil.rmtree(clone / name, ignore_errors=True)
    (clone / "dvc.lock").unlink(missing_ok=True)
    taken = timed(clone, *args)
    git(clone, "checkout", "--quiet", "--force", "main")
    return taken


def timed(clone: Path, *args: str) -> float:
    """Seconds of `python args`."""
    since = time.monotonic()
    python(clone, *args)
    return time.monotonic() - since


def answer(clone: Path, module: str, *args: str) -> Any:
    """What `python -m module args` prints as JSON in its last line."""
    return json.loads(python(clone, "-m", module, *args).splitlines()[-1])


def python(clone: Path, *args: str) -> str:
    """What `python args` prints. Raises `BadInput` where it ends in an error."""
    done = subprocess.run(
        [sys.executable, *args],
        cwd=clone,
        env=environment(),
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        raise BadInput(
            f"{' '.join(args[:3])} ended with {done.returncode}: "
            f"{done.stdout[-300:]} {done.stderr[-300:]}"
        )
    return done.stdout
