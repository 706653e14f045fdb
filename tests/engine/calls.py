"""Small calls for processes of their own: they answer, fail and die."""

import os
import time
from pathlib import Path

from clockwork.support.errors import BadInput


def pid() -> int:
    """The process that this runs in."""
    return os.getpid()


def times(left: int, right: int) -> int:
    """A product; says something on the way."""
    print("working")  # noqa: T201
    return left * right


def where() -> str:
    """The folder that this runs in."""
    return str(Path.cwd())


def bad() -> None:
    """Ends as bad input does."""
    raise BadInput("configs/x.yaml: key 'y' is wrong")


def broken() -> None:
    """Ends as a defect does."""
    raise ZeroDivisionError("of ours")


def dies() -> None:
    """Ends as a killed process does."""
    os.kill(os.getpid(), 9)


def dies_once(mark: str) -> str:
    """Dies, but for the second time."""
    if not Path(mark).exists():
        Path(mark).touch()
        dies()
    return "alive"


def sleeps(mark: str) -> None:
    """Writes its number down and stays."""
    Path(mark).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(60)
