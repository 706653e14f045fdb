"""Only a pull request that touches just documentation is spared the models; in doubt it is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clockwork.ci.only_docs import documents
from clockwork.support.git import git
from tests.engine.unit.ci.conftest import JENKINS, bare_python, commit

Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def ask(clone: Path) -> Ask:
    """Asks in the clone; gives the exit code and what is said."""

    def asked(**environ: str) -> tuple[int, str]:
        done = bare_python(clone, "only_docs", environ)
        assert done.stderr == ""
        assert done.stdout.count("\n") == 1
        return done.returncode, done.stdout

    return asked


def test_a_pull_request_of_documentation_is_only_that(clone: Path, ask: Ask) -> None:
    commit(
        clone,
        {
            "README.md": "read me again\n",
            "docs/ci.md": "new\n",
            "LICENSE": "free\n",
            ".editorconfig": "x\n",
        },
    )
    code, reported = ask(**JENKINS)
    assert code == 0
    assert "nothing but documentation" in reported


def test_the_repository_of_a_hook_that_it_runs_in_plays_no_part(clone: Path, ask: Ask) -> None:
    commit(clone, {"README.md": "read me again\n"})
    assert ask(**JENKINS, GIT_DIR="nowhere")[0] == 0


@pytest.mark.parametrize(
    "name", ["pipelines/b.py", "docs/audit.json", "docs/verdict.schema.json", "docs.py"]
)
def test_one_other_file_is_enough_and_is_named(clone: Path, ask: Ask, name: str) -> None:
    commit(clone, {"README.md": "read me again\n", name: "x"})
    assert ask(**JENKINS) == (1, f"clockwork: it touches more than documentation: '{name}'\n")


def test_code_that_moves_into_the_documentation_is_missing_where_it_was(
    clone: Path, ask: Ask
) -> None:
    commit(clone, {"docs/a.py": "a = 1\nb = 2\nc = 3\n", "pipelines/a.py": None})
    assert ask(**JENKINS)[0] == 1


def test_code_of_an_earlier_commit_counts_and_what_main_brought_since_does_not(
    clone: Path, ask: Ask
) -> None:
    first = commit(clone, {"pipelines/b.py": "x"})
    commit(clone, {"README.md": "read me again\n"})
    assert ask(**JENKINS)[0] == 1
    assert ask(**JENKINS, BASE=first)[0] == 0
    git(clone, "checkout", "--quiet", "--detach", "main")
    git(clone, "update-ref", "refs/remotes/origin/main", first)
    commit(clone, {"docs/new.md": "new\n"})
    assert ask(**JENKINS)[0] == 0


@pytest.mark.parametrize(
    ("environ", "doubt"),
    [
        ({}, "no BASE is given"),
        (JENKINS | {"CHANGE_TARGET": "release"}, "git rev-parse"),
        (JENKINS | {"CHANGE_TARGET": "--help"}, "git rev-parse"),
        ({"BASE": "--help"}, "git rev-parse"),
        ({"BASE": "f" * 40}, "git rev-parse"),
        ({"BASE": "HEAD"}, "nothing differs"),
    ],
)
def test_in_doubt_it_is_not_only_documentation(
    clone: Path, ask: Ask, environ: dict[str, str], doubt: str
) -> None:
    commit(clone, {"README.md": "read me again\n"})
    code, reported = ask(**environ)
    assert code == 1
    assert doubt in reported


def test_without_git_it_is_not_only_documentation(clone: Path, ask: Ask) -> None:
    commit(clone, {"README.md": "read me again\n"})
    code, reported = ask(**JENKINS, PATH="/nowhere")
    assert code == 1
    assert "git cannot be run" in reported


def test_a_file_name_cannot_forge_a_line(clone: Path, ask: Ask) -> None:
    commit(clone, {"x\n::error::.py": "x", "b\udcff.md\n.py": "x"})
    assert ask(**JENKINS)[0] == 1


@pytest.mark.parametrize("path", ["docs/power.svg", "docs/ci.md", "CHANGELOG.md", "LICENSE"])
def test_documentation_is_known_by_its_place_or_its_name(path: str) -> None:
    assert documents(path)


@pytest.mark.parametrize(
    "path",
    [
        "a/LICENSE",
        "docs.py",
        "docs/a.pem",
        "docs/extend.md",
        "docs/operate.md",
        "tests/a.md",
        "README.md.py",
        "configs/gate.yaml",
    ],
)
def test_anything_else_is_not(path: str) -> None:
    assert not documents(path)
