"""A release is made by one command: the version, what changed, the manifest."""

from pathlib import Path

import pytest

from clockwork.cli import main
from clockwork.release.layout import HOUSE
from clockwork.release.manifest import edited, read
from clockwork.release.version import numbers, read_version
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.git import git
from tests.engine.unit.conftest import commit

ROOT = Path(__file__).parents[4]
CHANGES = "# Changes\n\n## Next\n\n- Something.\n\n## 0.1.0\n\n- The first.\n"


@pytest.fixture
def engine(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with an engine of version 0.1.0, which is the folder that verbs run in."""
    commit(repo, HOUSE)
    commit(repo, "clockwork/VERSION", "0.1.0\n")
    commit(repo, "clockwork/CHANGELOG.md", CHANGES)
    monkeypatch.chdir(repo)
    return repo


def test_this_engine_has_a_version_and_something_written_of_the_next() -> None:
    assert numbers(read_version(Checkout(ROOT)), "here") >= (0, 1, 0)
    assert "\n## Next\n" in (ROOT / "clockwork" / "CHANGELOG.md").read_text(encoding="utf-8")


def test_a_release_gives_what_changed_its_version(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["release", "0.2.0"]) == 0
    assert read_version(Checkout(engine)) == "0.2.0"
    changes = (engine / "clockwork" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changes == CHANGES.replace("## Next\n", "## Next\n\n## 0.2.0\n")
    assert "clockwork/VERSION" in read(Checkout(engine))
    assert edited(Checkout(engine)) == []
    assert capsys.readouterr().out.endswith("and tag the commit v0.2.0\n")


def test_without_a_version_the_manifest_alone_is_renewed(engine: Path) -> None:
    assert main(["release"]) == 0
    assert read_version(Checkout(engine)) == "0.1.0"
    assert git(engine, "status", "--porcelain") == "?? clockwork/MANIFEST"


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0.1.0", "release 0.1.0 is not after 0.1.0"),
        ("0.0.9", "release 0.0.9 is not after 0.1.0"),
        ("1.0", "'1.0' is no version; write three numbers such as 1.4.0"),
        ("v1.0.0", "'v1.0.0' is no version"),
        ("1.0.0\n", "is no version"),
    ],
)
def test_a_version_that_is_none_or_not_later_is_refused_and_changes_nothing(
    engine: Path, version: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["release", version]) == 2
    assert message in capsys.readouterr().err
    assert git(engine, "status", "--porcelain") == ""


def test_a_release_of_which_nothing_is_written_is_refused(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(engine, "clockwork/CHANGELOG.md", "# Changes\n\n## Next\n\n## 0.1.0\n\n- The first.\n")
    assert main(["release", "0.2.0"]) == 2
    assert "nothing stands under '## Next'" in capsys.readouterr().err
    assert git(engine, "status", "--porcelain") == ""


def test_a_project_makes_no_release_of_what_it_edited(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(engine, "rm", "--quiet", HOUSE)
    git(engine, "commit", "--quiet", "--message", "Remove the engine's tests")
    assert main(["release"]) == 2
    assert "a release is made where tests/engine is" in capsys.readouterr().err
    assert git(engine, "status", "--porcelain") == ""


def test_versions_compare_by_their_numbers() -> None:
    assert numbers("0.10.0", "x") > numbers("0.9.12", "x")
    with pytest.raises(BadInput, match=r"^clockwork/VERSION: '' is no version"):
        read_version(Checkout(Path("/nowhere")))
