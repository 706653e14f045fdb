"""A shallow clone, a lock of other files and old pins are said, each with its remedy."""

from pathlib import Path
from typing import Any

import pytest

from clockwork.doctor.repository import OLD, apart, ci, history, old, stale, unpinned
from clockwork.support.checkout import Checkout
from clockwork.support.git import git
from tests.engine.unit.conftest import commit

ROOT = Path(__file__).parents[4]
PROJECT = """
[project]
dependencies = ["pandas==3.1.1", "click", "psycopg[binary]", "sqlalchemy<2.1"]
[dependency-groups]
dev = ["uv==0.13.9", "Types_PyYAML"]
"""
LOCK = """pandas==3.1.1 ; python_version < '4' \\
    --hash=sha256:00
click==8.5
psycopg==3.3
sqlalchemy==2.0.1
types-pyyaml==6.0
"""
PIN = "uses: actions/cache@{} # v{}\n"


def test_a_shallow_clone_is_asked_to_fetch_the_rest(repo: Path, tmp_path: Path) -> None:
    assert history(Checkout(repo)).needs == ()
    git(repo, "clone", "--quiet", "--depth=1", repo.as_uri(), str(tmp_path / "shallow"))
    (need,) = history(Checkout(tmp_path / "shallow")).needs
    assert need.remedy == "run `git fetch --unshallow`"


def test_a_lock_that_pins_what_is_asked_for_needs_nothing() -> None:
    assert list(unpinned(PROJECT, LOCK)) == []
    here = [
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("pyproject.toml", "requirements.lock")
    ]
    assert list(unpinned(*here)) == []


@pytest.mark.parametrize(
    ("find", "replace", "named"),
    [
        ("pandas==3.1.1", "pandas==3.1.0", "pandas 3.1.1"),
        ("click==8.5\n", "", "click"),
        ("types-", "type-", "Types_"),
    ],
)
def test_a_library_that_the_lock_lacks_or_pins_otherwise_is_named(
    find: str, replace: str, named: str
) -> None:
    (need,) = unpinned(PROJECT, LOCK.replace(find, replace))
    assert need.what.startswith(f"does not pin what pyproject.toml asks for: {named}")
    assert need.remedy.startswith("run `make lock`")


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ({}, []),
        ({"train": [{"changed outs": {"build/models": "deleted"}}]}, []),
        ({"train": [{"changed deps": {"build/features": "deleted"}}]}, []),
        (
            {
                "train": [{"changed deps": {"clockwork/learning": "modified"}}],
                "score": ["changed command"],
            },
            ["score, train"],
        ),
    ],
)
def test_a_lock_is_stale_by_what_goes_into_a_stage_and_not_by_what_was_not_made_here(
    status: dict[str, Any], found: list[str]
) -> None:
    assert [need.what for need in stale(status, differs=False)] == [
        f"is of other files than these: {names}" for names in found
    ]


def test_a_lock_that_was_renewed_and_not_committed_is_reported() -> None:
    assert [need.what for need in stale({}, differs=True)] == ["differs from the commit's"]


def test_an_action_that_is_pinned_at_two_versions_is_named_with_both() -> None:
    new, late = PIN.format("a" * 40, "5.0.1"), PIN.format("b" * 40, "4.2.0")
    assert list(apart({"one.yml": new, "two.yml": new})) == []
    (need,) = apart({"one.yml": new, "two.yml": late.replace("cache@", "cache/save@")})
    assert need.what == "actions/cache is pinned at v4.2.0 in two.yml, v5.0.1 in one.yml"


def test_pins_that_nobody_moved_for_a_year_are_old() -> None:
    assert list(old({"one.yml": OLD, "two.yml": None})) == []
    (need,) = old({"one.yml": 400, "two.yml": 500, "three.yml": 3})
    assert (need.where, need.what) == ("one.yml, two.yml", "the pins were last moved 500 days ago")


def test_the_age_of_pins_is_that_of_the_commit_that_moved_them(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_DATE", "2020-01-01T00:00:00Z")
    commit(repo, ".github/workflows/main.yml", PIN.format("a" * 40, "5.0.1"))
    monkeypatch.delenv("GIT_AUTHOR_DATE")
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    commit(repo, ".github/workflows/main.yml", "# a comment\n" + PIN.format("a" * 40, "5.0.1"))
    (need,) = ci(Checkout(repo)).needs
    assert need.where == ".github/workflows/main.yml"
    commit(repo, ".github/workflows/main.yml", PIN.format("b" * 40, "5.0.2"))
    assert ci(Checkout(repo)).needs == ()


def test_the_pins_of_this_repository_agree_with_each_other() -> None:
    texts = {
        path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".github").rglob("*.yml")
    }
    assert list(apart(texts)) == []
