"""The verb refuses what it could not undo and shows all in a dry run.

It proposes changes to who has adopted.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from clockwork.adopt.guess import Given
from clockwork.commands.adopt.carry_out import bring, put
from clockwork.commands.adopt.command import adopt
from clockwork.commands.adopt.found import look
from clockwork.release.manifest import renew
from clockwork.support.checkout import Checkout
from clockwork.support.git import git
from tests.engine.unit.conftest import commit

from .conftest import customers

LEFT = Given("left")
ALGORITHMS = ("lightgbm", "logistic")
ROOT = Path(__file__).parents[4]
Saying = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def project(repo: Path) -> Path:
    """A minimal repository for the verb: the demo's seeds, two algorithms, files of one's own."""
    for name in ("seeds/fleet.yaml", *(f"pipelines/models/{one}.py" for one in ALGORITHMS)):
        commit(repo, name)
    (repo / "clockwork").mkdir()
    renew(Checkout(repo))
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--message", "Add the manifest")
    return repo


@pytest.fixture
def data(tmp_path: Path) -> Path:
    customers().to_csv(tmp_path / "customers.csv", index=False)
    return tmp_path / "customers.csv"


def state(root: Path) -> tuple[str, str, list[str]]:
    checkout = Checkout(root)
    files = sorted(str(path) for path in root.rglob("*") if ".git" not in path.parts)
    return checkout.git("status", "--porcelain"), checkout.git("branch", "--list"), files


def test_a_dry_run_shows_every_file_and_writes_nothing(
    project: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, reported = state(project), list[str]()
    assert adopt(Checkout(project), data, LEFT, None, reported.append, dry=True) == 0
    assert state(project) == before
    text = "\n".join(reported)
    for name in (
        "data.yaml",
        "gate.yaml",
        "expectations.yaml",
        "features.yaml",
        "alerts.yaml",
        "models/lightgbm.yaml",
    ):
        assert f"--- configs/{name}" in text
    assert "1 tracked files would go, such as seeds/fleet.yaml" in text
    assert "question 1: " in text
    assert "region" in capsys.readouterr().out


def test_what_of_a_folder_is_not_taken_is_reported(project: Path, data: Path) -> None:
    (data.parent / "in").mkdir()
    data.rename(data.parent / "in" / "customers.csv")
    (data.parent / "in" / "more.json").touch()
    reported: list[str] = []
    assert adopt(Checkout(project), data.parent / "in", LEFT, None, reported.append, dry=True) == 0
    assert reported[0] == "not taken of that folder: more.json"


def test_a_dirty_tree_is_refused_and_every_other_fault_is_reported_with_it(
    project: Path, tmp_path: Path
) -> None:
    (project / "first.txt").write_text("mine\n", encoding="utf-8")
    before, reported = state(project), list[str]()
    assert adopt(Checkout(project), tmp_path / "gone.csv", LEFT, None, reported.append) == 2
    assert reported == [
        (
            f"error: {tmp_path / 'gone.csv'}: no such file or folder; "
            "name a Parquet or CSV file, or a folder of them"
        ),
        "error: 1 files differ from HEAD, such as first.txt; commit or stash them",
        "2 to mend; nothing was written",
    ]
    assert state(project) == before


def test_a_lock_of_data_that_a_run_wrote_is_not_overwritten(project: Path, data: Path) -> None:
    commit(project, "dvc.lock")
    (project / "dvc.lock").write_text("another run's\n", encoding="utf-8")
    before, reported = state(project), list[str]()
    assert adopt(Checkout(project), data, LEFT, None, reported.append) == 2
    assert reported[0] == "error: 1 files differ from HEAD, such as dvc.lock; commit or stash them"
    assert state(project) == before


def test_a_branch_of_that_name_is_not_overwritten(project: Path, data: Path) -> None:
    Checkout(project).git("branch", "adopt-customers")
    reported: list[str] = []
    assert adopt(Checkout(project), data, LEFT, None, reported.append) == 2
    assert (
        "error: there is a branch adopt-customers already; "
        "delete it, or give the project another --name" in reported
    )


def test_where_the_pipeline_does_not_run_the_checkout_stays_as_it_was(
    project: Path, data: Path
) -> None:
    before = state(project)
    with pytest.raises(Exception, match=r"configs/|dvc"):  # there is no pipeline
        adopt(Checkout(project), data, LEFT, None, lambda _: None)
    assert state(project)[:2] == before[:2]


def test_a_second_call_proposes_what_to_change_and_writes_nothing(
    project: Path, data: Path
) -> None:
    git(project, "rm", "-r", "--quiet", "seeds")
    commit(project, "seeds/fleet.yaml", "ours\n")  # a folder of the team's own, by the demo's name
    (project / "configs").mkdir()
    (project / "configs" / "data.yaml").write_text(
        "rows: data/customers.csv\ntarget: left\n", encoding="utf-8"
    )
    before, reported = state(project), list[str]()
    assert adopt(Checkout(project), data, LEFT, None, reported.append) == 0
    assert state(project) == before
    assert any(line.startswith("+slices: [region]") for line in reported)
    assert "-target: left" in reported
    assert reported[-3].startswith("nothing was written: take over what is right")


@pytest.fixture
def theirs(repo: Path) -> Path:
    """A repository of somebody's, with a branch, a README and a list of what git leaves alone."""
    git(repo, "branch", "--move", "trunk")
    commit(repo, "README.md", "Ours.\n")
    commit(repo, ".gitignore", "*.log\n/data/\n")
    return repo


