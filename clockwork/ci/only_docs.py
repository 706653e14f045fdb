"""Whether a pull request touches only documentation: python3 -m clockwork.ci.only_docs || make test

Exit code 0 when it does, else 1; in doubt, and whatever goes wrong, it is 1. A bare python3 is
enough to ask.
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from clockwork.ci.context import context
from clockwork.support.git import run_git

DOCUMENTATION = re.compile(r"docs/[^/]+\.(md|svg)|[^/]+\.md|LICENSE|\.editorconfig")
READ_BY_TESTS = ("docs/extend.md", "docs/operate.md")  # they run its commands and make its changes


class InDoubt(Exception):
    """Why nobody can tell what a pull request touches."""


def main() -> int:
    """Answer for the commit that is checked out here, and say why."""
    try:
        other = [path for path in touched(Path(), base(Path(), os.environ)) if not documents(path)]
    except InDoubt as doubt:
        return _say(1, f"it may touch more than documentation: {doubt}")
    if other:
        return _say(1, f"it touches more than documentation: {other[0]!r}")
    return _say(0, "nothing but documentation is touched")


def documents(path: str) -> bool:
    """Whether the file at `path` is documentation, which nothing reads but people."""
    return path not in READ_BY_TESTS and DOCUMENTATION.fullmatch(path) is not None


def base(root: Path, environ: Mapping[str, str]) -> str:
    """The commit to compare with: BASE, else where the pull request left its target branch."""
    if environ.get("BASE"):
        return commit(root, environ["BASE"])
    target = context(environ).target
    if not target:
        raise InDoubt("no BASE is given, and this is no pull request with a target branch")
    return _git(root, "merge-base", commit(root, f"origin/{target}"), "HEAD").strip()


def commit(root: Path, revision: str) -> str:
    """The full name of the commit `revision`."""
    return _git(root, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()


def touched(root: Path, since: str) -> list[str]:
    """The files that differ between `since` and HEAD, by both names where one was renamed."""
    paths = _git(
        root, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", since, "HEAD"
    ).split("\0")
    found = [path for path in paths if path]
    if not found:
        raise InDoubt(f"nothing differs from {since[:10]}")
    return found


def _git(root: Path, *args: str) -> str:
    try:
        done = run_git(root, *args)
    except OSError as error:
        raise InDoubt(f"git cannot be run ({error.strerror})") from None
    if done.returncode:
        lines = os.fsdecode(done.stderr).strip().splitlines() or ["failed"]
        raise InDoubt(f"git {args[0]}: {lines[-1]!r}")
    return os.fsdecode(done.stdout)


def _say(code: int, line: str) -> int:
    print(f"clockwork: {line}")  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
