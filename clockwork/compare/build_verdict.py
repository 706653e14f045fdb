"""A trial as the verdict document."""

import hashlib
from pathlib import Path
from typing import Literal

from clockwork.compare.measure import notifying_otherwise, thresholds
from clockwork.compare.paired_scores import Evidence
from clockwork.compare.state import BROKEN_HEAD, Trial
from clockwork.gate.decisions import flips
from clockwork.gate.outcome import Check, Outcome, overall
from clockwork.learning.tables import read_json
from clockwork.support import paths
from clockwork.support.errors import BadInput
from clockwork.support.pinned import data_hash
from clockwork.verdict.schema import Arm as ArmDocument
from clockwork.verdict.schema import Audit, Context, Decision, Evaluation, Finding, Rules, Verdict


def document(trial: Trial) -> Verdict:
    """The trial as the verdict document."""
    arms, odd = described(trial)
    checks = [*trial.checks, *odd]
    outcome = overall(checks)
    return Verdict(
        outcome=outcome,
        exit_code=_exit_code(trial, outcome),
        summary=summarise(outcome, checks),
        head=trial.head,
        base=trial.base,
        context=Context.model_validate(trial.around.context),
        rules=Rules.model_validate(trial.settings, from_attributes=True),
        evaluation=_evaluation(trial),
        arms=arms,
        checks=checks,
        findings=_findings(trial),
        decisions=_decisions(trial),
        audit=known_audit(trial),
        costs=trial.costs,
        seconds=trial.seconds,
    )


def described(trial: Trial) -> tuple[dict[Literal["head", "base"], ArmDocument], list[Check]]:
    """Both arms as the verdict tells them; one that cannot be told is a check that is never green."""
    found: dict[Literal["head", "base"], ArmDocument] = {}
    odd = []
    for name, arm in trial.arms.items():
        try:
            found[name] = arm.document()
        except (BadInput, KeyError, OSError, ValueError) as error:
            said = f"{name} cannot be described: {type(error).__name__}: {error}"
            odd.append(Check("both commits can be described", Outcome.INVALID, said))
    return found, odd


def _decisions(trial: Trial) -> list[Decision]:
    if trial.evidence is None:
        return []
    try:
        otherwise = notifying_otherwise(trial.evidence, thresholds(trial.arms["head"], trial.arms["base"]))
    except BadInput:  # then the gate's own check has said so
        return []
    return [one for name, at in otherwise.items() for one in flipped(name, trial.evidence, at)]


def flipped(algorithm: str, evidence: Evidence, at: tuple[float, float]) -> list[Decision]:
    """The rows whose alert by `algorithm` differs most, where (head, base) notify `at` these scores."""
    keys = evidence.keys
    entities, times, labels = keys["entity"].to_numpy(), keys["time"].to_numpy(), keys["label"].to_numpy()
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


def known_audit(trial: Trial) -> list[Audit]:
    """What the last audit says of the gate, as base has it, where it was on these data; else nothing."""
    head, base = trial.arms.get("head"), trial.arms.get("base")
    if head is None or base is None or not (base.root / paths.AUDIT).exists():
        return []
    try:
        found = [Audit.model_validate(one) for one in read_json(base.root / paths.AUDIT)["replay"]]
    except (ValueError, KeyError, TypeError):  # of an older form, or not whole: then nothing is known
        return []
    now = (data_hash(head.root), settings_digest(base.root))
    return [one for one in found if (one.data, one.settings) == now]


def settings_digest(root: Path) -> str:
    """The SHA-256 of the settings that an audit holds for: those of the gate and of the training."""
    files = [root / paths.CONFIGS / name for name in ("gate.yaml", "training.yaml")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files if path.exists())).hexdigest()


def _exit_code(trial: Trial, outcome: Outcome) -> int:
    if any(check.name == BROKEN_HEAD for check in trial.checks):
        return 2
    lenient = trial.settings.cannot_tell == "green" and outcome is Outcome.CANNOT_TELL
    return 0 if lenient else outcome.exit_code


def _findings(trial: Trial) -> list[Finding]:
    # A stage that found broken data has written what it found, and then stopped the graph.
    path = trial.root / paths.VALIDATION
    return [Finding(**one) for one in read_json(path)["findings"]] if path.exists() else []


def summarise(outcome: Outcome, checks: list[Check]) -> str:
    """The verdict and the check that made it, in one line."""
    made = [check for check in checks if check.gating and check.outcome is outcome]
    told = [check for check in made if check.estimate] or made
    return f"{outcome}: {told[0].title}: {told[0].message}" if told else f"{outcome}: nothing was checked"


def _evaluation(trial: Trial) -> Evaluation | None:
    if trial.evidence is None:
        return None
    block = trial.settings.block
    rows = trial.evidence.rows(block)
    return Evaluation(
        fingerprint=trial.arms["head"].fingerprint,
        rows=len(rows.label),
        positives=int(rows.label.sum()),
        clusters=rows.entities,
        positive_clusters=rows.positive_entities,
        cluster="entity" if block is None else f"entity x {block} minutes",
    )
