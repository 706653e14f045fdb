"""A lock excludes other processes while it is held, and is free once its holder is killed."""

import subprocess
import sys
from pathlib import Path

import pytest
from filelock import Timeout, UnixFileLock

from clockwork.support.lock import locked

HOLDER = """
import sys, time
from pathlib import Path
from clockwork.support.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_is_held_against_others_and_free_once_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "one.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Timeout), UnixFileLock(path, timeout=0):
            pass
    finally:
        holder.kill()
        holder.communicate()
    with locked(path):
        pass
