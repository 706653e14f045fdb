"""What was compared, as the verdict document."""

import hashlib
from collections.abc import Mapping
from typing import Literal

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.compared import Compared
from clockwork.compare.measure import alerting_otherwise, thresholds
from clockwork.compare.paired_scores import Evidence
from clockwork.compare.predictions import evaluation
from clockwork.compare.request import Commits, Request
from clockwork.gate.catalogue import CheckId
from clockwork.gate.decisions import flips
from clockwork.gate.outcome import Check, Outcome, overall
from clockwork.learning.keys import RowKeys
from clockwork.learning.tables import read_json
from clockwork.learning.way import way_of_rows
from clockwork.settings.gate import GateSettings
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.pinned import data_hash
from clockwork.verdict.parts import (
    Audit,
    CommitDocument,
    Context,
    Decision,
    Evaluation,
    Finding,
    RowAccount,
    Rules,
)
from clockwork.verdict.schema import Verdict
from clockwork.verdict.schema_1 import audit_of_1
from clockwork.verdict.sentences import explained

Side = Literal["head", "base"]


def build_verdict(request: Request, commits: Commits, compared: Compared) -> Verdict:
    """What was compared as the verdict document; the regression tests are still to come."""
    described, odd = _described(compared)
    checks = [explained(check) for check in (*compared.checks, *odd)]
    outcome = overall(checks)
    return Verdict(
        outcome=outcome,
        exit_code=exit_code(checks, compared.settings),
        summary=summarise(outcome, checks),
        head=commits.head,
        base=commits.base,
        context=Context.model_validate(request.context),
        rules=Rules.model_validate(compared.settings, from_attributes=True),
        evaluation=_evaluation(compared),
        accounts=_accounts(compared, request.checkout),
        commits=described,
        checks=checks,
        findings=_findings(request.checkout),
        decisions=_decisions(compared),
        audit=known_audit(compared.head, compared.base),
        costs=compared.costs,
        seconds=_rounded(compared.seconds),
    )


def with_checks(
    verdict: Verdict,
    settings: GateSettings,
    checks: list[Check],
    seconds: Mapping[str, float] | None = None,
) -> Verdict:
    """The verdict with further checks, and with the seconds that they took."""
    every = [*verdict.checks, *(explained(check) for check in checks)]
    outcome = overall(every)
    return verdict.model_copy(
        update={
            "outcome": outcome,
            "exit_code": exit_code(every, settings),
            "summary": summarise(outcome, every),
            "checks": every,
            "seconds": _rounded({**verdict.seconds, **(seconds or {})}),
        }
    )


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    parts = {name: round(value, 2) for name, value in seconds.items() if name != "total"}
    return {**parts, "total": round(sum(parts.values()), 2)}


def _described(compared: Compared) -> tuple[dict[Side, CommitDocument], list[Check]]:
    """Both commits as the verdict describes them.

    One that cannot be described is a check that is never green.
    """
    found: dict[Side, CommitDocument] = {}
    odd = []
    both: dict[Side, BuiltCommit | None] = {"head": compared.head, "base": compared.base}
    for name, commit in both.items():
        try:
            if commit:
                found[name] = commit.document()
        except (BadInput, KeyError, OSError, ValueError) as error:
            reason = f"{name} cannot be described: {type(error).__name__}: {error}"
            odd.append(Check(CheckId.COMMITS_DESCRIBED, Outcome.INVALID, reason))
    return found, odd


def _decisions(compared: Compared) -> list[Decision]:
    if compared.evidence is None or compared.head is None or compared.base is None:
        return []
    if not compared.evidence.task.alerts:
        return []
    try:
        otherwise = alerting_otherwise(compared.evidence, thresholds(compared.head, compared.base))
    except BadInput:  # then the gate's own check has said so
        return []
    return [one for name, at in otherwise.items() for one in flipped(name, compared.evidence, at)]


def flipped(algorithm: str, evidence: Evidence, at: tuple[float, float]) -> list[Decision]:
    """The rows whose alert by `algorithm` differs most; (head, base) alert from the scores `at`."""
    keys = evidence.keys
    entities, times, labels = (
        keys["entity"].to_numpy(),
        keys["time"].to_numpy(),
        keys["label"].to_numpy(),
    )
    return [
        Decision(
            algorithm=algorithm,
            entity=str(entities[flip.row]),
            time=int(times[flip.row]),
            label=int(labels[flip.row]),
            base=round(flip.base, 6),
            head=round(flip.head, 6),
            kind=flip.kind,
        )
        for flip in flips(labels, evidence.head[algorithm], evidence.base[algorithm], at)
    ]


def known_audit(head: BuiltCommit | None, base: BuiltCommit | None) -> list[Audit]:
    """What the last audit says of the gate, as base has it.

    Nothing where that audit was on other data.
    """
    if head is None or base is None or not (base.root / paths.AUDIT).exists():
        return []
    try:
        found = [
            Audit.model_validate(audit_of_1(one))
            for one in read_json(base.root / paths.AUDIT)["replay"]
        ]
    # An audit of an older form, or not whole: then nothing is known.
    except (ValueError, KeyError, TypeError):
        return []
    now = (data_hash(head.checkout), settings_digest(base.checkout))
    return [one for one in found if (one.data, one.settings) == now]


def settings_digest(checkout: Checkout) -> str:
    """The SHA-256 of the settings that an audit holds for: those of the gate and the training."""
    files = [checkout / paths.CONFIGS / name for name in ("gate.yaml", "training.yaml")]
    return hashlib.sha256(
        b"".join(path.read_bytes() for path in files if path.exists())
    ).hexdigest()


def exit_code(checks: list[Check], settings: GateSettings) -> int:
    """2 if head could not be built, else the outcome's.

    `settings` may make "cannot tell" green, where that is what was measured.
    """
    if any(check.id == CheckId.HEAD_RUNS for check in checks):
        return 2
    outcome = overall(checks)
    measured = all(one.estimate for one in checks if one.gating and one.outcome is outcome)
    lenient = settings.cannot_tell == "green" and outcome is Outcome.CANNOT_TELL and measured
    return 0 if lenient else outcome.exit_code


def _accounts(compared: Compared, checkout: Checkout) -> list[RowAccount]:
    # Of the stages that have run, where head could not be built to its end.
    root = compared.head.root if compared.head else checkout.root
    return [RowAccount(**one) for one in way_of_rows(root, sorted(compared.settings.algorithms))]


def _findings(checkout: Checkout) -> list[Finding]:
    # A stage that found broken data has written what it found, and then stopped the graph.
    path = checkout / paths.VALIDATION
    return [Finding(**one) for one in read_json(path)["findings"]] if path.exists() else []


def summarise(outcome: Outcome, checks: list[Check]) -> str:
    """The verdict and the check that made it, in one line."""
    made = [check for check in checks if check.gating and check.outcome is outcome]
    alone = outcome is Outcome.FIRST_BASELINE  # then what was not done comes before any number
    reasons = made if alone else [check for check in made if check.estimate] or made
    return (
        f"{outcome}: {reasons[0].title}: {reasons[0].message}"
        if reasons
        else f"{outcome}: nothing was checked"
    )


def _evaluation(compared: Compared) -> Evaluation | None:
    if compared.evidence is None or compared.head is None:
        return None
    block, evidence = compared.settings.block, compared.evidence
    rows, cluster = evidence.rows(block), RowKeys(evidence.keys).clusters_are
    if block is not None:
        cluster = f"entity x {block} minutes"
    elif rows.entities == len(rows.label):
        cluster = "row"
    return evaluation(evidence.task, rows, compared.head.fingerprint, cluster)
