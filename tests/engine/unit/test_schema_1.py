"""What was written in schema 1.x is read as it was meant.

That goes for verdicts that are kept and for checks of an older base's gate.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from clockwork.compare import base_gate
from clockwork.gate.catalogue import CheckId, former_title
from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.support.errors import BadInput
from clockwork.verdict.schema import read_verdict

NUMBERS = {
    "head": 0.5,
    "base": 0.6,
    "delta": -0.1,
    "low": -0.2,
    "high": -0.05,
    "margin": 0.03,
    "sees": 0.1,
}
MEASURED: dict[str, Any] = {
    "name": former_title(CheckId.NO_WORSE),
    "outcome": "regression",
    "message": "anything fits",
    "gating": True,
    "algorithm": "trees",
    "metric": "roc_auc",
    "slice": None,
    "estimate": {**NUMBERS, "chance": 0.001},
}
ROWS = {
    "name": former_title(CheckId.SAME_ROWS),
    "outcome": "pass",
    "message": "as on base",
    "gating": True,
    "algorithm": None,
    "metric": None,
    "slice": None,
    "estimate": None,
}
OLD: dict[str, Any] = {
    "schema_version": "1.2",
    "outcome": "regression",
    "exit_code": 1,
    "summary": "worse",
    "head": {"sha": "a" * 40, "subject": "Head"},
    "base": None,
    "context": {},
    "checks": [MEASURED, ROWS],
}


def read(tmp_path: Path, **changes: Any) -> Any:
    path = tmp_path / "verdict.json"
    path.write_text(json.dumps({**OLD, **changes}), encoding="utf-8")
    return read_verdict(path)


def test_a_verdict_of_schema_1_is_read_with_ids_and_named_numbers(tmp_path: Path) -> None:
    verdict = read(tmp_path)
    assert [check.id for check in verdict.checks] == [CheckId.NO_WORSE, CheckId.SAME_ROWS]
    found = verdict.checks[0].estimate
    assert (found.lower, found.upper, found.minimum_detectable, found.p_value) == (
        -0.2,
        -0.05,
        0.1,
        0.001,
    )
    assert (found.clusters_needed, found.positive_clusters) == (None, None)
    assert verdict.schema_version == "2.0"


def test_missing_numbers_of_schema_1_are_missing_today(tmp_path: Path) -> None:
    holed = {**MEASURED, "estimate": {**MEASURED["estimate"], "low": None}}
    found = read(tmp_path, checks=[holed]).checks[0].estimate
    assert found.lower != found.lower


@pytest.mark.parametrize(
    "checks", [7, [7], [{"name": 7}], [{**ROWS, "estimate": 7}], [{"outcome": "pass"}]]
)
def test_what_is_of_no_schema_is_refused_and_never_guessed(tmp_path: Path, checks: Any) -> None:
    with pytest.raises(BadInput, match="not a verdict of schema"):
        read(tmp_path, checks=checks)


def asked(tmp_path: Path, document: Any) -> list[Check]:
    """The checks that base's gate wrote."""
    path = tmp_path / "checks.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return base_gate.read(path)


@pytest.mark.parametrize(
    "document", [7, [7], [{}], [{**ROWS, "outcome": "odd"}], [{**ROWS, "estimate": {"head": "x"}}]]
)
def test_checks_that_cannot_be_read_make_a_run_invalid(tmp_path: Path, document: Any) -> None:
    (found,) = asked(tmp_path, document)
    assert (found.id, found.outcome) == (CheckId.BASE_GATE_RUNS, Outcome.INVALID)
    assert found.message.startswith("the gate was edited, and base's gave no checks that can be")


def test_checks_of_an_older_bases_gate_have_ids_and_todays_numbers(tmp_path: Path) -> None:
    (found,) = asked(tmp_path, [MEASURED])
    assert (found.id, found.outcome, found.message) == (
        CheckId.NO_WORSE,
        Outcome.REGRESSION,
        "anything fits",
    )
    assert isinstance(found.estimate, Estimate)
    assert (found.estimate.lower, found.estimate.p_value, found.estimate.clusters_needed) == (
        -0.2,
        0.001,
        None,
    )


def test_what_was_described_of_commits_is_read_under_its_name_of_today(tmp_path: Path) -> None:
    head = {"data": "1", "dependencies": "2", "params": {}, "seeds": {"trees": [1, 2]}}
    found = read(tmp_path, arms={"head": head})
    assert found.commits["head"].seeds == {"trees": [1, 2]}
