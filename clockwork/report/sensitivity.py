"""This gate's sensitivity, and how often it would be wrong: what one needs to weigh a verdict."""

import math

from clockwork.gate.outcome import Estimate
from clockwork.report.phrases import count, gating, is_primary, plain, share, whole
from clockwork.verdict.parts import Audit
from clockwork.verdict.schema import Verdict

MOST = 4  # algorithms that are named
UNMEASURED = "false alarms on these data not measured yet (make audit)"


def sensitivity(verdict: Verdict) -> str:
    """The minimum detectable effect, the share of false alarms, and on how much both rest."""
    names = [name for name in gating(verdict) if primary(verdict, name)]
    rows = verdict.evaluation
    parts = [
        _minimum_detectable(verdict, names),
        _alarms(verdict, names) if names and not verdict.command else "",
    ]
    if rows:
        cases = rows.cases.removeprefix("clusters").strip()
        some = f", {rows.positive_clusters:,} {cases}" if cases else ""
        parts.append(f"{count(rows.clusters, rows.cluster)}{some}")
    line = "; ".join(part for part in parts if part)
    return line[:1].upper() + line[1:]


def primary(verdict: Verdict, algorithm: str) -> Estimate | None:
    """What was measured of an algorithm's primary metric on all rows."""
    found = [one.estimate for one in whole(verdict, algorithm) if is_primary(one, verdict)]
    return next(filter(None, found), None)


def _minimum_detectable(verdict: Verdict, names: list[str]) -> str:
    known = [(name, _loss(verdict, name)) for name in names]
    texts = [f"{loss} ({plain(name)}{_runs(verdict, name)})" for name, loss in known if loss]
    return f"Minimum detectable effect (80 % power): {_listed(texts)}" if texts else ""


def _loss(verdict: Verdict, algorithm: str) -> str:
    found, audit = primary(verdict, algorithm), _audit(verdict, algorithm)
    if found and found.base and math.isfinite(found.minimum_detectable):
        return (
            share(found.minimum_detectable, found.base).lstrip("+")
            if found.minimum_detectable > 0
            else ""
        )
    # Identical scores have no spread to measure it by; what the audit measured then holds.
    return f"{100 * audit.minimum_detectable:.1f} %" if audit else ""


def _runs(verdict: Verdict, algorithm: str) -> str:
    counts = [
        len(verdict.commits[side].seeds.get(algorithm, []))
        for side in ("head", "base")
        if side in verdict.commits
    ]
    found, audit = primary(verdict, algorithm), _audit(verdict, algorithm)
    if audit and not (found and found.base and math.isfinite(found.minimum_detectable)):
        counts = [audit.head_runs, audit.base_runs]
    return (
        ""
        if len(counts) != 2 or 0 in counts
        else f", {count(counts[0], 'run')} against {counts[1]}"
    )


def _alarms(verdict: Verdict, names: list[str]) -> str:
    known = [(name, audit) for name in names if (audit := _audit(verdict, name))]
    texts = [
        f"{false_alarms(one)}{f' ({plain(name)})' if len(names) > 1 else ''}" for name, one in known
    ]
    return f"false alarms {_listed(texts)}" if texts else UNMEASURED


def _audit(verdict: Verdict, algorithm: str) -> Audit | None:
    return next((one for one in verdict.audit if one.algorithm == algorithm), None)


def false_alarms(audit: Audit) -> str:
    """The share blocked of comparisons without a difference; its upper end never rounds down."""
    high = math.ceil(round(1000 * audit.blocked_high, 6)) / 10
    return f"{100 * audit.blocked:.1f} % of {audit.draws:,} A/A draws, at most {high:.1f} %"


def _listed(texts: list[str]) -> str:
    more = f" and {len(texts) - MOST} more" if len(texts) > MOST else ""
    return ", ".join(texts[:MOST]) + more
