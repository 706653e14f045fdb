"""Which tests a pull request can break: prints what pytest leaves out. make test SCOPE=changed

The engine's tests are left out where nothing but the project's own files changed. Whatever goes
wrong, on a branch without a pull request and for any file that is not known to be the project's,
nothing is printed: then all tests run.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from clockwork.ci.only_docs import InDoubt, base, documents, touched
from clockwork.release.layout import HOUSE, Owner, owner_of

ENGINE = "tests/engine"
PROJECT = (Owner.PROJECT, Owner.SHARED)


def main() -> int:
    """Print pytest's option for the commit that is checked out here; why, on stderr."""
    reason = needs_engine(Path(), os.environ)
    if reason:
        _say(f"all tests run: {reason}")
    else:
        _say("only the project's own files changed: the engine's tests are left out")
        print(f"--ignore={ENGINE}")  # noqa: T201
    return 0


def needs_engine(root: Path, environ: Mapping[str, str]) -> str:
    """Why the engine's tests must run for the checkout at `root`; empty where they need not."""
    if not (root / HOUSE).is_file():
        return f"{ENGINE} holds no tests of the engine's"
    try:
        other = [
            path for path in touched(root, base(root, environ)) if not belongs_to_project(path)
        ]
    except InDoubt as doubt:
        return str(doubt)
    return f"{other[0]!r} is not the project's alone" if other else ""


def belongs_to_project(path: str) -> bool:
    """Whether file `path` is the project's own or documentation, on which no engine test rests."""
    return documents(path) or owner_of(path) in PROJECT


def _say(line: str) -> None:
    print(f"clockwork: {line}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
