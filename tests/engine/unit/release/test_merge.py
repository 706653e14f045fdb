"""What an upgrade does with a file follows from three digests.

They are of what was released, what is, and what is here.
"""

import hashlib
from pathlib import Path

import pytest

from clockwork.release.merge import Deed, Step, merge, released, steps
from clockwork.support.checkout import Checkout
from tests.engine.unit.conftest import commit

LABELS = ("this project", "engine 1", "engine 2")


@pytest.mark.parametrize(
    ("before", "now", "here", "deed"),
    [
        ("a", "a", "a", None),
        ("a", "a", "own", None),  # what did not change is none of an upgrade's business
        ("a", "b", "b", None),
        ("a", "b", "a", Deed.WRITE),
        ("a", "b", "own", Deed.MERGE),
        ("a", "b", None, Deed.ABSENT),
        ("a", None, "a", Deed.REMOVE),
        ("a", None, "own", Deed.KEEP),
        ("a", None, None, None),
        (None, "b", None, Deed.WRITE),
        (None, "b", "own", Deed.MERGE),
    ],
)
def test_a_file_of_the_scaffold_is_written_where_the_team_left_it_alone_and_else_merged(
    before: str | None, now: str | None, here: str | None, deed: Deed | None
) -> None:
    sides = [{"Makefile": text} if text else {} for text in (before, now, here)]
    assert list(steps(*sides)) == ([Step("Makefile", deed)] if deed else [])


def test_the_engine_becomes_what_is_released_now() -> None:
    before = {"clockwork/a.py": "1", "clockwork/b.py": "1", "clockwork/c.py": "1"}
    now = {"clockwork/a.py": "2", "clockwork/c.py": "1", "clockwork/d.py": "2"}
    assert [(step.file[-4:], step.deed) for step in steps(before, now, before)] == [
        ("a.py", Deed.WRITE),
        ("b.py", Deed.REMOVE),
        ("d.py", Deed.WRITE),
    ]


def test_the_engines_tests_come_only_where_the_project_has_kept_them() -> None:
    before = {"tests/engine/a.py": "1", "seeds/a.py": "1"}
    now = {"tests/engine/a.py": "2", "tests/engine/b.py": "2", "seeds/a.py": "2"}
    assert [step.file for step in steps(before, now, {"tests/engine/a.py": "1"})] == [
        "tests/engine/a.py",
        "tests/engine/b.py",
    ]
    assert list(steps(before, now, {})) == []


@pytest.mark.parametrize(
    "file", ["configs/gate.yaml", "configs/tuned.json", "pipelines/features.py", "docs/audit.json"]
)
def test_what_is_the_teams_is_left_alone_whatever_was_released(file: str) -> None:
    assert list(steps({file: "a"}, {file: "b"}, {file: "a"})) == []


def test_edits_of_both_sides_come_together() -> None:
    base = "".join(f"line {at}\n" for at in range(9)).encode()
    own, new = base.replace(b"line 1", b"ours"), base.replace(b"line 7", b"theirs")
    text, clash = merge(own, base, new, LABELS)
    assert not clash
    assert text == base.replace(b"line 1", b"ours").replace(b"line 7", b"theirs")


def test_edits_that_clash_stand_between_markers_that_say_whose_they_are() -> None:
    text, clash = merge(b"ours\n", b"base\n", b"theirs\n", LABELS)
    assert clash
    assert text == b"<<<<<<< this project\nours\n=======\ntheirs\n>>>>>>> engine 2\n"


def test_what_was_released_is_found_in_history_by_its_digest(repo: Path) -> None:
    commit(repo, "Makefile", "one\n")
    commit(repo, "Makefile", "two  \n\n")
    commit(repo, "Makefile", "three\n")
    assert (
        released(Checkout(repo), "Makefile", hashlib.sha256(b"two  \n\n").hexdigest())
        == b"two  \n\n"
    )
    assert released(Checkout(repo), "Makefile", "0" * 64) == b""
    assert released(Checkout(repo), "Makefile", None) == b""
