"""The processes that Clockwork starts: their environment, and how their output is read."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event

from clockwork.support.libraries import interpreter

# Git hands these to its hooks; each points a git call at another repository, index or working tree
# than its folder's.
REPOSITORY_VARIABLES = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
    # What a user may set so that a pattern means something else.
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
)

COLOURS = ("CLICOLOR_FORCE", "FORCE_COLOR", "PY_COLORS", "TTY_COMPATIBLE")
POLL = 0.2  # seconds between two looks whether a process is to be killed

# What base is asked for, and where it stood before the engine had a folder of its own.
EARLIER = {
    "clockwork.compare.base_gate": "pipelines.judge",
    "clockwork.compare.self_test": "pipelines.self_test",
    "clockwork.learning.clock": "pipelines.stages.clock",
    "clockwork.learning.rescore": "pipelines.stages.rescore",
}

# DVC's own entry. Where `core.autostage` is set that would put what a run writes into the user's
# index; and the garbage collector, which runs after every few hundred objects, would slow the
# parsing of its files.
DVC = (
    "import gc, sys; gc.set_threshold(100_000, 50); "
    "from dvc.cli import main; from dvc.repo.scm_context import SCMContext; "
    "SCMContext.track_changed_files = lambda self: None; sys.exit(main(sys.argv[1:]))"
)


def outside_hooks(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without what git hooks add. Git is asked to leave the index alone where it may."""
    kept = {name: value for name, value in environ.items() if name not in REPOSITORY_VARIABLES}
    return {**kept, "GIT_OPTIONAL_LOCKS": "0"}


def environment(python: str = sys.executable) -> dict[str, str]:
    """The environment of every process that Clockwork starts: its Python first, one thread each."""
    own = {
        "DVC_NO_ANALYTICS": "1",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        "PATH": os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": "",
        "PYTHONIOENCODING": "utf-8:replace",
        "COLUMNS": "110",
    }
    return {**uncoloured(outside_hooks(os.environ)), **own}


def uncoloured(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` for a process whose output is read: nothing in it asks for colours."""
    return {name: value for name, value in environ.items() if name not in COLOURS}


def module_at(root: Path, module: str) -> str:
    """The name of `module` in the checkout at `root`.

    The checkout may be from before the engine had a folder of its own.
    """
    return module if (root / "clockwork").exists() else EARLIER.get(module, module)


def dvc_command(python: str, *args: str) -> list[str]:
    """The command that runs DVC, which leaves git's index alone."""
    return [python, "-c", DVC, *args]


def run_module(
    root: Path, module: str, *args: str, ended: Event | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -m module args` with the code of the checkout at `root`, take what it prints.

    It and all that it started are killed once `ended` is set.
    """
    python = interpreter(root)
    with subprocess.Popen(
        dvc_command(python, *args)
        if module == "dvc"
        else [python, "-m", module_at(root, module), *args],
        cwd=root,
        env=environment(python),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=ended is not None,
    ) as running:
        out, err = _communicate(running, ended)
    return subprocess.CompletedProcess(running.args, running.returncode, out, err)


def _communicate(running: "subprocess.Popen[str]", ended: Event | None) -> tuple[str, str]:
    while True:
        try:
            return running.communicate(timeout=POLL if ended else None)
        except subprocess.TimeoutExpired:
            if ended and ended.is_set():
                os.killpg(running.pid, signal.SIGKILL)
        except BaseException:
            running.kill()
            raise


def last_line(text: str) -> str:
    """The last line of what a process printed, which tells why it failed."""
    return (text.strip().splitlines() or ["no reason given"])[-1]
