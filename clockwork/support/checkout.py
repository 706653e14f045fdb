"""A folder of a checked-out commit: the few questions Clockwork asks its git, and its worktrees."""

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from clockwork.support.dvc_settings import share_settings
from clockwork.support.errors import BadInput
from clockwork.support.git import Commit, git, run_git
from clockwork.support.subprocesses import last_line, run_module


@dataclass(frozen=True)
class Checkout:
    """The checkout at `root`, by default here; `checkout / place` is a file or a folder in it."""

    root: Path = field(default_factory=Path.cwd)

    def __truediv__(self, place: Path | str) -> Path:
        return self.root / place

    def git(self, *args: str) -> str:
        """What `git` prints for `args`. Raises `BadInput` with git's own last line."""
        return git(self.root, *args)

    def ask(self, *args: str) -> str | None:
        """What `git` prints for `args`; None where it refuses."""
        try:
            return self.git(*args)
        except BadInput:
            return None

    def run(self, module: str, *args: str) -> "subprocess.CompletedProcess[str]":
        """Run `python -m module args` with its code, and take what it prints."""
        return run_module(self.root, module, *args)

    def find(self, revision: str) -> str:
        """The full hash of `revision`, which a user may have typed.

        Raises `BadInput` where there is no such commit.
        """
        if revision.startswith("-"):
            raise BadInput(
                f"BASE '{revision}' looks like an option, not a commit; "
                "give a branch, a tag or a hash"
            )
        sha = self.known(revision)
        if sha is None:
            raise BadInput(
                f"BASE '{revision}' is no commit here; fetch it, or give a branch, a tag or a hash"
            )
        return sha

    def known(self, revision: str) -> str | None:
        """The full hash of `revision`; None where there is no such commit."""
        return self.ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )

    def commit(self, revision: str = "HEAD") -> Commit:
        """The commit that `revision` names, with its subject line. Raises `BadInput` for none."""
        sha = self.find(revision)
        return Commit(
            sha,
            self.git("log", "-1", "--format=%s", "--encoding=UTF-8", "--no-show-signature", sha),
        )

    @property
    def branch(self) -> str | None:
        """The branch that is checked out; None where it is a commit on no branch."""
        return self.ask("symbolic-ref", "--quiet", "--short", "HEAD")

    def tips(self, branch: str) -> list[str]:
        """The commits that `branch` ends with: the shared one first, then the one here."""
        return [sha for name in (f"origin/{branch}", branch) if (sha := self.known(name))]

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Whether `commit` is `of` or came before it; not where one of them is unknown here."""
        return self.ask("merge-base", "--is-ancestor", commit, of) is not None

    def is_on(self, head: str, target: str) -> bool:
        """Whether `head` is a commit of the branch `target`, here or on its remote, already."""
        return any(self.is_ancestor(head, tip) for tip in self.tips(target))

    def changes(self) -> list[str]:
        """Files that differ from HEAD or are new, but for dvc.lock, which a run writes anew."""
        listed = self.git("status", "--porcelain", "--no-renames", "--untracked-files=normal", "-z")
        names = [entry[3:] for entry in _names(listed)]
        return [name for name in names if name != "dvc.lock"]

    def new_files(self, folder: str) -> list[str]:
        """The files below `folder` that git neither tracks nor ignores."""
        return _names(self.git("ls-files", "--others", "--exclude-standard", "-z", "--", folder))

    def tracked(self, pattern: str) -> list[str]:
        """The files that git tracks and `pattern` fits; none where there is no repository."""
        return _names(self.ask("ls-files", "-z", "--", pattern) or "")

    def committed(self, file: str, sha: str = "HEAD") -> bytes | None:
        """What commit `sha` holds under `file`; None where there is no such file or commit.

        Raises `BadInput` where it is there and git cannot read it: a partial clone without its
        origin, a broken object.
        """
        done = run_git(self.root, "show", f"{sha}:{file}")
        if done.returncode and self.known(sha) and self.git("ls-tree", sha, "--", file):
            raise BadInput(f"git show: {last_line(done.stderr.decode(errors='replace'))}")
        return None if done.returncode else done.stdout

    @property
    def main(self) -> "Checkout":
        """The checkout worktrees belong to: where the DVC cache and embedded MLflow store lie."""
        common = Path(self.git("rev-parse", "--path-format=absolute", "--git-common-dir"))
        return Checkout(common.parent if common.name == ".git" else self.root.resolve())

    def refuse_links(self, files: Iterable[str]) -> None:
        """Raise `BadInput` where one of `files` is a link, or lies behind one.

        To write it would be to write elsewhere, perhaps out of the checkout.
        """
        root = self.root.resolve()
        for file in files:
            if (self / file).resolve() != root / file:
                raise BadInput(f"{file}: leads elsewhere; replace the link by what it leads to")

    def branch_with(self, worktree: "Checkout", branch: str, subject: str) -> None:
        """Commit what is staged in `worktree`, and only then make the `branch` that ends there."""
        worktree.git("commit", "--quiet", "-m", subject)
        self.git("branch", "--", branch, worktree.find("HEAD"))

    def add_worktree(self, folder: Path, sha: str) -> "Checkout":
        """Check `sha` out at `folder`, with the DVC cache of this checkout."""
        self.remove_worktree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        self.git("worktree", "add", "--detach", "--force", str(folder), sha)
        if (folder / ".dvc").is_dir():
            share_settings(self.root, self.main.root, folder)
        return Checkout(folder)

    def remove_worktree(self, folder: Path) -> None:
        """Take the worktree at `folder` away, whatever its state."""
        if folder.exists():
            try:
                self.git("worktree", "remove", "--force", "--force", str(folder))
            except BadInput:  # half made, or unknown to git
                shutil.rmtree(folder)
        self.git("worktree", "prune")


def _names(listed: str) -> list[str]:
    return [name for name in listed.split("\0") if name]
