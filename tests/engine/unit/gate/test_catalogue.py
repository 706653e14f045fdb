"""Every check is in one catalogue.

What code makes is in it, and what planted defects name; nowhere is a title typed again.
"""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from clockwork.gate.catalogue import (
    CATALOGUE,
    ENTRIES,
    CheckId,
    Group,
    former_title,
    group_of,
    id_of,
    title_of,
)
from clockwork.gate.outcome import Check, Outcome
from clockwork.report.catalogue import catalogue_table
from clockwork.selftest.edits import all_changes

ROOT = Path(__file__).parents[4]
HOME = "clockwork/gate/catalogue.py"
ENGINE = [path for path in (ROOT / "clockwork").rglob("*.py") if path != ROOT / HOME]
SHOWN = ("docs/gate.md", HOME)  # the table that is made from the catalogue, and the catalogue
MAKE = ("Check", "Probe", "attempt", "attempt_each", "broken")
# A title of one or two words ("costs") is a word like any other; a longer one is typed for the
# check's sake.
LEAST_WORDS = 3
# As a name it stands in quotes, in a cell, after a key or before what it is about; in a sentence it
# is only English.
NAMED = r"(?:[\"'`]|: |\| )({})(?:[\"'`]| \u00b7|:| \||$)"
TEXTS = (".py", ".yaml", ".yml", ".md", ".html", ".json", ".toml", "")


def calls(path: Path) -> list[ast.Call]:
    """The calls that make a check or an experiment."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
    ]
    return [one for one in found if isinstance(one.func, ast.Name) and one.func.id in MAKE]


def test_the_catalogue_has_one_entry_for_each_id_with_a_title_of_its_own() -> None:
    assert [one.id for one in ENTRIES] == list(CheckId)
    assert len({one.title for one in ENTRIES}) == len(ENTRIES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one.id) for one in ENTRIES)
    assert all(one.proves.endswith(".") for one in ENTRIES)


def test_every_id_is_made_by_something() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in ENGINE)
    assert [one.name for one in CheckId if f"CheckId.{one.name}" not in text] == []


def test_no_code_makes_a_check_by_a_name_that_it_types() -> None:
    typed = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in ENGINE
        for call in calls(path)
        if call.args and isinstance(call.args[0], ast.Constant | ast.JoinedStr)
    ]
    assert typed == []
    assert any(calls(path) for path in ENGINE), "else this would hold for whatever they are called"


def test_every_planted_defect_names_a_check_of_the_catalogue() -> None:
    named = {one.caught_by for one in all_changes() if one.caught_by}
    assert named <= set(CATALOGUE)
    assert named


def test_no_title_is_typed_outside_the_catalogue() -> None:
    titles = {
        title
        for one in ENTRIES
        for title in (one.title, *one.formerly)
        if len(title.split()) >= LEAST_WORDS
    }
    files = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True
    ).stdout
    texts = {
        name: ROOT / name
        for name in files.splitlines()
        if name not in SHOWN and (ROOT / name).is_file()
    }
    named = re.compile(NAMED.format("|".join(map(re.escape, titles))), re.MULTILINE)
    again = {
        (name, found)
        for name, path in texts.items()
        if path.suffix in TEXTS
        for found in named.findall(path.read_text(encoding="utf-8", errors="replace"))
    }
    assert again == set()


def test_the_document_shows_the_catalogue_as_it_is() -> None:
    text = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
    assert catalogue_table() in text, (
        "put what `python -m clockwork checks` prints into docs/gate.md"
    )


@pytest.mark.parametrize("one", ENTRIES, ids=lambda one: one.id)
def test_a_title_of_schema_1_is_read_as_its_id(one: object) -> None:
    entry = next(known for known in ENTRIES if known is one)
    assert {id_of(title) for title in (entry.title, *entry.formerly)} == {entry.id}
    assert id_of(former_title(entry.id)) == entry.id


def test_a_check_that_only_another_commit_knows_still_has_a_title_and_a_group() -> None:
    name = id_of("Moon phase: full?")
    assert (name, title_of(name), group_of(name)) == (
        "moon-phase-full",
        "moon phase full",
        Group.OTHER,
    )


def test_a_title_for_people_has_every_part_of_the_check() -> None:
    check = Check(CheckId.NO_WORSE, Outcome.PASS, algorithm="trees", metric="brier", slice="kind a")
    assert check.title == f"{CATALOGUE[CheckId.NO_WORSE].title} · trees · brier · kind a"
