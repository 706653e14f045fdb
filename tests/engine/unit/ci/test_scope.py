"""Engine tests are spared where only the project's own files changed; in doubt everything runs."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from clockwork.ci.scope import belongs_to_project
from clockwork.release.layout import HOUSE
from tests.engine.unit.ci.conftest import JENKINS, ROOT, bare_python, commit

SPARED = "--ignore=tests/engine\n"
Ask = Callable[..., tuple[str, str]]


@pytest.fixture
def ask(clone: Path) -> Ask:
    """Asks in the clone what pytest leaves out; gives that and why."""
    (clone / HOUSE).parent.mkdir(parents=True)
    (clone / HOUSE).touch()
    (clone / ".git" / "info" / "exclude").write_text(f"/{HOUSE}\n", encoding="utf-8")

    def asked(**environ: str) -> tuple[str, str]:
        done = bare_python(clone, "scope", environ)
        assert done.returncode == 0
        return done.stdout, done.stderr

    return asked


def test_a_pull_request_of_the_project_leaves_the_engines_tests_out(clone: Path, ask: Ask) -> None:
    names = [
        "pipelines/models/new.py",
        "configs/models/new.yaml",
        "tests/unit/test_new.py",
        "dvc.yaml",
        "README.md",
    ]
    commit(clone, dict.fromkeys(names, "x"))
    assert ask(**JENKINS) == (
        SPARED,
        "clockwork: only the project's own files changed: the engine's tests are left out\n",
    )


@pytest.mark.parametrize(
    "other",
    [
        "clockwork/gate/decide.py",
        "tests/engine/unit/test_new.py",
        "requirements.lock",
        "pyproject.toml",
    ],
)
def test_one_other_file_is_enough_for_all_tests(clone: Path, ask: Ask, other: str) -> None:
    commit(clone, {"pipelines/b.py": "x", other: "x"})
    spared, why = ask(**JENKINS)
    assert spared == ""
    assert f"'{other}' is not the project's alone" in why


def test_a_folder_of_the_projects_by_the_name_of_the_engines_tests_is_run(
    clone: Path, ask: Ask
) -> None:
    (clone / HOUSE).unlink()
    commit(clone, {"pipelines/b.py": "x"})
    assert ask(**JENKINS)[0] == ""


def test_main_and_whatever_goes_wrong_run_all_tests(clone: Path, ask: Ask) -> None:
    commit(clone, {"pipelines/b.py": "x"})
    for environ in (
        *(
            {},
            JENKINS | {"CHANGE_TARGET": "release"},
            JENKINS | {"PATH": "/nowhere"},
            {"BASE": "f" * 40},
        ),
        {"JENKINS_URL": "https://ci.acme.test/", "BRANCH_NAME": "main"},
        {"GITLAB_CI": "true", "CI_COMMIT_BRANCH": "main"},
        {"BITBUCKET_BUILD_NUMBER": "7", "BITBUCKET_BRANCH": "main"},
    ):
        assert ask(**environ)[0] == ""


@pytest.mark.parametrize(
    "path",
    [
        *("Makefile", "seeds/fleet.py", ".github/workflows/main.yml", ".dvc/config", "conftest.py"),
        *(
            "tests/__init__.py",
            "tests/unit",
            "pipelines.py",
            "pipelines/",
            "clockwork/README.md",
            "docs/operate.md",
        ),
    ],
)
def test_what_is_not_known_to_be_the_projects_counts_as_the_engines(path: str) -> None:
    assert not belongs_to_project(path)


@pytest.mark.parametrize(("scope", "spared"), [("changed", True), ("", False), ("project", False)])
def test_make_test_leaves_out_what_it_is_asked_to_leave_out_alone(
    tmp_path: Path, scope: str, spared: bool
) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(
        '#!/bin/sh\ncase "$*" in *ci.scope*) echo --ignore=tests/engine;; *) echo "$@";; esac\n'
    )
    python.chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.lock").touch()
    (tmp_path / ".venv" / "ready").touch()
    done = subprocess.run(
        ["make", "test", f"SCOPE={scope}"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ("--ignore=tests/engine" in done.stdout) is spared
