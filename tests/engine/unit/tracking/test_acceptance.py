"""A person's decision stands in MLflow with a name and a reason, and acts in no report."""

from pathlib import Path

import pytest

from clockwork.gate.outcome import Outcome
from clockwork.report.html import page
from clockwork.report.markdown import comment
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.git import Commit, git
from clockwork.tracking.acceptance import accept, accepted_base
from clockwork.tracking.experiment import Experiment
from clockwork.verdict.schema import Verdict
from tests.engine.unit.tracking.conftest import AUTHOR, Send, commit

SAID: list[str] = []


@pytest.fixture
def head(checkout: Path) -> Commit:
    """A commit of its own for each test."""
    return commit(checkout, "Go")


def test_a_commit_without_a_verdict_cannot_be_accepted(
    there: Experiment,  # noqa: ARG001
    checkout: Path,
    head: Commit,  # noqa: ARG001
) -> None:
    with pytest.raises(BadInput, match="run `make regression`"):
        accept(Checkout(checkout), "HEAD", "Ada", "because", SAID.append)


@pytest.mark.parametrize(("by", "reason"), [("", "because"), ("Ada", " \n ")])
def test_who_and_why_must_be_given(checkout: Path, by: str, reason: str) -> None:
    with pytest.raises(BadInput, match="is empty"):
        accept(Checkout(checkout), "HEAD", by, reason, SAID.append)


def test_a_green_verdict_needs_nobody(
    there: Experiment, checkout: Path, head: Commit, tested: Send
) -> None:
    sent = tested("s", head=head)
    assert accept(Checkout(checkout), "HEAD", "Ada", "because", SAID.append) == 0
    assert "accepted.by" not in there.client.get_run(sent.run_id).data.tags


def test_the_newest_verdict_is_accepted_and_says_so_on_its_page(
    there: Experiment, checkout: Path, head: Commit, tested: Send
) -> None:
    tested("s", Outcome.REGRESSION, head=head)
    sent = tested("s", Outcome.REGRESSION, head=head, hours=1)
    for reason in ("first thought", "the [old](http://x) labels\nwere wrong"):
        assert accept(Checkout(checkout), head.sha, "Ada", reason, SAID.append) == 0
    tags = there.client.get_run(sent.run_id).data.tags
    assert (tags["accepted.by"], tags["accepted.reason"]) == (
        "Ada",
        "the [old](http://x) labels were wrong",
    )
    assert tags["accepted.at"]
    assert tags["mlflow.note.content"].count("Accepted by") == 1
    assert r"\[old\]" in tags["mlflow.note.content"]


def test_the_next_reports_show_that_base_was_accepted_as_text(
    there: Experiment, checkout: Path, head: Commit, tested: Send, verdict: Verdict
) -> None:
    tested("s", Outcome.REGRESSION, head=head)
    assert accepted_base(Checkout(checkout), head.sha, there) == {}
    accept(
        Checkout(checkout),
        head.sha,
        "Ada",
        "<script>it is</script> [fine](http://evil.example)",
        SAID.append,
    )
    shown = accepted_base(Checkout(checkout), head.sha, there)
    for text in (comment(verdict, shown), page(verdict, None, shown)):
        assert "base was accepted by Ada" in text
        assert "<script>it" not in text
    assert "](http://evil" not in comment(verdict, shown)


def test_a_merge_of_what_was_accepted_shows_it_and_a_later_commit_does_not(
    there: Experiment, checkout: Path, tested: Send
) -> None:
    start, topic = git(checkout, "rev-parse", "HEAD"), commit(checkout, "Topic")
    git(checkout, "checkout", "--quiet", "--detach", start)
    git(checkout, *AUTHOR, "merge", "--quiet", "--no-ff", "--message", "Merge", topic.sha)
    merge, later = git(checkout, "rev-parse", "HEAD"), commit(checkout, "Later")
    tested("s", Outcome.REGRESSION, head=topic)
    accept(Checkout(checkout), topic.sha, "Ada", "because", SAID.append)
    assert accepted_base(Checkout(checkout), merge, there)
    assert accepted_base(Checkout(checkout), later.sha, there) == {}
