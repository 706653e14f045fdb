"""The verb: it refuses what it could not undo, shows all in a dry run, and proposes changes to who has adopted."""

import subprocess
from pathlib import Path

import pytest

from clockwork.adopt.guess import Given
from clockwork.cli import main
from clockwork.commands.adopt.command import adopt
from clockwork.support.checkout import Checkout

from .conftest import customers

LEFT = Given("left")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with the least of what the verb looks at: the demo's seeds, two algorithms, a file of one's own."""
    root = tmp_path / "project"
    for name in ("seeds/fleet.yaml", "pipelines/models/lightgbm.py", "pipelines/models/logistic.py", "notes.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x\n", encoding="utf-8")
    for command in ("init -q", "config user.name x", "config user.email x@example.org", "add -A", "commit -qm first"):
        subprocess.run(["git", *command.split()], cwd=root, check=True)
    return root


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
    before, said = state(project), list[str]()
    assert adopt(Checkout(project), data, LEFT, None, said.append, dry=True) == 0
    assert state(project) == before
    told = "\n".join(said)
    for name in ("data.yaml", "gate.yaml", "expectations.yaml", "features.yaml", "alerts.yaml", "models/lightgbm.yaml"):
        assert f"--- configs/{name}" in told
    assert "1 tracked files would go, such as seeds/fleet.yaml" in told
    assert "question 1: " in told
    assert "region" in capsys.readouterr().out


def test_a_dirty_tree_is_refused_and_every_other_fault_is_said_with_it(project: Path, tmp_path: Path) -> None:
    (project / "notes.txt").write_text("mine\n", encoding="utf-8")
    before, said = state(project), list[str]()
    assert adopt(Checkout(project), tmp_path / "gone.csv", LEFT, None, said.append) == 2
    assert said == [
        f"error: {tmp_path / 'gone.csv'}: no such file or folder; name a Parquet or CSV file, or a folder of them",
        "error: 1 files differ from HEAD, such as notes.txt; commit or stash them",
        "2 to mend; nothing was written",
    ]
    assert state(project) == before


def test_a_branch_of_that_name_is_not_overwritten(project: Path, data: Path) -> None:
    Checkout(project).git("branch", "adopt-customers")
    said: list[str] = []
    assert adopt(Checkout(project), data, LEFT, None, said.append) == 2
    assert "error: there is a branch adopt-customers already; delete it, or give the project another --name" in said


def test_where_the_pipeline_does_not_run_the_checkout_stays_as_it_was(project: Path, data: Path) -> None:
    before = state(project)
    with pytest.raises(Exception, match=r"configs/|dvc"):  # there is no pipeline
        adopt(Checkout(project), data, LEFT, None, lambda _: None)
    assert state(project)[:2] == before[:2]


def test_a_second_call_proposes_what_to_change_and_writes_nothing(project: Path, data: Path) -> None:
    subprocess.run(["git", "rm", "-rq", "seeds"], cwd=project, check=True)
    (project / "configs").mkdir()
    (project / "configs" / "data.yaml").write_text("rows: data/customers.csv\ntarget: left\n", encoding="utf-8")
    before, said = state(project), list[str]()
    assert adopt(Checkout(project), data, LEFT, None, said.append) == 0
    assert state(project) == before
    assert any(line.startswith("+slices: [region]") for line in said)
    assert "-target: left" in said
    assert said[-3].startswith("nothing was written: take over what is right")


def test_without_data_or_target_it_says_which_option_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt"]) == 2
    assert "Missing option '--data'" in capsys.readouterr().err
