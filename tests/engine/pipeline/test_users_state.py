"""What is the user's, git's files above all, is as it was after every verb, also a killed one."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import QUIET_GIT, Ended, Project, Projects

OWN = (
    ".git/index",
    ".git/HEAD",
    ".git/config",
    ".git/logs/HEAD",
    ".git/logs/refs/stash",
    ".dvc/config",
)
AWAY = "http://127.0.0.1:9"
REGRESSION = ("regression", "--quick", "--base", "main")


@pytest.fixture(scope="module")
def mine(project: Projects) -> Project:
    """A project with a stash, a branch and hooks of the user, which would fail."""
    project_ = project("state")
    project_.git("switch", "--quiet", "--create", "topic")
    (project_.root / "NOTE.md").write_text("A note.\n", encoding="utf-8")
    project_.commit("Write a note")
    (project_.root / "NOTE.md").write_text("Another note.\n", encoding="utf-8")
    project_.git("stash", "--quiet")
    for name in ("post-checkout", "post-commit", "post-index-change", "reference-transaction"):
        hook = project_.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        hook.chmod(0o755)
    return project_


def state(project: Project, *but: str) -> dict[str, bytes]:
    """The bytes of git's own files, of every branch and of every tracked file."""
    root = project.root
    refs = sorted(path for path in (root / ".git" / "refs").rglob("*") if path.is_file())
    names = [name for name in project.git("ls-files", "-z").split("\0") if name and name not in but]
    paths = [*(root / name for name in (*OWN, *names)), *refs]
    return {
        str(path.relative_to(root)): path.read_bytes() if path.exists() else b"gone"
        for path in paths
    }


def in_a_hook(root: Path) -> dict[str, str]:
    """What git hands to a hook of its own."""
    return {
        "GIT_DIR": str(root / ".git"),
        "GIT_INDEX_FILE": ".git/index",
        "GIT_PREFIX": "",
        "GIT_WORK_TREE": str(root),
    }


def kill_in_the_middle(project: Project) -> None:
    """Run the regression test and kill it with all that it started once head's graph is at work."""
    environ = {**os.environ, **QUIET_GIT, "PYTHONUNBUFFERED": "1"}
    words = [sys.executable, "-m", "clockwork", *REGRESSION]
    with subprocess.Popen(
        words,
        cwd=project.root,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        assert running.stdout
        assert any(line.startswith("head ") for line in running.stdout)
        lock = project.root / "build" / "dvc.lock.kept"
        while not lock.exists():
            assert running.poll() is None
        os.killpg(running.pid, signal.SIGKILL)


def verdict_waits(project: Project, ended: Ended) -> None:
    """A tracking server that is away changed no verdict: that waits on disk, and a line says so."""
    verdict = project.verdict()
    assert (verdict["outcome"], verdict["exit_code"]) == ("pass", 0)
    (line,) = [line for line in ended.text.splitlines() if line.startswith("mlflow: ")]
    assert AWAY in line
    (record,) = (project.root / "mlruns" / "outbox").glob("*/record.json")
    assert json.loads(record.read_text(encoding="utf-8"))["tags"]["head"] == verdict["head"]["sha"]


def test_every_verb_leaves_the_users_state_as_it_was_also_with_the_tracking_server_away(
    mine: Project,
) -> None:
    before, locks = state(mine), ("dvc.lock",)
    kill_in_the_middle(mine)
    assert state(mine, *locks) == {
        name: value for name, value in before.items() if name not in locks
    }
    ended = mine.run(*REGRESSION, env={**in_a_hook(mine.root), "MLFLOW_TRACKING_URI": AWAY})
    assert ended.code == 0, ended.text
    assert state(mine) == before
    verdict_waits(mine, ended)
    ended = mine.run("run", env=in_a_hook(mine.root))
    assert ended.code == 0, ended.text
    assert state(mine, *locks) == {
        name: value for name, value in before.items() if name not in locks
    }
