"""Fetch a newer engine and bring it to this project.

It comes as one commit on a branch of its own, or not at all.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clockwork.release.manifest import MANIFEST
from clockwork.release.version import read_version
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput, named
from clockwork.support.git import run_git
from clockwork.support.lock import locked
from clockwork.support.paths import BUILD
from clockwork.support.subprocesses import last_line

PLACE = BUILD / "worktrees" / "upgrade"
ENGINE, PROJECT = "engine", "project"
BRANCH = "clockwork-{}"
APPLY = "clockwork.release.apply"


def upgrade(checkout: Checkout, source: str, revision: str | None, report: Report) -> int:
    """Leave the upgrade of the project in `checkout` on a branch, say what it did; 1 on conflicts.

    `source` is a path or an address of the engine's repository, `revision` a commit there. The
    branch that is checked out, the index and the files stay as they are. Raises `BadInput`, with
    nothing left behind, where it cannot be done.
    """
    unsaved = checkout.changes()
    if unsaved:
        raise BadInput(f"{unsaved[0]} differs from HEAD; commit or stash it, and upgrade again")
    head = checkout.find("HEAD")
    with locked(checkout / PLACE.with_suffix(".lock")), _folders(checkout) as (engine, project):
        _fetch(checkout, source, revision, engine)
        version = read_version(engine)
        branch = BRANCH.format(version)
        _refuse_known(checkout, branch)
        checkout.add_worktree(project.root, head)
        found = _apply(engine, project)
        if not project.git("status", "--porcelain", "--untracked-files=no"):
            report(f"engine {version}: this project has it already")
            return 0
        report(f"engine {found['before']} -> {found['now']}")
        for line in found["lines"]:
            report(f"  {line}")
        conflicts = ", with conflicts" if found["conflicts"] else ""
        checkout.branch_with(project, branch, f"Upgrade the engine to {version}{conflicts}")
    return _advise(branch, found["conflicts"], report)


@contextmanager
def _folders(checkout: Checkout) -> Iterator[tuple[Checkout, Checkout]]:
    """Places for the fetched engine and the project, both gone however the block ends."""
    engine, project = (Checkout(checkout / PLACE / name) for name in (ENGINE, PROJECT))
    try:
        _clear(checkout, engine, project)
        yield engine, project
    finally:
        _clear(checkout, engine, project)


def _clear(checkout: Checkout, engine: Checkout, project: Checkout) -> None:
    checkout.remove_worktree(project.root)
    shutil.rmtree(engine.root, ignore_errors=True)


def _fetch(checkout: Checkout, source: str, revision: str | None, engine: Checkout) -> None:
    """Check `revision` of the repository `source` out at `engine`: a commit, tag or branch."""
    if not source or source.startswith("-"):
        raise BadInput(f"FROM '{source}' is no repository; give a path or an address")
    if revision is not None and revision.startswith("-"):
        raise BadInput(
            f"TO '{revision}' looks like an option, not a commit; give a branch, a tag or a hash"
        )
    local = checkout / Path(source).expanduser()
    engine.root.parent.mkdir(parents=True, exist_ok=True)
    # Nobody is there to answer a question for a password; a credential helper or a key still works.
    address = str(local.resolve()) if local.exists() else source
    clone = ("clone", "--quiet", "--no-checkout", "--", address, str(engine.root))
    done = run_git(checkout.root, *clone, GIT_TERMINAL_PROMPT="0")
    if done.returncode:
        raise BadInput(f"FROM '{source}': {last_line(done.stderr.decode(errors='replace'))}")
    engine.git("checkout", "--quiet", "--detach", _revision(engine, source, revision))
    if not (engine / MANIFEST).is_file():
        raise BadInput(
            f"FROM '{source}' holds no {MANIFEST} at {revision or 'HEAD'}; "
            "give TO a release of the engine"
        )


def _revision(engine: Checkout, source: str, revision: str | None) -> str:
    for name in (revision, f"origin/{revision}") if revision else ("HEAD",):
        sha = engine.known(name)
        if sha:
            return sha
    raise BadInput(
        f"TO '{revision or 'HEAD'}' is no commit of '{source}'; "
        "give a branch, a tag or a hash of it"
    )


def _refuse_known(checkout: Checkout, branch: str) -> None:
    if checkout.git("for-each-ref", "--format=%(refname)", f"refs/heads/{branch}"):
        raise BadInput(
            f"the branch {branch} is there already; "
            f"merge it, or delete it with `git branch -D {branch}`"
        )


def _apply(engine: Checkout, project: Checkout) -> dict[str, Any]:
    done = engine.run(APPLY, str(project.root))
    if done.returncode:
        raise BadInput(last_line(done.stderr).removeprefix("error: "))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _advise(branch: str, conflicts: list[str], report: Report) -> int:
    if conflicts:
        report(f"{len(conflicts)} in conflict: {named(conflicts)}")
        report(
            f"git switch {branch}, solve what stands between <<<<<<< and >>>>>>>, "
            "commit, then make regression"
        )
        return 1
    report(f"it is on the branch {branch}; clockwork/CHANGELOG.md there says what changed")
    report(
        f"git switch {branch}, then make regression; the verdict of its pull request needs an owner"
    )
    return 0
