"""What the experiments on head's own code found counts, and so does one that did not run."""

import json
from typing import Any

import pytest

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.checks.experiments import SKIPPED, probe_checks
from clockwork.gate.outcome import Outcome, overall
from clockwork.learning.probes.probe import OF_A_MODEL, OF_THE_COMMIT
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.support import paths
from tests.engine.unit.checks.conftest import ROOT, Make


@pytest.fixture
def settings() -> GateSettings:
    return gate_settings(ROOT)


def probed(head: BuiltCommit, *probes: dict[str, Any]) -> BuiltCommit:
    (head.root / paths.PROBES).write_text(json.dumps({"probes": list(probes), "profile": {}}))
    return head


def probe(name: str, algorithm: str | None, *, held: bool = True) -> dict[str, Any]:
    return {"id": name, "held": held, "message": "some message", "algorithm": algorithm}


def test_experiments_that_did_not_run_are_never_green(make: Make, settings: GateSettings) -> None:
    head = make("head")
    assert overall(probe_checks(head, settings)) is Outcome.INVALID
    missing = probe_checks(probed(head), settings)
    assert {check.outcome for check in missing} == {Outcome.INVALID}
    assert {check.algorithm for check in missing} == {None, "lightgbm", "logistic"}


def test_all_of_them_are_needed_and_they_are_enough(make: Make, settings: GateSettings) -> None:
    found = [probe(name, None) for name in OF_THE_COMMIT]
    found += [
        probe(name, algorithm) for name in OF_A_MODEL for algorithm in ("lightgbm", "logistic")
    ]
    head = make("head")
    assert overall(probe_checks(probed(head, *found), settings)).green
    for one in found:
        left = [other for other in found if other is not one]
        assert overall(probe_checks(probed(head, *left), settings)) is Outcome.INVALID


@pytest.mark.parametrize(
    ("algorithm", "gates"), [(None, True), ("lightgbm", True), ("robust_z", False)]
)
def test_a_broken_experiment_is_suspicious_where_it_gates(
    make: Make, settings: GateSettings, algorithm: str | None, gates: bool
) -> None:
    head = probed(make("head"), probe("no peeking", algorithm, held=False))
    (check,) = [check for check in probe_checks(head, settings) if check.id == "no peeking"]
    assert (check.outcome, check.gating, check.message) == (
        Outcome.SUSPICIOUS,
        gates,
        "some message",
    )


def test_a_quick_run_says_that_it_left_them_out(make: Make, settings: GateSettings) -> None:
    assert probe_checks(make("head"), settings, quick=True) == [SKIPPED]
    assert (SKIPPED.outcome, SKIPPED.gating) == (Outcome.CANNOT_TELL, False)
    assert "left out" in SKIPPED.message
