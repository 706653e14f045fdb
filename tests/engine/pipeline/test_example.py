"""`make demo SEED=prices`: a project of its own is made of an example.

Nothing of the user's is touched.
"""

from pathlib import Path

import pytest

from clockwork.selftest.examples import KEPT, project_of
from clockwork.support.checkout import Checkout

from .conftest import ROOT, Project, clone

NAME = "prices"


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A user's checkout, with a file of which git knows nothing and one that is staged."""
    if not (ROOT / "seeds" / NAME).is_dir():
        pytest.skip("seeds/ is gone, and its examples with it")
    made = clone(tmp_path_factory.mktemp("user") / "project")
    made.commit("The project as it is")
    (made.root / "notes.txt").write_text("mine", encoding="utf-8")
    (made.root / "README.md").write_text("mine as well", encoding="utf-8")
    made.git("add", "README.md")
    return made


def state(project: Project) -> list[str]:
    """What git says of a checkout, its branches and its index, and what lies at its top."""
    lines = [
        project.git(*words)
        for words in (["status", "--porcelain"], ["branch", "--all"], ["worktree", "list"])
    ]
    return [*lines, *sorted(path.name for path in project.root.iterdir() if path.name != "build")]


@pytest.fixture(scope="module")
def example(user: Project) -> tuple[Project, list[str], list[str]]:
    """The example's project, what its making said, and the user's checkout as it was before."""
    before, lines = state(user), list[str]()
    return Project(project_of(Checkout(user.root), NAME, lines.append).root), lines, before


def test_the_users_checkout_index_branches_and_data_are_untouched(
    user: Project, example: tuple[Project, list[str], list[str]]
) -> None:
    assert state(user) == example[2]
    assert example[0].root == user.root / KEPT / NAME


def test_the_project_is_head_with_the_examples_files_and_data_over_it(
    user: Project, example: tuple[Project, list[str], list[str]]
) -> None:
    project = example[0]
    assert project.git("rev-parse", "HEAD~1") == user.git("rev-parse", "HEAD")
    assert not project.git("status", "--porcelain")
    for file in ("configs/data.yaml", "pipelines/features.py", "tests/regression/golden.yaml"):
        assert (project.root / file).read_bytes() == (
            ROOT / "seeds" / NAME / "project" / file
        ).read_bytes()
    assert names(project.root / "seeds" / "defects") == names(ROOT / "seeds" / NAME / "defects")
    assert not [file for file in ("docs/audit.json", "dvc.lock") if (project.root / file).exists()]
    assert (project.root / "data" / "offers.csv").stat().st_size > 100_000


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_stays_what_it_is_until_another_commit_is_made(
    user: Project, example: tuple[Project, list[str], list[str]]
) -> None:
    project, lines, _ = example
    made, reported = project.git("rev-parse", "HEAD"), len(lines)
    assert project_of(Checkout(user.root), NAME, lines.append).root == project.root
    assert project.git("rev-parse", "HEAD") == made
    assert len(lines) == reported
    user.git("commit", "--quiet", "--message", "Say whose it is")
    project_of(Checkout(user.root), NAME, lines.append)
    assert (project.root / "README.md").read_text(encoding="utf-8") == "mine as well"
    assert project.git("rev-parse", "HEAD~1") == user.git("rev-parse", "HEAD")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("demo", "--seed", NAME), ["pass (exit 0)", "regression (exit 1)"]),
        (("audit", "--seed", NAME, "served-scores-reordered"), ["served-model"]),
    ],
)
def test_the_verbs_run_in_the_project(
    user: Project, words: tuple[str, ...], wanted: list[str]
) -> None:
    ended = user.run(*words)
    assert ended.code == 0, ended.text
    assert all(text in ended.text for text in wanted), ended.text
