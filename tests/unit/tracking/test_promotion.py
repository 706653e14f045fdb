"""What may be promoted: what a whole run tested, by the hash of its contents, with a green verdict or a person's."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipelines.checks.experiments import SKIPPED
from pipelines.gate.outcome import Outcome
from pipelines.git import describe, find_commit
from pipelines.serving.contents import Contents
from pipelines.tracking.acceptance import accept
from pipelines.tracking.experiment import Experiment
from pipelines.tracking.promotion import find_tested
from pipelines.tracking.runs import delete_others
from pipelines.verdict import Commit, Verdict
from tests.unit.tracking.conftest import Send


@pytest.fixture
def served(request: pytest.FixtureRequest) -> str:
    """A hash that no other test knows."""
    return str(request.node.name)


def contents(served: str) -> Contents:
    """What is built at HEAD."""
    return cast(Contents, SimpleNamespace(served=served, algorithm="boosting"))


def test_what_nobody_tested_is_refused_with_what_to_run(there: Experiment, tested: Send, served: str) -> None:
    tested("something else")
    found = find_tested(there, contents(served))
    assert "run `make regression`" in found.refusal
    assert found.exit_code == 3


def test_a_green_verdict_offers_the_model_that_it_tested(there: Experiment, tested: Send, served: str) -> None:
    sent = tested(served)
    found = find_tested(there, contents(served))
    assert found.refusal == ""
    assert there.client.get_logged_model(found.model_id).source_run_id == sent.children["boosting"]


@pytest.mark.parametrize(("outcome", "code"), [(Outcome.REGRESSION, 1), (Outcome.CANNOT_TELL, 3)])
def test_a_verdict_that_is_not_green_is_refused(
    there: Experiment, tested: Send, served: str, outcome: Outcome, code: int
) -> None:
    tested(served, outcome)
    found = find_tested(there, contents(served))
    assert f"ended with {outcome}" in found.refusal
    assert found.exit_code == code


def test_what_settings_let_pass_is_passed(there: Experiment, tested: Send, served: str) -> None:
    tested(served, Outcome.CANNOT_TELL, exit_code=0)
    assert find_tested(there, contents(served)).refusal == ""


def test_a_quick_run_is_no_proof(there: Experiment, tested: Send, served: str, verdict: Verdict) -> None:
    tested(served, checks=[*verdict.checks, SKIPPED])
    assert "quick" in find_tested(there, contents(served)).refusal


def test_one_green_verdict_on_the_same_contents_is_enough(there: Experiment, tested: Send, served: str) -> None:
    tested(served, pr="1")
    tested(served, Outcome.REGRESSION, pr="2", hours=1)
    found = find_tested(there, contents(served))
    assert found.refusal == ""
    assert found.parent.data.tags["pr"] == "1"  # type: ignore[union-attr]


def test_a_verdict_that_was_deleted_promotes_nothing(there: Experiment, tested: Send, served: str) -> None:
    sent = tested(served)
    delete_others(there.client, there.id, sent.key, keep=())
    assert "no verdict" in find_tested(there, contents(served)).refusal


def test_what_a_person_accepts_may_go(there: Experiment, tested: Send, served: str, checkout: Path) -> None:
    head = commit(checkout)
    tested(served, Outcome.REGRESSION, head=head)
    said: list[str] = []
    assert accept(checkout, head.sha, "Ada", "known and wanted", said.append) == 0
    found: Any = find_tested(there, contents(served))
    assert found.refusal == ""
    assert found.parent.data.tags["accepted.by"] == "Ada"


def commit(checkout: Path) -> Commit:
    """The commit that is checked out."""
    return describe(checkout, find_commit(checkout, "HEAD"))
