"""A clock is a process of one checkout that does one job at a time.

It answers with its seconds of processor time.
"""

import math
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import IO

from clockwork.support.errors import BadInput
from clockwork.support.libraries import interpreter
from clockwork.support.subprocesses import environment, last_line, module_at

MODULE = "clockwork.learning.clock"
LONGEST = 10_000  # bytes of an answer
POLL = 0.2  # seconds between two questions whether the measurement was cancelled


@dataclass
class Clock:
    """A running clockwork/learning/clock.py of the checkout at `root`; messages call it `side`."""

    root: Path
    side: str
    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    patience: float
    cancelled: Event
    heard: bytes = b""

    def ready(self) -> None:
        """Wait until it has loaded everything."""
        if (line := self._hear("start")) != "ready":
            raise BadInput(
                f"{self.side}'s timing process answered 'start' with '{line}', not with 'ready'"
            )

    def ask(self, job: str) -> float:
        """The seconds of processor time of `job`, done once more."""
        assert self.process.stdin
        with suppress(OSError):  # a clock that is gone is reported where its answer is awaited
            self.process.stdin.write(f"{job}\n".encode())
        line = self._hear(job)
        with suppress(ValueError):
            if 0 <= (value := float(line)) < math.inf:
                return value
        raise BadInput(
            f"{self.side}'s timing process answered '{job}' with '{line}', not with seconds"
        )

    def _hear(self, job: str) -> str:
        assert self.process.stdout
        end, pipe = time.monotonic() + self.patience, self.process.stdout.fileno()
        while b"\n" not in self.heard and len(self.heard) < LONGEST:
            left = end - time.monotonic()
            if self.cancelled.is_set():
                raise BadInput(f"{self.side}'s timing process was cancelled at '{job}'")
            if not select.select([pipe], [], [], min(max(left, 0), POLL))[0]:
                if left > 0:
                    continue
                raise BadInput(
                    f"{self.side}'s timing process was silent for {self.patience:g} s at '{job}'"
                )
            part = os.read(pipe, LONGEST)
            if not part:
                raise BadInput(
                    f"{self.side}'s timing process ended at '{job}': {self._last_words()}"
                )
            self.heard += part
        line, _, self.heard = self.heard.partition(b"\n")
        return line.decode(errors="replace")[:300]

    def _last_words(self) -> str:
        self.errors.seek(0)
        return last_line(self.errors.read().decode(errors="replace"))


@contextmanager
def running(root: Path, side: str, patience: float, cancelled: Event) -> Iterator[Clock]:
    """A clock in the checkout at `root`, called `side` in messages; it never outlives the block.

    Whoever waits for it raises `BadInput` once `cancelled` is set.
    """
    # stderr goes to a file: a pipe that nobody reads would fill up and block the clock.
    with tempfile.TemporaryFile() as errors, _started(root, side, errors) as process:
        try:
            yield Clock(root, side, process, errors, patience, cancelled)
        finally:
            with suppress(ProcessLookupError, PermissionError):
                # A group of its own, so that its children end too.
                os.killpg(process.pid, signal.SIGKILL)


def _started(root: Path, side: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": errors, "bufsize": 0}
    command = [interpreter(root), "-m", module_at(root, MODULE)]
    try:
        return subprocess.Popen(  # type: ignore[no-any-return, call-overload]
            command, cwd=root, env=environment(command[0]), start_new_session=True, **pipes
        )
    except OSError as error:
        raise BadInput(f"{side}'s timing process cannot start: {error.strerror}") from None
