"""A person's decision to go on in spite of a verdict.

It is kept in MLflow with name and reason, and shown in later reports.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput
from clockwork.tracking.experiment import Experiment, experiment, quoted
from clockwork.tracking.record import short_sha
from clockwork.tracking.texts import note

BY, REASON, AT = "accepted.by", "accepted.reason", "accepted.at"
NAMES = ("head", "commit")
LONGEST = 500


def accept(checkout: Checkout, revision: str, by: str, reason: str, report: Report) -> int:
    """Note in MLflow that `by` accepts the newest not-green verdict on `revision`; 0 when noted."""
    tags = {BY: _line(by), REASON: _line(reason)}
    for name, text in tags.items():
        if not text:
            raise BadInput(f"--{name.rpartition('.')[2]} is empty; say who decides, and why")
    commit = _commit(checkout, revision)
    with experiment(checkout) as there:
        run = _newest(there, commit)
        if run is None:
            raise BadInput(
                f"no verdict on {short_sha(commit)} in MLflow; run `make regression` on it first"
            )
        verdict = run.data.tags["verdict"]
        if run.data.tags.get("exit_code") == "0":
            report(f"'{run.info.run_name}' ended with {verdict}: there is nothing to accept")
            return 0
        tags[AT] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
        for name, text in tags.items():
            there.client.set_tag(run.info.run_id, name, text)
        before = run.data.tags.get("mlflow.note.content", "").partition("\n\nAccepted by ")[0]
        message = f"Accepted by {tags[BY]} on {tags[AT]}: {tags[REASON]}"
        there.client.set_tag(run.info.run_id, "mlflow.note.content", f"{before}\n\n{note(message)}")
        report(
            f"'{run.info.run_name}' ({verdict}) is accepted by {tags[BY]}: {tags[REASON]}\n"
            f"{there.page(run)}"
        )
    return 0


def _line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:LONGEST]


def _commit(checkout: Checkout, revision: str) -> str:
    # A commit that was squashed away and is not here any more may still have its verdict in MLflow.
    return revision if re.fullmatch("[0-9a-f]{40}", revision) else checkout.find(revision)


def _newest(there: Experiment, commit: str) -> Any | None:
    runs = [run for name in NAMES for run in there.parents(f"tags.`{name}` = {quoted(commit)}")]
    return max(
        runs,
        key=lambda run: (run.data.tags.get("exit_code") != "0", run.info.start_time),
        default=None,
    )


def is_accepted(run: Any, accepted: Sequence[Any]) -> bool:
    """Whether one of the runs `accepted` is `run`, or a later verdict on its commit.

    A person decides on a commit.
    """
    return any(
        one.info.start_time >= run.info.start_time
        and any(one.data.tags.get(n) == run.data.tags[n] for n in NAMES)
        for one in accepted
    )


def of_base(checkout: Checkout, base: str) -> dict[str, str]:
    """As `accepted_base`; empty also where MLflow does not answer, for no report waits for it."""
    try:
        with experiment(checkout) as there:
            return accepted_base(checkout, base, there)
    except BadInput:
        return {}


def accepted_base(checkout: Checkout, base: str, there: Experiment) -> dict[str, str]:
    """That the commit `base` was accepted by a person, as a link to its run; empty where not."""
    # On the target branch the commit is the merge, or what the merge was promoted as.
    known = {base, *_merged(checkout, base)}
    for run in there.parents(f"tags.`{BY}` != ''"):
        tags = run.data.tags
        if known & {tags.get(name) for name in ("head", "commit", "merged")}:
            return {
                (
                    f"base was accepted by {tags[BY]} in spite "
                    f"of '{tags['verdict']}': {tags[REASON]}"
                ): there.page(run)
            }
    return {}


def _merged(checkout: Checkout, commit: str) -> list[str]:
    return checkout.git("rev-list", "--parents", "-n", "1", commit).split()[2:]
