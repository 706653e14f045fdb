"""Fetch a newer engine and bring it to this project: as one commit on a branch of its own, or not at all."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clockwork.release.manifest import MANIFEST, named
from clockwork.release.version import read_version
from clockwork.support.console import Report
from clockwork.support.errors import BadInput
from clockwork.support.git import add_worktree, changes, find_commit, git, remove_worktree
from clockwork.support.lock import locked
from clockwork.support.paths import BUILD
from clockwork.support.subprocesses import git_command, last_line, outside_hooks, run_module

PLACE = BUILD / "worktrees" / "upgrade"
ENGINE, PROJECT = "engine", "project"
BRANCH = "clockwork-{}"
APPLY = "clockwork.release.apply"


def upgrade(root: Path, source: str, revision: str | None, report: Report) -> int:
    """Leave the upgrade of the project at `root` on a branch, and say what it did; 1 where it has conflicts.

    `source` is a path or an address of the engine's repository, `revision` a commit there. The branch that is checked
    out, the index and the files stay as they are. Raises `BadInput`, with nothing left behind, where it cannot be done.
    """
    unsaved = changes(root)
    if unsaved:
        raise BadInput(f"{unsaved[0]} differs from HEAD; commit or stash it, and upgrade again")
    head = find_commit(root, "HEAD")
    with locked(root / PLACE.with_suffix(".lock")), _folders(root) as (engine, project):
        _fetch(root, source, revision, engine)
        version = read_version(engine)
        branch = BRANCH.format(version)
        _refuse_known(root, branch)
        add_worktree(root, project, head)
        found = _apply(engine, project)
        if not git(project, "status", "--porcelain", "--untracked-files=no"):
            report(f"engine {version}: this project has it already")
            return 0
        report(f"engine {found['before']} -> {found['now']}")
        for line in found["lines"]:
            report(f"  {line}")
        _commit(root, project, branch, version, found["conflicts"])
    return _advise(branch, found["conflicts"], report)


@contextmanager
def _folders(root: Path) -> Iterator[tuple[Path, Path]]:
    """Places for the fetched engine and for the project, both gone when the block ends, however it ends."""
    engine, project = root / PLACE / ENGINE, root / PLACE / PROJECT
    try:
        _clear(root, engine, project)
        yield engine, project
    finally:
        _clear(root, engine, project)


def _clear(root: Path, engine: Path, project: Path) -> None:
    remove_worktree(root, project)
    shutil.rmtree(engine, ignore_errors=True)


def _fetch(root: Path, source: str, revision: str | None, engine: Path) -> None:
    """Check `revision` of the repository `source` out at `engine`: a commit, a tag, or a branch of it."""
    if not source or source.startswith("-"):
        raise BadInput(f"FROM '{source}' is no repository; give a path or an address")
    if revision is not None and revision.startswith("-"):
        raise BadInput(f"TO '{revision}' looks like an option, not a commit; give a branch, a tag or a hash")
    local = root / Path(source).expanduser()
    engine.parent.mkdir(parents=True, exist_ok=True)
    # Nobody is there to answer a question for a password; a credential helper or a key still works.
    environ = {**outside_hooks(os.environ), "GIT_TERMINAL_PROMPT": "0"}
    address = str(local.resolve()) if local.exists() else source
    command = git_command(root, "clone", "--quiet", "--no-checkout", "--", address, str(engine))
    done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise BadInput(f"FROM '{source}': {last_line(done.stderr.decode(errors='replace'))}")
    git(engine, "checkout", "--quiet", "--detach", _revision(engine, source, revision))
    if not (engine / MANIFEST).is_file():
        raise BadInput(f"FROM '{source}' holds no {MANIFEST} at {revision or 'HEAD'}; give TO a release of the engine")


def _revision(engine: Path, source: str, revision: str | None) -> str:
    for name in (revision, f"origin/{revision}") if revision else ("HEAD",):
        try:
            return find_commit(engine, name)
        except BadInput:
            continue
    raise BadInput(f"TO '{revision or 'HEAD'}' is no commit of '{source}'; give a branch, a tag or a hash of it")


def _refuse_known(root: Path, branch: str) -> None:
    if git(root, "for-each-ref", "--format=%(refname)", f"refs/heads/{branch}"):
        raise BadInput(f"the branch {branch} is there already; merge it, or delete it with `git branch -D {branch}`")


def _apply(engine: Path, project: Path) -> dict[str, Any]:
    done = run_module(engine, APPLY, str(project))
    if done.returncode:
        raise BadInput(last_line(done.stderr).removeprefix("error: "))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _commit(root: Path, project: Path, branch: str, version: str, conflicts: list[str]) -> None:
    subject = f"Upgrade the engine to {version}{', with conflicts' if conflicts else ''}"
    git(project, "commit", "--quiet", "-m", subject)
    git(root, "branch", "--", branch, find_commit(project, "HEAD"))


def _advise(branch: str, conflicts: list[str], report: Report) -> int:
    if conflicts:
        report(f"{len(conflicts)} in conflict: {named(conflicts)}")
        report(f"git switch {branch}, solve what stands between <<<<<<< and >>>>>>>, commit, then make regression")
        return 1
    report(f"it is on the branch {branch}; clockwork/CHANGELOG.md there says what changed")
    report(f"git switch {branch}, then make regression; the verdict of its pull request needs an owner")
    return 0
