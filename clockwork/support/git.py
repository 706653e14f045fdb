"""A call of git, and a commit; what a checkout is asked is in `checkout.py`."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from clockwork.support.errors import BadInput
from clockwork.support.subprocesses import git_command, last_line, outside_hooks


@dataclass(frozen=True)
class Commit:
    """A commit, as people know it."""

    sha: str
    subject: str


def git(root: Path, *args: str) -> str:
    """What `git` prints for `args` in `root`, without the user's hooks.

    Raises `BadInput` with git's own last line.
    """
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
        raise BadInput(f"git {args[0]}: {last_line(done.stderr)}")
    return done.stdout.strip()
