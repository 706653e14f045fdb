"""Verdicts, and a git repository to try things in.

The repository is free of the settings of the machine that the tests run on.
"""

from pathlib import Path

import pytest

from clockwork.support.git import git
from clockwork.support.subprocesses import REPOSITORY_VARIABLES
from tests.engine.unit.verdicts import attack, audit, bare, estimate, fine, hostile, red, same

__all__ = ["attack", "audit", "bare", "estimate", "fine", "hostile", "red", "same"]

IDENTITY = {"NAME": "A Person", "EMAIL": "person@example.org"}


@pytest.fixture
def own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine, and of a hook that these tests may run in, play no part."""
    for name in REPOSITORY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for key, value in IDENTITY.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{key}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{key}", value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def commit(root: Path, name: str, content: str = "x") -> str:
    """Commit a file and give the hash."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(content, encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", f"Add {name}")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path, own_git: None) -> Path:  # noqa: ARG001 - it is used by being asked for
    """A repository with two commits on main; its path has a blank, as people's have."""
    root = tmp_path / "a repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, "first.txt")
    commit(root, "second.txt")
    return root
