"""One process at a time: a lock that the system takes back when its holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import UnixFileLock


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, made with its folder if there is none; waits for who holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Where the file system has no locks this fails: a file in place of a lock would outlive its
    # killed holder.
    with UnixFileLock(path, fallback_to_soft=False):
        yield
