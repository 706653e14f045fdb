"""dvc.lock is the user's again after a run, however the run ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clockwork.support.checkout import Checkout
from clockwork.support.dvc_lock import own_lock, restore_lock
from clockwork.support.git import git
from tests.engine.unit.conftest import commit

KILLED = """
import os, sys
from pathlib import Path
from clockwork.support.checkout import Checkout
from clockwork.support.dvc_lock import own_lock
with own_lock(Checkout(Path(sys.argv[1]))):
    Path(sys.argv[1], "dvc.lock").write_text("half a run's")
    os._exit(9)
"""


@pytest.fixture
def lock(repo: Path) -> Path:
    """The dvc.lock of a repository, committed."""
    commit(repo, ".gitignore", "/build/\n")
    commit(repo, "dvc.lock", "the commit's")
    return repo / "dvc.lock"


def run(lock: Path, text: str) -> str | None:
    """Run a graph that leaves `text` in dvc.lock; what it found there."""
    with own_lock(Checkout(lock.parent)):
        found = lock.read_text() if lock.exists() else None
        lock.write_text(text)
    return found


def test_a_run_believes_what_the_last_run_here_wrote_and_gives_the_commits_back(
    repo: Path, lock: Path
) -> None:
    index = (repo / ".git" / "index").read_bytes()
    assert run(lock, "first") is None
    assert lock.read_text() == "the commit's"
    assert run(lock, "second") == "first"
    assert lock.read_text() == "the commit's"
    assert git(repo, "status", "--porcelain") == ""
    assert (repo / ".git" / "index").read_bytes() == index


def test_a_run_that_ends_in_an_error_gives_the_commits_back_too(lock: Path) -> None:
    with pytest.raises(ValueError, match="broken"), own_lock(Checkout(lock.parent)):
        raise ValueError("broken")
    assert lock.read_text() == "the commit's"


def test_without_a_dvc_lock_there_is_none_afterwards(repo: Path) -> None:
    run(repo / "dvc.lock", "first")
    assert not (repo / "dvc.lock").exists()


def kill(lock: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(lock.parent)], cwd=Path.cwd(), check=False
    )
    assert (done.returncode, lock.read_text()) == (9, "half a run's")


def test_after_a_killed_run_the_next_gives_the_users_back(lock: Path) -> None:
    lock.write_text("the user's, not committed yet")
    kill(lock)
    run(lock, "whole")
    assert lock.read_text() == "the user's, not committed yet"


def test_after_a_killed_run_what_git_checked_out_since_stays(repo: Path, lock: Path) -> None:
    kill(lock)
    git(repo, "checkout", "--quiet", "--force", "HEAD")
    assert Checkout(repo).changes() == []
    os.utime(lock)
    commit(repo, "dvc.lock", "the next commit's")
    restore_lock(Checkout(repo))
    assert lock.read_text() == "the next commit's"
