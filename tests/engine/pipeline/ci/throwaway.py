"""Projects for a CI system to run its file in.

One is a skeleton whose verbs only say that they ran, and one is tiny and whole.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from clockwork.selftest.edits import apply, read_change

from ..conftest import ROOT, Ended, Project, Projects, fresh

CI_FILES = ("Jenkinsfile", ".gitlab-ci.yml", "bitbucket-pipelines.yml")
# Each verb says that it ran, and which token it could see; FAIL names the one that fails, after its
# work.
MAKEFILE = """\
.PHONY: check test regression promote publish
check test promote publish:
	@echo "$@ $$BITBUCKET_TOKEN$$GITLAB_TOKEN" >> "$$RAN"
	@test "$@" != "$(FAIL)"
regression:
	@echo "$@ $$BITBUCKET_TOKEN$$GITLAB_TOKEN" >> "$$RAN"
	@test "$(FAIL)" != "set-up"
	@mkdir -p build && echo "$(BUILD)" > build/verdict.json
	@cp build/verdict.json build/report.md && cp build/verdict.json build/report.html
	@echo '<testsuites><testsuite><testcase name="gate"/></testsuite></testsuites>' \
> build/junit.xml
	@test "$@" != "$(FAIL)"
"""
ONLY_DOCS = 'import os, sys\nsys.exit(os.environ.get("ONLY_DOCS") != "yes")\n'
# A merge request's branch as an enemy would name it.
HOSTILE = 'x"; touch PWNED; echo "$(touch PWNED)`touch PWNED`'


@dataclass(frozen=True)
class Skeleton:
    """A repository that holds the CI files, and verbs that only say that they ran."""

    project: Project
    ran: Path

    @property
    def root(self) -> Path:
        """Where it lies."""
        return self.project.root

    def verbs(self) -> list[str]:
        """The verbs that ran since the last call, in order, each with the token that it saw."""
        lines = self.ran.read_text(encoding="utf-8").splitlines() if self.ran.exists() else []
        self.ran.unlink(missing_ok=True)
        return [line.strip() for line in lines]


def skeleton(folder: Path) -> Skeleton:
    """A skeleton below `folder`, with one commit on main."""
    root = folder / "skeleton"
    (root / "clockwork" / "ci").mkdir(parents=True)
    for name in (*CI_FILES, "requirements.lock", "dvc.lock"):
        shutil.copy2(ROOT / name, root / name)
    (root / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    (root / "clockwork" / "ci" / "only_docs.py").write_text(ONLY_DOCS, encoding="utf-8")
    (root / ".gitignore").write_text(
        "/build/\n__pycache__/\n.*_cache/\n.gitlab-ci-local/\n", encoding="utf-8"
    )
    project = Project(root)
    project.git("init", "--quiet", "--initial-branch", "main")
    project.git("remote", "add", "origin", "https://forge.example/acme/clockwork.git")
    project.commit("A skeleton")
    return Skeleton(project, folder / "ran.txt")


def whole(projects: Projects, name: str) -> Project:
    """A tiny project on a branch, whose verbs are the real ones."""
    project = projects(name)
    project.git("checkout", "--quiet", "-b", "feature")
    return project


def few_tests(project: Project) -> None:
    """Give it one test and few of its own hooks, so that its verbs take seconds."""
    (project.root / "tests" / "unit").mkdir()
    (project.root / "tests" / "unit" / "test_quick.py").write_text(
        "def test_quick() -> None:\n    assert True\n", encoding="utf-8"
    )
    config = project.root / ".pre-commit-config.yaml"
    first = config.read_text(encoding="utf-8").split("      - id: ")[:2]
    config.write_text("      - id: ".join(first), encoding="utf-8")


def set_up(root: Path) -> None:
    """What `make` makes of .venv, out of links to the interpreter that runs these tests."""
    venv = root / ".venv"
    venv.mkdir()
    for entry in Path(sys.prefix).iterdir():
        if entry.name != "ready":
            (venv / entry.name).symlink_to(entry)
    (venv / "ready").touch()


def plant(project: Project, defect: str) -> str:
    """Commit one of the defects of seeds/defects; gives the hash."""
    change = read_change(defect)
    apply(change, project.root)
    return project.commit(change.title)


def ran(words: list[str], root: Path, **environ: str) -> Ended:
    """How the command `words` ended in the repository at `root`, run from a fresh shell."""
    return Ended(
        subprocess.run(
            words,
            cwd=root,
            env=fresh(environ),
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
            stdin=subprocess.DEVNULL,
        )
    )
