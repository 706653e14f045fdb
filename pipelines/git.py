"""The few questions that Clockwork asks git, and the throw-away worktrees it makes."""

import configparser
import shutil
import subprocess
from pathlib import Path

from pipelines.errors import BadInput
from pipelines.verdict import Commit


def git(root: Path, *words: str) -> str:
    """What `git` prints for `words` in `root`. Raises `BadInput` with git's own last line."""
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BadInput("git is not on PATH; install it") from None
    if done.returncode:
        raise BadInput(f"git {words[0]}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
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


def base_of(root: Path, head: str, target: str) -> str | None:
    """The commit that `head` is judged against: its merge-base with `target`, or, where `head` is on it, its parent.

    None where `head` has no parent: nothing came before it.
    """
    for branch in (f"origin/{target}", target):
        try:
            tip = find_commit(root, branch)
            found = git(root, "merge-base", tip, head)
        except BadInput:
            continue
        return found if found != head else _parent(root, head)
    raise BadInput(f"no common commit with branch '{target}'; fetch it, give BASE=, or mend target_branch in gate.yaml")


def _parent(root: Path, sha: str) -> str | None:
    parents = git(root, "rev-list", "--parents", "-n", "1", sha).split()[1:]
    return parents[0] if parents else None


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
    lines = git(root, "status", "--porcelain", "--untracked-files=normal").splitlines()
    return [line.split(maxsplit=1)[1] for line in lines if line.split(maxsplit=1)[1] != "dvc.lock"]


def committed(root: Path, file: str) -> bytes | None:
    """What the commit checked out at `root` holds under `file`; None where it has no such file, or no commit."""
    words = ["git", "-C", str(root), "show", f"HEAD:{file}"]
    done = subprocess.run(words, capture_output=True, check=False)
    return None if done.returncode else done.stdout


def main_checkout(root: Path) -> Path:
    """The checkout that worktrees belong to: where the DVC cache and the embedded MLflow store lie."""
    common = Path(git(root, "rev-parse", "--path-format=absolute", "--git-common-dir"))
    return common.parent if common.name == ".git" else root.resolve()


def add_worktree(root: Path, folder: Path, sha: str) -> None:
    """Check `sha` out at `folder`, sharing the main checkout's DVC cache."""
    remove_worktree(root, folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    git(root, "worktree", "add", "--detach", "--force", str(folder), sha)
    main = main_checkout(root) / ".dvc"
    if (folder / ".dvc").is_dir():
        # What a user set for this machine alone, such as a remote's key, holds in the worktree too.
        config = configparser.ConfigParser(interpolation=None)
        config.read(main / "config.local")
        config["cache"] = {"dir": str(main / "cache"), "type": '"reflink,hardlink,copy"'}
        with (folder / ".dvc" / "config.local").open("w", encoding="utf-8") as local:
            config.write(local)


def remove_worktree(root: Path, folder: Path) -> None:
    """Take the worktree at `folder` away, whatever its state."""
    if folder.exists():
        try:
            git(root, "worktree", "remove", "--force", "--force", str(folder))
        except BadInput:  # half made, or unknown to git
            shutil.rmtree(folder)
    git(root, "worktree", "prune")
