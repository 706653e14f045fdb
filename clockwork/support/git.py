"""A call of git, and a commit; what a checkout is asked is in `checkout.py`."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from clockwork.support.errors import BadInput
from clockwork.support.subprocesses import last_line, outside_hooks


@dataclass(frozen=True)
class Commit:
    """A commit, as people know it."""

    sha: str
    subject: str


def run_git(root: Path, *args: str, **variables: str) -> "subprocess.CompletedProcess[bytes]":
    """Run git in `root` without the user's hooks, with further environment `variables`."""
    plain = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")
    return subprocess.run(
        ["git", "-C", str(root), *plain, *args],
        env={**outside_hooks(os.environ), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def git(root: Path, *args: str) -> str:
    """What `run_git` prints, without the end of its last line.

    Raises `BadInput` with git's own last line.
    """
    try:
        done = run_git(root, *args)
    except FileNotFoundError:
        raise BadInput("git is not on PATH; install it") from None
    if done.returncode:
        raise BadInput(f"git {args[0]}: {last_line(done.stderr.decode(errors='replace'))}")
    return done.stdout.decode(errors="replace").rstrip()
