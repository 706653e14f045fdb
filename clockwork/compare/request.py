"""What a comparison is asked: which commit, against which, and what the command hands in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from clockwork.compare.baseline import AlreadyMerged, left_target
from clockwork.compare.first_baseline import without_baseline
from clockwork.compare.paired_scores import Evidence
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput
from clockwork.support.git import Commit
from clockwork.support.run_context import Context
from clockwork.verdict.schema import Verdict

Meanwhile = Callable[[Verdict, Evidence | None], Callable[[], None]]


@dataclass(frozen=True)
class Request:
    """Compare the commit checked out in `checkout` with `revision`, or else with its merge-base.

    `quick` leaves out the experiments on head's code. `report` takes a line of progress. `unsaved`
    gives the files that differ from HEAD and count. `meanwhile` gets the verdict without the
    regression tests and begins beside them; what it returns is called after them.
    """

    checkout: Checkout
    revision: str | None = None
    quick: bool = False
    report: Report = print
    context: Context = field(default_factory=Context)
    unsaved: Callable[[Checkout], Sequence[str]] = Checkout.changes
    meanwhile: Meanwhile = lambda *_: lambda: None

    @cached_property
    def gate(self) -> GateSettings:
        """Head's configs/gate.yaml."""
        return gate_settings(self.checkout.root)

    @property
    def target(self) -> str:
        """The branch that head is meant for."""
        return self.context.target or self.gate.target_branch


@dataclass(frozen=True)
class Commits:
    """The two commits. Where there is no base, `problem` is the check that says why.

    `first` says why base has no models of head's data, where it has none.
    """

    head: Commit
    base: Commit | None
    problem: Check | None = None
    first: str = ""


def find_commits(request: Request) -> Commits:
    """The commits of a request, before any work is done.

    Raises `BadInput` on wrong use: files that differ from HEAD, or no such commit.
    """
    checkout = request.checkout
    refuse_unsaved(request, "; commit or stash it, for a verdict is on a commit")
    head = checkout.commit()
    try:
        base = request.revision or left_target(
            checkout, head.sha, request.gate.target_branch, request.context
        )
    except AlreadyMerged as error:
        return Commits(head, None, Check(CheckId.BASELINE, Outcome.NOT_COMPARABLE, str(error)))
    if base is None:
        problem = Check(
            CheckId.BASELINE, Outcome.INVALID, "no commit came before this one: no baseline"
        )
        return Commits(head, None, problem)
    commit = checkout.commit(base)
    return Commits(head, commit, first=without_baseline(checkout, commit.sha))


def refuse_unsaved(request: Request, remedy: str) -> None:
    """Raise `BadInput` where a file differs from HEAD, with what to do."""
    differing = request.unsaved(request.checkout)
    if differing:
        raise BadInput(f"{differing[0]} differs from HEAD{remedy}")
