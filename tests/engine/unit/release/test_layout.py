"""One table says whose each file is: an upgrade, the manifest, the owners and CI go by it."""

from pathlib import Path

import pytest

from clockwork.release.layout import PLACES, Owner, owner_of, shipped
from clockwork.support.checkout import Checkout

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    ("file", "owner"),
    [
        ("clockwork/gate/decide.py", Owner.ENGINE),
        ("tests/engine/unit/test_house.py", Owner.PROOF),
        ("seeds/fleet.py", Owner.PROOF),
        (".github/workflows/main.yml", Owner.SCAFFOLD),
        ("dvc.yaml", Owner.SHARED),
        ("pipelines/stages/train.py", Owner.SHARED),
        ("docs/gate.md", Owner.PAGES),
        ("docs/audit.json", Owner.RESULT),
        ("pipelines/models/mine.py", Owner.PROJECT),
        ("tests/regression/golden.yaml", Owner.PROJECT),
        ("src/other.py", None),
        ("clockwork", None),
        ("clockwork/", None),
        ("Makefile.old", None),
    ],
)
def test_the_narrowest_place_says_whose_a_file_is(file: str, owner: Owner | None) -> None:
    assert owner_of(file) is owner


def test_every_file_that_is_tracked_here_has_a_place() -> None:
    assert [name for name in Checkout(ROOT).tracked(".") if owner_of(name) is None] == []


def test_no_place_stands_twice() -> None:
    paths = [place.path for place in PLACES]
    assert len(paths) == len(set(paths))


def test_a_release_answers_for_the_demos_remains_and_not_for_a_teams_own_code() -> None:
    assert shipped("configs/tuned.json")
    assert shipped("seeds/fleet.py")
    assert not shipped("configs/gate.yaml")
    assert not shipped("pipelines/features.py")
    assert not shipped("mine/anything.py")
