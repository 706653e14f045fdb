"""What the author of a pull request does next."""

from clockwork.gate.catalogue import Group, group_of
from clockwork.gate.outcome import Check, Outcome
from clockwork.report.changes import changed
from clockwork.report.phrases import lead, plain
from clockwork.verdict.schema import Verdict
from clockwork.verdict.sentences import needed

ADVICE = {
    Outcome.UNCHANGED: (
        "Nothing to do here: every row is scored as before, so this changes no model."
    ),
    Outcome.IMPROVED: (
        "Merge when the review is done: the gain is more than the noise of these rows."
    ),
    Outcome.PASS: (
        "Merge when the review is done: no loss beyond the margin fits what was measured."
    ),
    Outcome.FIRST_BASELINE: (
        "Nothing was compared. Merge when the review finds the figures good enough to start from: "
        "the next pull request is compared with them."
    ),
    Outcome.CANNOT_TELL: (
        "Evaluate on more rows or train more seeds, and run again. Until then a person decides."
    ),
    Outcome.NOT_COMPARABLE: (
        "Bring the change of data and the change of model in two pull requests, "
        "so that both commits can be compared on the same rows."
    ),
    Outcome.INVALID: (
        "Mend what could not be checked, then run again; nothing was proven either way."
    ),
    Outcome.SUSPICIOUS: (
        "Mend what the check found, or have a person explain it before this is merged."
    ),
    Outcome.REGRESSION: "Do not merge yet: find what made it worse, then train and compare again.",
}
LEAK = (
    "Look for a leak: a feature that knows the label, or training rows among the evaluation rows. "
    "A person has to explain it before this is merged."
)
TEST = (
    "Do not merge yet: mend what the failing regression test found; "
    "it runs by itself with pytest tests/regression."
)
COST = (
    "Do not merge yet: "
    "make it cheaper, or let an owner of the gate raise the limit in configs/gate.yaml."
)
SETTINGS = (
    "Do not merge yet: "
    "start with what the commits set differently (below), then train and compare again."
)
CODE = (
    "Do not merge yet: data, libraries, seeds and parameters are base's, "
    "so start with the code that makes labels, features and scores."
)
ALERTS = (
    "Do not merge yet: "
    "every row is scored as before, so it is the alert threshold that moved (configs/alerts.yaml)."
)
FILES = "Let both models predict the same rows, with the same targets, and compare again."
NO_BASE = "Say what to compare with: fetch the target branch, or run make regression BASE=rev."


def next_step(verdict: Verdict) -> str:
    """What the author does next, in a sentence or two."""
    if verdict.base is None:
        return NO_BASE
    owner = [
        f"Needs owner: {plain(check.message)}."
        for check in verdict.checks
        if group_of(check.id) is Group.OWNER
    ]
    return " ".join([_advice(verdict, lead(verdict)), *owner[:1]])


def _advice(verdict: Verdict, check: Check | None) -> str:
    outcome = check.outcome if check and verdict.outcome.green else verdict.outcome
    if check is None:
        return ADVICE[outcome]
    if outcome is Outcome.NOT_COMPARABLE and verdict.command:
        return FILES
    if outcome is Outcome.CANNOT_TELL and check.estimate:
        wanted = needed(check.estimate)
        return (
            "Evaluate on more rows or train more seeds, and run again; "
            f"{wanted}. Until then a person decides."
        )
    if outcome is Outcome.SUSPICIOUS and (check.estimate or group_of(check.id) is Group.LEAKAGE):
        return LEAK
    return _lost(verdict, check) if outcome is Outcome.REGRESSION else ADVICE[outcome]


def _lost(verdict: Verdict, check: Check) -> str:
    if check.estimate is None:
        return {Group.TESTS: TEST, Group.COSTS: COST}.get(
            group_of(check.id), ADVICE[Outcome.REGRESSION]
        )
    if any(
        one.metric and one.outcome is Outcome.UNCHANGED
        for one in verdict.checks_of(check.algorithm or "")
    ):
        return ALERTS
    if len(verdict.commits) < 2:
        return ADVICE[Outcome.REGRESSION]
    return SETTINGS if changed(verdict) else CODE
