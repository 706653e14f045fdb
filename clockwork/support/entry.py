"""How a process of its own begins: a stage of the graph, or a module that another process asks.

`python -m clockwork.support.entry MODULE ...` runs the `main` of a module, which is imported
quickly.
"""

import gc
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from clockwork.support.errors import exit_on_bad_input

ENTRY = "clockwork.support.entry"
NEEDS_SCIKIT_LEARN = re.compile(rb"LGBM|\bcv\b|[Dd]ask")  # parts of LightGBM that import it
TIMED = "clockwork: "  # what a stage's own line of its seconds begins with


def run_stage(module: str) -> NoReturn:
    """Run `main` of `module` with the command line's arguments; bad input is one line and code 2.

    Where DVC runs the stage, its last line is what `seconds_of` gives, however it ends.
    """
    since = time.monotonic()
    try:
        code = _code_of(_main_of(module))
    finally:
        if "DVC_STAGE" in os.environ:
            print(  # noqa: T201
                TIMED + seconds_of(os.environ["DVC_STAGE"], time.monotonic() - since), flush=True
            )
    _end(code)


def seconds_of(stage: str, seconds: float) -> str:
    """How long `stage` took, as a line for people."""
    return f"{stage:<24} {seconds:5.1f} s"


def one_thread() -> None:
    """Let matrix products take one thread, as in all this process starts; before numpy is imported.

    A second thread waits actively for the next small product, and costs more than it gains.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def run_main(main: Callable[..., None]) -> NoReturn:
    """Run `main` with the command line's arguments; bad input is one line and exit code 2."""
    _end(_code_of(main))


def _main_of(module: str) -> Callable[..., Any]:
    with quick_imports():
        main: Callable[..., Any] = import_module(module).main
        if "lightgbm" in sys.argv[1:]:
            import_lightgbm()
    return main


def _code_of(main: Callable[..., None]) -> int:
    def run() -> int:
        main(*sys.argv[1:])
        return 0

    return exit_on_bad_input(run)


def _end(code: int) -> NoReturn:
    """End the process, whose files are closed, without the interpreter's shutdown.

    A thread of a native library that calls Python during the shutdown would abort a process whose
    work is done.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import in the block without the garbage collector.

    It would walk objects that live as long as the process.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def import_lightgbm() -> None:
    """Import LightGBM without scikit-learn, which optional parts use: half a second per process.

    Unless a file of the project names such a part.
    """
    if "sklearn" in sys.modules or _needs_scikit_learn():
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]
    try:
        import_module("lightgbm")
    finally:
        del sys.modules["sklearn"]


def _needs_scikit_learn() -> bool:
    # An editor's lock is a broken link.
    files = [path for path in Path("pipelines").rglob("*.py") if path.is_file()]
    return any(NEEDS_SCIKIT_LEARN.search(path.read_bytes()) for path in files)


if __name__ == "__main__":
    _end(_code_of(_main_of(sys.argv.pop(1))))
