"""What may be promoted: what a whole run tested, by the hash of its contents.

It has a green verdict or a person's.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from clockwork.compare.checks.experiments import SKIPPED
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import SEVERITY, Check, Outcome
from clockwork.learning.serving.contents import Contents
from clockwork.support.checkout import Checkout
from clockwork.support.git import Commit
from clockwork.tracking.acceptance import accept
from clockwork.tracking.experiment import Experiment
from clockwork.tracking.runs import delete_others
from clockwork.tracking.tested import find_tested
from clockwork.verdict.schema import Verdict
from tests.engine.unit.tracking.conftest import Send, commit


def contents(served: str) -> Contents:
    """What is built at HEAD."""
    return cast(Contents, SimpleNamespace(served=served, algorithm="boosting"))


def test_what_nobody_tested_is_refused_with_what_to_run(
    there: Experiment, tested: Send, served: str
) -> None:
    tested("something else")
    found = find_tested(there, contents(served))
    assert "run `make regression`" in found.refusal
    assert found.exit_code == 3


def test_a_green_verdict_offers_the_model_that_it_tested(
    there: Experiment, tested: Send, served: str
) -> None:
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


def test_a_quick_run_is_no_proof(
    there: Experiment, tested: Send, served: str, verdict: Verdict
) -> None:
    tested(served, checks=[*verdict.checks, SKIPPED])
    assert "quick" in find_tested(there, contents(served)).refusal


@pytest.mark.parametrize("red_is_newer", [True, False])
def test_a_red_verdict_on_the_same_contents_outranks_every_green_one(
    there: Experiment, tested: Send, served: str, red_is_newer: bool
) -> None:
    tested(served, Outcome.REGRESSION, pr="2", hours=1)
    tested(served, pr="1", hours=0 if red_is_newer else 2)
    found = find_tested(there, contents(served))
    assert found.refusal.startswith("'PR 2 · ")
    assert "python -m clockwork accept" in found.refusal
    assert found.exit_code == 1


def test_a_red_verdict_outranks_green_ones_however_many_are_newer(
    there: Experiment, tested: Send, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested(served, Outcome.REGRESSION, pr="2")
    tested(served, pr="1", hours=1)
    tested(f"{served}, changed", Outcome.REGRESSION, pr="3", hours=2)
    monkeypatch.setattr("clockwork.tracking.experiment.MOST", 1)
    assert find_tested(there, contents(served)).refusal.startswith("'PR 2 · ")


def test_a_red_quick_run_counts_as_any_red(
    there: Experiment, tested: Send, served: str, verdict: Verdict
) -> None:
    tested(served, Outcome.SUSPICIOUS, checks=[*verdict.checks, SKIPPED])
    tested(served, hours=1)
    assert "ended with suspicious" in find_tested(there, contents(served)).refusal


def test_where_another_algorithm_turned_the_run_red_a_green_one_is_enough(
    there: Experiment, tested: Send, served: str
) -> None:
    checks = [
        Check(CheckId.NO_WORSE, Outcome.PASS, "so it is", True, "boosting"),
        Check(CheckId.NO_WORSE, Outcome.REGRESSION, "it is not", True, "linear"),
    ]
    tested(served, pr="1")
    tested(served, Outcome.REGRESSION, pr="2", hours=1, checks=checks)
    assert find_tested(there, contents(served)).refusal == ""
    tested(
        served,
        Outcome.REGRESSION,
        pr="3",
        hours=2,
        checks=[*checks, Check("data", Outcome.SUSPICIOUS, "odd")],
    )
    assert "'PR 3 · " in find_tested(there, contents(served)).refusal


@pytest.mark.parametrize(
    ("its", "others", "refused"),
    [
        (Outcome.PASS, Outcome.REGRESSION, False),
        (Outcome.PASS, Outcome.CANNOT_TELL, False),
        (Outcome.CANNOT_TELL, Outcome.PASS, True),
        (Outcome.CANNOT_TELL, Outcome.REGRESSION, True),
    ],
)
def test_an_unchanged_commit_promotes_what_others_alone_left_open(
    there: Experiment, tested: Send, served: str, its: Outcome, others: Outcome, refused: bool
) -> None:
    checks = [
        Check(CheckId.NO_WORSE, its, "so it is", True, "boosting"),
        Check(CheckId.NO_WORSE, others, "so it is", True, "linear"),
    ]
    tested(served, max(its, others, key=SEVERITY.index), pr="1", checks=checks)
    tested(served, Outcome.UNCHANGED, pr="2", hours=1, checks=UNCHANGED)
    assert find_tested(there, contents(served)).refusal.startswith("'PR 1 · ") == refused


def test_what_could_not_be_decided_once_may_pass_another_time(
    there: Experiment, tested: Send, served: str
) -> None:
    tested(served, pr="1")
    tested(served, Outcome.CANNOT_TELL, pr="2", hours=1)
    assert find_tested(there, contents(served)).refusal == ""


UNCHANGED = [Check(CheckId.NO_WORSE, Outcome.UNCHANGED, "to the bit", True, "boosting")]


@pytest.mark.parametrize("outcome", [Outcome.CANNOT_TELL, Outcome.INVALID, Outcome.NOT_COMPARABLE])
def test_a_commit_that_changes_nothing_settles_no_open_verdict_on_the_same_contents(
    there: Experiment, tested: Send, served: str, checkout: Path, outcome: Outcome
) -> None:
    head = commit(checkout, "Open")
    tested(served, outcome, pr="1", head=head)
    tested(served, Outcome.UNCHANGED, pr="2", hours=1, checks=UNCHANGED)
    found = find_tested(there, contents(served))
    assert (found.refusal.partition(";")[0].split(" ended ")[1], found.exit_code) == (
        f"with {outcome}",
        3,
    )
    assert head.sha in found.refusal
    assert accept(Checkout(checkout), head.sha, "Ada", "known and wanted", print) == 0
    assert find_tested(there, contents(served)).refusal == ""


def test_an_open_verdict_is_settled_by_one_that_compared(
    there: Experiment, tested: Send, served: str
) -> None:
    for hours, outcome in enumerate([Outcome.CANNOT_TELL, Outcome.PASS, Outcome.UNCHANGED]):
        checks = {"checks": UNCHANGED} if outcome is Outcome.UNCHANGED else {}
        tested(served, outcome, hours=hours, **checks)
    found: Any = find_tested(there, contents(served))
    assert (found.refusal, found.parent.data.tags["verdict"]) == ("", "pass")


def test_a_verdict_that_was_deleted_promotes_nothing(
    there: Experiment, tested: Send, served: str
) -> None:
    sent = tested(served)
    delete_others(there.client, there.id, sent.key, keep=())
    assert "no verdict" in find_tested(there, contents(served)).refusal


def test_what_a_person_accepts_may_go(
    there: Experiment, tested: Send, served: str, checkout: Path
) -> None:
    head = commit(checkout)
    tested(served, Outcome.REGRESSION, head=head)
    reported: list[str] = []
    assert accept(Checkout(checkout), head.sha, "Ada", "known and wanted", reported.append) == 0
    found: Any = find_tested(there, contents(served))
    assert found.refusal == ""
    assert found.parent.data.tags["accepted.by"] == "Ada"


def test_one_decision_is_enough_for_a_commit_that_was_judged_twice(
    there: Experiment, tested: Send, served: str, checkout: Path
) -> None:
    head = commit(checkout, "Twice")
    for hours, outcome in enumerate([Outcome.REGRESSION, Outcome.REGRESSION, Outcome.PASS]):
        tested(served, outcome, head=head, hours=hours)
    assert "accept" in find_tested(there, contents(served)).refusal
    assert accept(Checkout(checkout), head.sha, "Ada", "known and wanted", print) == 0
    assert find_tested(there, contents(served)).refusal == ""
    tested(served, Outcome.REGRESSION, head=head, hours=9)
    assert "accept" in find_tested(there, contents(served)).refusal, "nobody has seen this one"


def test_a_commit_that_is_gone_from_here_can_be_accepted_by_its_whole_hash(
    there: Experiment, tested: Send, served: str, checkout: Path
) -> None:
    gone = Commit(sha=f"{abs(hash(served)):040x}"[-40:], subject="Squashed away")
    tested(served, Outcome.REGRESSION, head=gone)
    assert gone.sha in find_tested(there, contents(served)).refusal
    assert accept(Checkout(checkout), gone.sha, "Ada", "known and wanted", print) == 0
    assert find_tested(there, contents(served)).refusal == ""
