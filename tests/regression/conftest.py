"""The fixtures of a regression test.

`candidate` and `baseline` are built commits, `comparison` is the verdict on them.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from clockwork.compare.built_commit import BuiltCommit, built
from clockwork.compare.measure import with_all_classes
from clockwork.compare.paired_scores import Evidence
from clockwork.compare.team_tests import CHECKOUTS
from clockwork.support.checkout import Checkout
from clockwork.support.paths import VERDICT
from clockwork.verdict.schema import Verdict, read_verdict


@dataclass(frozen=True)
class Comparison:
    """The verdict so far, and the scores of both commits on the evaluation rows."""

    verdict: Verdict
    evidence: Evidence


def checkouts() -> dict[str, str]:
    """Where head and base are, as `make regression` says it; nothing outside of it."""
    places = json.loads(os.environ.get(CHECKOUTS, "{}"))
    return {name: place for name, place in places.items() if place}


@pytest.fixture(scope="session")
def candidate() -> BuiltCommit:
    """Head: its checkout with models and scores."""
    if "head" not in checkouts():
        pytest.skip("needs head and base: run `make regression`")
    root = Path(checkouts()["head"])
    return built(root)


@pytest.fixture(scope="session")
def baseline() -> BuiltCommit:
    """Base: its checkout, with its scores on head's evaluation rows."""
    if "base" not in checkouts():
        pytest.skip("there is no baseline")
    return BuiltCommit(Checkout(Path(checkouts()["base"])), Path(checkouts()["scores"]))


@pytest.fixture(scope="session")
def comparison(candidate: BuiltCommit, baseline: BuiltCommit) -> Comparison:
    """The gate's verdict and the evidence it rests on."""
    verdict = read_verdict(candidate.root / VERDICT)
    keys = with_all_classes(candidate.evaluation, baseline.evaluation)
    names = verdict.algorithms()
    return Comparison(
        verdict,
        Evidence(keys, candidate.runs(keys, names), baseline.runs(keys, names), candidate.task),
    )
