"""Whoever edits the judge needs an owner: CODEOWNERS covers every place the gate calls its own."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

from clockwork.compare.base_gate import GATE_FILES
from clockwork.release.layout import PLACES, Owner

ROOT = Path(__file__).parents[2]
OWNED = [
    line.split()[0].lstrip("/")
    for line in (ROOT / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
SELF = [
    "clockwork/compare/compare.py",
    "clockwork/commands/regression.py",
    "clockwork/compare/team_tests.py",
    "tests/regression/",
    "dvc.yaml",
]
SCAFFOLD = [place.path for place in PLACES if place.owner in (Owner.ENGINE, Owner.SCAFFOLD)]


@pytest.mark.parametrize("place", [*GATE_FILES, *SELF])
def test_every_place_of_the_judge_is_there_and_has_an_owner(place: str) -> None:
    assert (ROOT / place).exists()
    assert any(
        fnmatch(place, owned) or f"{place.rstrip('/')}/".startswith(owned) for owned in OWNED
    ), place


@pytest.mark.parametrize("place", SCAFFOLD)
def test_what_every_verb_and_every_ci_system_rests_on_has_an_owner(place: str) -> None:
    assert any(fnmatch(place, owned) or place.startswith(owned) for owned in OWNED), place
