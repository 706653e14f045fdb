"""The manifest says what a release shipped: it fits this commit, and it finds an edited engine."""

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from clockwork.release import manifest
from clockwork.release.layout import HOUSE, shipped
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.git import git
from tests.engine.unit.conftest import commit

ROOT = Path(__file__).parents[4]
RENEW = "the manifest is of another commit; run `python -m clockwork release` and commit it"


def committed() -> dict[str, bytes]:
    """The files that the commit checked out here holds, as they are in it."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", "HEAD"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no commit is here to compare the manifest with")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        held = {one.name: archive.extractfile(one) for one in archive if one.isfile()}
        return {name: file.read() for name, file in held.items() if file}


def test_the_manifest_fits_this_commit() -> None:
    """Of the commit and not of the working tree, so that it is no edit of the engine that fails."""
    held = committed()
    reported = manifest.parse(held.pop(manifest.MANIFEST).decode())
    found = {name: hashlib.sha256(data).hexdigest() for name, data in held.items() if shipped(name)}
    assert sorted(reported.items() ^ found.items()) == [], RENEW


@pytest.fixture
def project(repo: Path) -> Path:
    """A repository with a one-file engine, a file of its tests, the team's model, as released."""
    for name in ("clockwork/gate.py", HOUSE, "pipelines/models/mine.py"):
        commit(repo, name, f"# {name}\n")
    manifest.renew(Checkout(repo))
    git(repo, "add", "--all")
    return repo


def test_a_file_whose_name_has_dots_is_no_way_out() -> None:
    assert manifest.parse(f"{'a' * 64}  docs/a..b/..c.md\n") == {"docs/a..b/..c.md": "a" * 64}


def test_an_engine_as_released_has_no_edits(project: Path) -> None:
    assert list(manifest.read(Checkout(project))) == [
        "clockwork/gate.py",
        HOUSE,
    ]
    assert manifest.edited(Checkout(project)) == []


def test_a_changed_an_added_and_a_missing_file_of_the_engine_are_edits(project: Path) -> None:
    (project / "clockwork" / "gate.py").write_text("ALPHA = 1\n", encoding="utf-8")
    assert manifest.edited(Checkout(project)) == ["clockwork/gate.py"]
    (project / "clockwork" / "gate.py").unlink()
    commit(project, "clockwork/own.py")
    assert manifest.edited(Checkout(project)) == ["clockwork/gate.py", "clockwork/own.py"]


def test_the_projects_own_files_and_untracked_ones_are_none(project: Path) -> None:
    (project / "pipelines" / "models" / "mine.py").write_text("ALPHA = 1\n", encoding="utf-8")
    (project / "clockwork" / "notes.txt").write_text("mine", encoding="utf-8")
    assert manifest.edited(Checkout(project)) == []


def test_the_engines_tests_may_be_gone_but_not_edited(project: Path) -> None:
    place = project / HOUSE
    place.write_text("ALPHA = 1\n", encoding="utf-8")
    assert manifest.edited(Checkout(project)) == [HOUSE]
    place.unlink()
    assert manifest.edited(Checkout(project)) == []


@pytest.mark.parametrize(
    "text",
    [
        "clockwork/gate.py\n",
        f"{'a' * 63}  x\n",
        f"{'a' * 64}  x\n{'b' * 64}  x\n",
        *(
            f"{'a' * 64}  {path}\n"
            for path in ("/etc/passwd", "../x", "clockwork/../../x", "clockwork/..")
        ),
    ],
)
def test_a_manifest_that_is_none_is_one_line_with_its_number(text: str) -> None:
    with pytest.raises(
        BadInput,
        match=r"^clockwork/MANIFEST:[12]: not the one digest of a file; restore it from git$",
    ):
        manifest.parse(text)


def test_the_hook_writes_it_anew_where_the_engine_is_developed(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    assert manifest.main() == 0
    (project / "clockwork" / "gate.py").write_text("ALPHA = 1\n", encoding="utf-8")
    assert manifest.main() == 1
    assert capsys.readouterr().out == "clockwork/MANIFEST: written anew; add it to the commit\n"
    assert manifest.main() == 0


def test_the_hook_of_a_project_never_calls_an_edited_engine_released(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git(project, "rm", "-r", "--quiet", "--force", "tests/engine")
    for name in ("tests/engine/test_motor.py", "seeds/users.sql"):  # the team's own
        commit(project, name)
    before = (project / manifest.MANIFEST).read_bytes()
    (project / "clockwork" / "gate.py").write_text("ALPHA = 1\n", encoding="utf-8")
    monkeypatch.chdir(project)
    assert manifest.main() == 0
    assert (
        "you edited the engine, and upgrades will refuse that: clockwork/gate.py"
        in capsys.readouterr().out
    )
    assert (project / manifest.MANIFEST).read_bytes() == before
    git(project, "checkout", "--quiet", "--", "clockwork/gate.py")
    assert manifest.edited(Checkout(project)) == []
