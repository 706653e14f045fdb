"""Whole projects to run things in.

They are copies of this repository with a tiny fleet, small budgets and a warm cache.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from clockwork.cli import main
from clockwork.support.git import git
from clockwork.support.lock import locked
from tests.engine.services import cluster, mortal_cluster, postgres  # noqa: F401 - fixtures

ROOT = Path(__file__).resolve().parents[3]
# What a fresh shell has: no CI system, no BASE, no tracking server, no git hook's variables.
KEPT = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "SYSTEMROOT",
    "XDG_CACHE_HOME",
)
REPORTS = ("verdict.json", "report.md", "report.html")
QUIET_GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
AUTHOR = ("-c", "user.name=Tests", "-c", "user.email=tests@localhost")


@dataclass(frozen=True)
class Project:
    """A repository of its own at `root`, to run verbs and make commits in."""

    root: Path

    def python(
        self, *words: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `python -m words` with this interpreter, as from a fresh shell, no venv active."""
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.root,
            env=fresh(env),
            capture_output=True,
            text=True,
            check=False,
            timeout=1200,
        )

    def run(self, *words: str, env: dict[str, str] | None = None) -> "Ended":
        """Run `python -m clockwork words`."""
        return Ended(self.python("clockwork", *words, env=env))

    def call(self, *words: str, env: dict[str, str] | None = None) -> "Ended":
        """Do as `run`, in this process: seconds of imports less.

        It is for a test that edits no code that the verb itself runs. What the verb starts is of
        the project's code all the same: stages, tests, base's gate.
        """
        out, err = io.StringIO(), io.StringIO()
        with self.inside(env), redirect_stdout(out), redirect_stderr(err):
            code = main(list(words))
        return Ended(subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue()))

    @contextmanager
    def inside(self, env: dict[str, str] | None = None) -> Iterator[None]:
        """Be in the project, with the environment of a fresh shell."""
        with patch.dict(os.environ, fresh(env), clear=True), chdir(self.root):
            yield

    def dvc(self, *words: str) -> None:
        """Run DVC, whose stages find `python` on PATH."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = self.python("dvc", *words, env={"PATH": path})
        assert done.returncode == 0, done.stdout + done.stderr

    def git(self, *words: str) -> str:
        """What git prints for `words`."""
        done = subprocess.run(
            ["git", *AUTHOR, *words],
            cwd=self.root,
            env={"PATH": os.environ["PATH"], **QUIET_GIT},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def commit(self, message: str) -> str:
        """Commit everything that is not ignored, and give the hash."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD").strip()

    def edit(self, file: str, find: str, replace: str) -> None:
        """Replace the one place in `file` that reads `find`."""
        text = (self.root / file).read_text(encoding="utf-8")
        assert text.count(find) == 1, f"{file} has {text.count(find)} places that read {find!r}"
        (self.root / file).write_text(text.replace(find, replace), encoding="utf-8")

    def set(self, file: str, key: str, value: object) -> None:
        """Give the one line `key:` of a YAML file another value; a comment on that line goes."""
        text, count = re.subn(
            rf"(?m)^( *{key}:).*$",
            rf"\g<1> {value}",
            (self.root / file).read_text(encoding="utf-8"),
        )
        assert count == 1, f"{file} has {count} lines with {key}"
        (self.root / file).write_text(text, encoding="utf-8")

    def pin(self) -> None:
        """Make data/ what data.dvc pins."""
        self.dvc("add", "--quiet", "data")

    def back_to(self, sha: str) -> None:
        """Check out a commit on no branch.

        Everything else that a test left is taken away, but for build/.
        """
        self.git("checkout", "--quiet", "--force", "--detach", sha)
        self.git("clean", "--quiet", "--force", "-d")

    def verdict(self, folder: str = "build") -> Any:
        """The verdict below `folder`."""
        return json.loads((self.root / folder / "verdict.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Ended:
    """A process that has ended: its exit code and what it printed."""

    done: subprocess.CompletedProcess[str]

    @property
    def code(self) -> int:
        """The exit code."""
        return self.done.returncode

    @property
    def text(self) -> str:
        """Everything it printed, for reading and for messages of failed tests."""
        return self.done.stdout + self.done.stderr

    @property
    def flat(self) -> str:
        """Everything it printed, with every run of blanks as one: tables and boxes break lines."""
        return re.sub(r"[\s│]+", " ", self.text)

    @property
    def refusal(self) -> str:
        """The one line that tells what was wrong with its input; exit code 2, and no traceback."""
        assert (self.code, "Traceback" in self.text) == (2, False), self.text
        (line,) = (one for one in self.done.stderr.splitlines() if one.startswith("error: "))
        return line


Projects = Callable[[str], Project]


def fresh(env: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a shell in which nothing is set, and `env`."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, **QUIET_GIT, "OMP_NUM_THREADS": "1", "COLUMNS": "110", **(env or {})}


def clone(root: Path, *but: str) -> Project:
    """This repository as it stands on disk, committed or not.

    It is for the first commit of another repository at `root`. Files whose path begins with one of
    `but` are left out: a file costs a millisecond, and seconds of every copy.
    """
    for name in filter(
        None, git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    ):
        if (ROOT / name).is_file() and not name.startswith(but):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    project = Project(root)
    project.git("init", "--quiet", "--initial-branch", "main")
    # What is committed here already need not be written again, a file for each file.
    objects = git(ROOT, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    (root / ".git" / "objects" / "info" / "alternates").write_text(objects, encoding="utf-8")
    return project


def is_the_demo() -> bool:
    """Whether this repository is still the template, with the demo's fleet and its columns."""
    columns = (ROOT / "configs" / "data.yaml").read_text(encoding="utf-8")
    return (
        (ROOT / "seeds" / "fleet.py").exists()
        and "entity: device" in columns
        and "cpu, memory" in columns
    )


def declare(project: Project) -> None:
    """Write into configs/schema.lock what the features of this data look like."""
    project.dvc("repro", "--quiet", "split")
    declared = project.run("declare")
    assert declared.code == 0, declared.text


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Projects:
    """Gives a tiny project by name: everything has run there once, and the one commit holds it."""
    from .tiny import NO_TESTS, carry, make  # here, as it is made of what this module has

    if not is_the_demo():
        pytest.skip("configs/ is no longer the demo's: these tests play on its fleet")
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    tiny, ready = shared / "tiny", shared / "tiny.ready"
    with locked(shared / "tiny.lock"):
        if not ready.exists():
            shutil.rmtree(tiny, ignore_errors=True)
            make(clone(tiny, *NO_TESTS))
            ready.touch()
    return lambda name: carry(tiny, tmp_path_factory.mktemp(name) / "project")
