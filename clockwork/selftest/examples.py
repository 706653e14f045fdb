"""An example of seeds/ as a project of its own.

It is HEAD with the example's files, in a repository below build/.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from clockwork.selftest.simulate import AUTHOR
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput
from clockwork.support.paths import AUDIT, BUILD
from clockwork.support.pinned import DATA
from clockwork.support.subprocesses import last_line, outside_hooks

SEEDS, DEFECTS = Path("seeds"), Path("seeds") / "defects"
FLEET = "fleet"  # the example that the template itself is
FILES = "project"  # of an example: what it puts over a checkout
KEPT = BUILD / "seeds"
OF_THE_FLEET = ("dvc.lock", AUDIT, DATA)  # of other data


def run_in(checkout: Checkout, name: str, args: Sequence[str], report: Report) -> int:
    """Run `python -m clockwork args` in the project of the example `name`; gives its exit code."""
    root = project_of(checkout, name, report).root
    report(f"{root}: the project of seeds/{name}, where everything that follows is")
    command = [sys.executable, "-m", "clockwork", *args]
    return subprocess.run(command, cwd=root, env=outside_hooks(os.environ), check=False).returncode


def place(checkout: Checkout, name: str) -> Checkout:
    """Where example `name`'s project is kept. Raises `BadInput` where there is no such example."""
    examples = sorted(path.parent.name for path in (checkout / SEEDS).glob(f"*/{FILES}"))
    if name not in examples:
        raise BadInput(
            f"--seed '{name}': no such example; there are {', '.join([FLEET, *examples])}"
        )
    return Checkout(checkout.main / KEPT / name)


def project_of(checkout: Checkout, name: str, report: Report) -> Checkout:
    """The project of the example `name` at HEAD of `checkout`, where nothing else is touched."""
    project = place(checkout, name)
    if not _stands(project, checkout.find("HEAD")):
        report(f"seeds/{name}: making a project of it")
        _make(checkout, project, name)
    return project


def _stands(project: Checkout, head: str) -> bool:
    try:
        return (
            project.git("rev-parse", "HEAD~1") == head
            and not project.changes()
            and (project / "data").is_dir()
        )
    except BadInput:  # none yet, or one that was cut short
        return False


def _make(checkout: Checkout, project: Checkout, name: str) -> None:
    if not (project / ".git").is_dir():
        project.root.mkdir(parents=True, exist_ok=True)
        project.git("init", "--quiet")
    project.git(
        "fetch", "--quiet", "--no-tags", "--update-shallow", str(checkout.root.resolve()), "HEAD"
    )
    project.git("checkout", "--quiet", "--force", "-B", "main", "FETCH_HEAD")
    project.git("clean", "--quiet", "--force", "-d")
    _put_over(project, name)
    for args in ((f"seeds.{name}", "--out", "data"), ("dvc", "add", "--quiet", "data")):
        done = project.run(*args)
        if done.returncode:
            raise BadInput(f"seeds/{name}: {last_line(done.stderr)}")
    project.git("add", "--all")
    project.git(
        *AUTHOR, "commit", "--quiet", "--no-verify", "--message", f"Make a project of seeds/{name}"
    )


def _put_over(project: Checkout, name: str) -> None:
    """Put the example's files over those of HEAD, its defects in place of the fleet's."""
    seed = project / SEEDS / name
    if not (seed / FILES).is_dir():
        raise BadInput(f"seeds/{name} is not in HEAD; commit it")
    for file in OF_THE_FLEET:
        (project / file).unlink(missing_ok=True)
    shutil.copytree(seed / FILES, project.root, dirs_exist_ok=True)
    shutil.rmtree(project / DEFECTS, ignore_errors=True)
    shutil.copytree(seed / DEFECTS.name, project / DEFECTS)
