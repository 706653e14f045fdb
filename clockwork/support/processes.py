"""A call in a process of its own, which starts in the checkout that asks.

So the code of the commit that asks is what answers, whichever checkout a cluster's worker was
started in, and a process that dies takes none along. What is called is a function of a module; its
arguments and its result are small and fit into JSON, for it reads the matrices from disk itself.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from contextlib import redirect_stdout
from pathlib import Path
from threading import Thread
from typing import Any

from clockwork.support.entry import one_thread, run_main
from clockwork.support.errors import BadInput

WATCH = 0.5  # seconds between two looks at whether the parent still lives
KILLED = 128  # what a shell adds to the number of the signal that ended a process


class Lost(Exception):
    """The process that a call ran in is gone, and with it whatever it had not written down."""


class Defect(Exception):
    """A call ended in an error that is a defect of ours; the message has its traceback."""


class Processes(Executor):
    """Runs every call in a process of its own in `root`; `start` says on which machine."""

    def __init__(
        self, start: Executor, root: Path, has_workers: Callable[[], bool] = lambda: True
    ) -> None:
        self.start, self.root, self.has_workers = start, str(root.resolve()), has_workers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The result of `fn`, once it has run. Raises `Lost` where its process died."""
        words = [sys.executable, "-m", "clockwork.support.processes", _name(fn)]
        answer: Future[Any] = Future()
        # Of the standard library alone, so that a cluster's worker needs none of our code to start
        # ours.
        ended = self.start.submit(
            subprocess.run,
            words,
            cwd=self.root,
            # No command line, for there may be a password in a storage's URL.
            input=json.dumps([args, kwargs]),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        ended.add_done_callback(lambda done: _hand_over(done, answer))
        return answer


def _name(fn: Callable[..., Any]) -> str:
    module = fn.__module__
    if module == "__main__":  # of a stage that runs as a command
        spec = sys.modules["__main__"].__spec__
        module = spec.name if spec else module
    return f"{module}:{fn.__qualname__}"


def _hand_over(ended: Future[Any], answer: Future[Any]) -> None:
    try:
        answer.set_result(_result(ended.result()))
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        answer.set_exception(
            BadInput(
                f"configs/engine.yaml: a worker has no {error.filename}; "
                "give all the same checkout and Python"
            )
        )
    except (BadInput, Lost, Defect) as error:
        answer.set_exception(error)
    except (Exception, CancelledError) as error:  # noqa: BLE001 - many ways to say a worker is gone
        answer.set_exception(Lost(f"a worker of the cluster is gone ({type(error).__name__})"))


def _result(done: "subprocess.CompletedProcess[str]") -> Any:
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    errors = [
        line.removeprefix("error: ")
        for line in done.stderr.splitlines()
        if line.startswith("error: ")
    ]
    if done.returncode == 2 and errors:
        raise BadInput(errors[-1])
    if done.returncode < 0 or done.returncode > KILLED:
        raise Lost(f"a worker was ended by signal {abs(done.returncode) % KILLED}")
    raise Defect(f"a worker ended with code {done.returncode}:\n{done.stderr.strip()}")


def main(name: str) -> None:
    """Call `module:name` with the arguments on stdin, and print its result as the last line."""
    one_thread()
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    module, function = name.split(":")
    args, kwargs = json.load(sys.stdin)
    with redirect_stdout(sys.stderr):
        result = getattr(importlib.import_module(module), function)(*args, **kwargs)
    print(json.dumps(result))  # noqa: T201


def _end_with(parent: int) -> None:
    # Nobody would wait for the result, and a second worker may hold the place by now. On a cluster
    # the parent is its worker, which outlives whoever asked: a call goes on there to its end.
    while os.getppid() == parent:
        time.sleep(WATCH)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    run_main(main)