@pytest.fixture
def into(theirs: Path, data: Path) -> Saying:
    """Adopt into their repository from this one, and give the exit code and the lines."""

    def run(target: Path = theirs, *, dry: bool = False) -> tuple[int, list[str]]:
        lines: list[str] = []
        return adopt(
            Checkout(ROOT), data, LEFT, None, lines.append, dry=dry, into=Checkout(target)
        ), lines

    return run


def test_a_dry_run_lists_all_that_would_come_to_an_existing_repository(
    theirs: Path, into: Saying
) -> None:
    before = state(theirs)
    code, lines = into(dry=True)
    assert (code, state(theirs)) == (0, before)
    assert {"new: Makefile", "new: data.dvc", "new: dvc.yaml"} <= set(lines)
    assert "stays: README.md; new beside it: README.md.clockwork" in lines
    assert "lines are added: .gitignore" in lines
    assert any(line.startswith("new: clockwork/ (") for line in lines)
    assert not any(
        "seeds" in line or "tests/engine" in line for line in lines if line.startswith("new: ")
    )
    assert "target_branch: trunk" in "\n".join(lines)


def test_an_existing_repository_that_has_a_name_that_is_needed_is_refused(
    theirs: Path, into: Saying
) -> None:
    commit(theirs, "requirements.lock")
    (theirs / "data").mkdir()
    before = state(theirs)
    code, lines = into()
    assert (code, state(theirs)) == (2, before)
    assert lines == [
        f"error: --into {theirs}: has data, requirements.lock already, "
        "whose names are needed; rename them there",
        "1 to mend; nothing was written",
    ]
    (theirs / "data").rmdir()
    git(theirs, "reset", "--quiet", "--hard", "HEAD~1")
    (theirs / "notes.txt").write_text("mine\n", encoding="utf-8")
    assert (
        into()[1][0] == "error: 1 files differ from HEAD, such as notes.txt; commit or stash them"
    )


@pytest.mark.parametrize("dry", [True, False])
def test_nothing_is_written_behind_a_link_or_over_what_git_leaves_alone(
    theirs: Path, tmp_path: Path, into: Saying, *, dry: bool
) -> None:
    (tmp_path / "handbook").mkdir()
    (theirs / "docs").symlink_to(tmp_path / "handbook")
    commit(theirs, ".gitignore", "/Makefile\n")
    (theirs / "Makefile").write_text("mine:\n", encoding="utf-8")
    before = state(theirs)
    code, lines = into(dry=dry)
    assert (code, state(theirs)) == (2, before)
    assert lines == [
        f"error: {theirs}: docs/adopt.md: leads elsewhere; replace the link by what it leads to",
        f"error: {theirs}: Makefile would be overwritten; move it away",
        "2 to mend; nothing was written",
    ]
    assert list((tmp_path / "handbook").iterdir()) == []


def test_a_link_is_refused_in_the_own_checkout_where_it_would_be_written_alone(
    project: Path, data: Path
) -> None:
    commit(project, "NOTES.md", "# Notes\n")
    (project / "AGENTS.md").symlink_to("NOTES.md")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Link")
    assert adopt(Checkout(project), data, LEFT, None, print, dry=True) == 0
    (project / "README.md").unlink(missing_ok=True)
    (project / "README.md").symlink_to("NOTES.md")
    lines: list[str] = []
    assert adopt(Checkout(project), data, LEFT, None, lines.append, dry=True) == 2
    assert f"error: {project}: README.md: leads elsewhere" in lines[0]


def test_an_empty_environment_is_set_up(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.lock").write_text("uv==1\n", encoding="utf-8")
    subprocess.run(["make", "run", "PYTHON=true"], cwd=tmp_path, check=False)
    assert (tmp_path / ".venv" / "uv.lock").read_text(encoding="utf-8") == "uv==1\n"


def test_an_environment_that_is_theirs_is_not_set_up_anew(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(shutil.which("true") or "")
    (tmp_path / "requirements.lock").touch()
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = subprocess.run(
        ["make", "run"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(".venv is not Clockwork's, which would remove what is in it;")
    assert [path.name for path in (tmp_path / ".venv").iterdir()] == ["bin"]


def test_what_is_no_repository_is_refused(tmp_path: Path, theirs: Path, into: Saying) -> None:
    (theirs / "part").mkdir()
    for target in (tmp_path / "none", theirs / "part"):
        code, lines = into(target)
        assert code == 2
        assert lines[0].startswith(
            f"error: --into {target}: not the top of a git repository with a commit; `git init`"
        )


def test_files_come_beside_theirs_and_lines_to_their_lists(
    theirs: Path, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "staged").mkdir()
    found, _ = look(data, LEFT, None, tmp_path / "staged" / "it")
    assert found is not None
    worktree = tmp_path / "worktree"
    git(theirs, "worktree", "add", "--quiet", "--detach", str(worktree))
    names = bring(Checkout(ROOT), Checkout(theirs), Checkout(worktree), found)
    put(Checkout(worktree), {"README.md": "# customers\n", "configs/data.yaml": "rows: x\n"}, names)
    assert set(names) == {".gitignore", "README.md", "first.txt", "second.txt"}
    assert (worktree / "README.md").read_text(encoding="utf-8") == "Ours.\n"
    assert (worktree / "README.md.clockwork").read_text(encoding="utf-8") == "# customers\n"
    assert (
        (worktree / ".gitignore")
        .read_text(encoding="utf-8")
        .startswith("*.log\n/data/\n/.venv/\n/build/\n")
    )
    assert "demo:" not in (worktree / "Makefile").read_text(encoding="utf-8")
    assert (worktree / "clockwork" / "cli" / "adopt.py").exists()
    assert not (worktree / "seeds").exists()
    assert not (worktree / "tests" / "engine").exists()
