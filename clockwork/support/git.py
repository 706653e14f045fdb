"""The few questions that Clockwork asks git, and the throw-away worktrees it makes."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from clockwork.support.dvc_settings import share_settings
from clockwork.support.errors import BadInput
from clockwork.support.subprocesses import git_command, outside_hooks


@dataclass(frozen=True)
class Commit:
    """A commit, as people know it."""

    sha: str
    subject: str


def git(root: Path, *args: str) -> str:
    """What `git` prints for `args` in `root`, without the user's hooks. Raises `BadInput` with git's own last line."""
    try:
        done = subprocess.run(
            git_command(root, *args),
            env=outside_hooks(os.environ),
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError:
        raise BadInput("git is not on PATH; install it") from None
    if done.returncode:
        raise BadInput(f"git {args[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return done.stdout.strip()


def find_commit(root: Path, revision: str) -> str:
    """The full hash of `revision`, which a user may have typed. Raises `BadInput` where there is no such commit."""
    if revision.startswith("-"):
        raise BadInput(f"BASE '{revision}' looks like an option, not a commit; give a branch, a tag or a hash")
    try:
        return git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except BadInput:
        raise BadInput(f"BASE '{revision}' is no commit here; fetch it, or give a branch, a tag or a hash") from None


def describe(root: Path, sha: str) -> Commit:
    """The commit with its subject line."""
    return Commit(sha=sha, subject=git(root, "log", "-1", "--format=%s", sha))


def current_branch(root: Path) -> str | None:
    """The branch that is checked out at `root`; None where it is a commit on no branch."""
    try:
        return git(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    except BadInput:
        return None


def is_on(root: Path, head: str, target: str) -> bool:
    """Whether `head` is a commit of the branch `target`, here or on its remote, already."""
    for branch in (f"origin/{target}", target):
        try:
            if git(root, "merge-base", find_commit(root, branch), head) == head:
                return True
        except BadInput:
            continue
    return False


def changes(root: Path) -> list[str]:
    """Files that differ from HEAD or are new, but for dvc.lock, which a run writes anew."""
    listed = git(root, "status", "--porcelain", "--no-renames", "--untracked-files=normal", "-z").split("\0")
    names = [entry.lstrip().split(maxsplit=1)[1] for entry in listed if entry]
    return [name for name in names if name != "dvc.lock"]


def tracked(root: Path, pattern: str) -> list[str]:
    """The files below `root` that git tracks and `pattern` fits; none where there is no repository."""
    try:
        return [name for name in git(root, "ls-files", "-z", "--", pattern).split("\0") if name]
    except BadInput:
        return []


def committed(root: Path, file: str) -> bytes | None:
    """What the commit checked out at `root` holds under `file`; None where it has no such file, or no commit."""
    return content(root, "HEAD", file)


def content(root: Path, sha: str, file: str) -> bytes | None:
    """What the commit `sha` holds under `file`; None where it has no such file, or there is no such commit."""
    command = git_command(root, "show", f"{sha}:{file}")
    done = subprocess.run(command, env=outside_hooks(os.environ), capture_output=True, check=False)
    return None if done.returncode else done.stdout


def main_checkout(root: Path) -> Path:
    """The checkout that worktrees belong to: where the DVC cache and the embedded MLflow store lie."""
    common = Path(git(root, "rev-parse", "--path-format=absolute", "--git-common-dir"))
    return common.parent if common.name == ".git" else root.resolve()


def add_worktree(root: Path, folder: Path, sha: str) -> None:
    """Check `sha` out at `folder`, with the DVC cache of the checkout at `root`."""
    remove_worktree(root, folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    git(root, "worktree", "add", "--detach", "--force", str(folder), sha)
    if (folder / ".dvc").is_dir():
        share_settings(root, main_checkout(root), folder)


def remove_worktree(root: Path, folder: Path) -> None:
    """Take the worktree at `folder` away, whatever its state."""
    if folder.exists():
        try:
            git(root, "worktree", "remove", "--force", "--force", str(folder))
        except BadInput:  # half made, or unknown to git
            shutil.rmtree(folder)
    git(root, "worktree", "prune")
