"""The rows of the tables that the comment, the page and the terminal share, as plain text."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.gate.outcome import Check, Outcome
from pipelines.report.words import MINUS, NOTHING, interval, margin, metric, number, plain, share
from pipelines.verdict import Arm, Verdict

SIGNED = re.compile(r"(?<!\S)-(?=\d)")


@dataclass(frozen=True)
class CheckRow:
    """A check as a row. `note` says what the numbers do not; differences are so turned that + is better."""

    algorithm: str
    subject: str
    metric: str
    base: str
    head: str
    delta: str
    interval: str
    margin: str
    outcome: Outcome
    gating: bool
    note: str


@dataclass(frozen=True)
class Parameter:
    """A setting of one algorithm on both commits; a dash where it does not exist."""

    algorithm: str
    name: str
    base: str
    head: str
    changed: bool


def check_rows(verdict: Verdict) -> list[CheckRow]:
    """Every check of the verdict, in its order."""
    return [_row(check) for check in verdict.checks]


def _row(check: Check) -> CheckRow:
    found = check.estimate
    named = [metric(check.metric)] if check.metric else []
    # A check that measures nothing stands by its own name; a measured one by its algorithm and metric.
    algorithm = plain(check.algorithm or "") if check.metric else ""
    name = " · ".join(part for part in (check.name, check.algorithm) if part)
    return CheckRow(
        algorithm=algorithm,
        subject=algorithm or plain(name),
        metric=" · ".join([*named, *([plain(check.slice)] if check.slice else [])]) or NOTHING,
        base=number(found.base) if found else NOTHING,
        head=number(found.head) if found else NOTHING,
        delta=share(found.delta, found.base) if found else NOTHING,
        interval=interval(found) if found else NOTHING,
        margin=margin(found) if found else NOTHING,
        outcome=check.outcome,
        gating=check.gating,
        note=_note(check),
    )


def _note(check: Check) -> str:
    said = SIGNED.sub(MINUS, plain(check.message, 300))
    if check.estimate is None or check.outcome in (Outcome.INVALID, Outcome.SUSPICIOUS):
        return said
    if check.outcome is Outcome.PASS and check.estimate.high < 0:
        return "slightly worse, within the margin"
    # The interval is in the row already; what would settle it comes after.
    return said.partition("; ")[2] if check.outcome is Outcome.CANNOT_TELL else ""


def parameters(verdict: Verdict) -> list[Parameter]:
    """Data, dependencies, seeds and parameters of both arms, an algorithm after the other."""
    head, base = (_settings(verdict.arms.get(arm)) for arm in ("head", "base"))
    return [
        Parameter(
            algorithm=plain(algorithm),
            name=plain(name),
            base=plain(base.get((algorithm, name), NOTHING)),
            head=plain(head.get((algorithm, name), NOTHING)),
            changed=bool(base and head) and base.get((algorithm, name)) != head.get((algorithm, name)),
        )
        for algorithm, name in dict.fromkeys((*head, *base))
    ]


def _settings(arm: Arm | None) -> dict[tuple[str, str], str]:
    if arm is None:
        return {}
    found = {("every algorithm", "data"): arm.data, ("every algorithm", "dependencies"): arm.dependencies}
    for algorithm in dict.fromkeys((*arm.params, *arm.seeds)):
        flat = _flat(arm.params.get(algorithm, {}))
        found |= {(algorithm, name): value for name, value in flat.items()}
        if algorithm in arm.seeds:
            found[algorithm, "seeds"] = ", ".join(map(str, arm.seeds[algorithm]))
    return found


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{above}{name}.")
        else:
            said = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
            found[f"{above}{name}"] = said
    return found


def cost(verdict: Verdict) -> str:
    """Where the seconds went, largest first."""
    spent = sorted(verdict.seconds.items(), key=lambda item: -item[1])
    return ", ".join(f"{plain(name)} {seconds:.1f} s" for name, seconds in spent)
