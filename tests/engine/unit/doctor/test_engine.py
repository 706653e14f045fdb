"""An edited engine and the demo's remains are named; the demo itself is left in peace."""

from pathlib import Path

import pytest

from clockwork.doctor.engine import demo, engine, remains
from clockwork.release.layout import HOUSE
from clockwork.release.manifest import renew
from clockwork.support.checkout import Checkout
from clockwork.support.git import git
from tests.engine.unit.conftest import commit

FILES = (
    "clockwork/gate.py",
    "data.dvc",
    "seeds/fleet.py",
    "seeds/fleet.yaml",
    "configs/tuned.json",
    "README.md",
)


@pytest.fixture
def project(repo: Path) -> Path:
    """A repository with an engine of its own and the demo's files, as released."""
    for name in FILES:
        commit(repo, name, f"{name}\n")
    commit(repo, "clockwork/VERSION", "0.1.0\n")
    renew(Checkout(repo))
    git(repo, "add", "--all")
    return repo


def test_an_engine_as_released_says_its_version(project: Path) -> None:
    assert engine(Checkout(project)).needs == ()
    assert engine(Checkout(project)).fact == "0.1.0, as released"


def test_an_edited_engine_is_named_and_reported_to_stop_upgrades(project: Path) -> None:
    (project / "clockwork" / "gate.py").write_text("ALPHA = 1\n", encoding="utf-8")
    (need,) = engine(Checkout(project)).needs
    assert str(need).startswith(
        "clockwork/: the engine was edited, so upgrades are refused: clockwork/gate.py; take"
    )


def test_whoever_develops_the_engine_has_only_to_renew_the_manifest(project: Path) -> None:
    commit(project, HOUSE)
    (project / "clockwork" / "gate.py").write_text("ALPHA = 1\n", encoding="utf-8")
    (need,) = engine(Checkout(project)).needs
    assert need.what == "is not of these files: clockwork/gate.py"
    assert need.remedy == "run `make check`, which writes it anew"


def test_the_demo_with_its_own_data_is_whole(project: Path) -> None:
    assert demo(Checkout(project)).needs == ()


def test_with_other_data_what_is_left_of_the_demo_is_named_once_a_place(project: Path) -> None:
    (project / "data.dvc").write_text("others\n", encoding="utf-8")
    assert {need.where: need.remedy for need in demo(Checkout(project)).needs} == {
        "README.md": "say what this project predicts, and from what",
        "configs/tuned.json": "`python -m clockwork warm` after a run, or delete it",
        "seeds/": "git rm -r seeds/",
    }


def test_what_was_written_anew_or_deleted_is_left_of_nothing() -> None:
    assert list(remains({"README.md": "a", "seeds/fleet.py": "b"}, {"README.md": "c"})) == []
