"""What every view says of a verdict: its headline, what the gate could see, and what to do next.

Text that a pull request can choose (subjects, branches, parameters, observed values) is data: it comes
through `plain` first, and each view then escapes it in its own language.
"""

import math
import unicodedata
from urllib.parse import quote, urlsplit

from pipelines.gate.outcome import SEVERITY, Check, Estimate, Outcome
from pipelines.verdict import Finding, Verdict

MINUS = "\u2212"
NOTHING = "\u2013"
LONGEST = 160
ADVICE = {
    Outcome.UNCHANGED: "Nothing to do here: every row is scored as before, so this changes no model.",
    Outcome.IMPROVED: "Merge when the review is done: the gain is more than the noise of these rows.",
    Outcome.PASS: "Merge when the review is done: no loss beyond the margin fits what was measured.",
    Outcome.NOT_COMPARABLE: "Bring the change of data and the change of model in two pull requests, "
    "so that both commits can be judged on the same rows.",
    Outcome.INVALID: "Mend what could not be checked, then run again; nothing was proven either way.",
    Outcome.SUSPICIOUS: "Look for a leak: a feature that knows the label, or training rows among the judging rows. "
    "A person has to explain the gain before this is merged.",
    Outcome.REGRESSION: "Do not merge yet: start with the parameters and features that changed, "
    "then train and compare again.",
}


def plain(text: object, longest: int = LONGEST) -> str:
    """`text` on one line, without control or direction characters, cut at `longest`."""
    spaced = " ".join(str(text).split())
    kept = "".join(char for char in spaced if unicodedata.category(char)[0] != "C")
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def short(sha: str) -> str:
    """The first 10 characters of a commit's name, letters and digits only, so that it is safe in a command."""
    return "".join(char for char in sha if char.isascii() and char.isalnum())[:10]


def web(url: str | None) -> str | None:
    """`url` as it may stand in a link, or None where it is not http(s) with a host."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(parts.geturl(), safe=":/?#&=%+,;~@!$")


def metric(name: str | None) -> str:
    """A metric's name as people write it."""
    said = [word.upper() if word in ("roc", "auc") else word for word in plain(name or NOTHING).split("_")]
    return " ".join(said)


def number(value: float) -> str:
    """Three decimals; a dash where there is no value."""
    return f"{value:.3f}".replace("-", MINUS) if math.isfinite(value) else NOTHING


def share(value: float, base: float, digits: int = 1) -> str:
    """`value` in per cent of `base`, with its sign; a dash where there is no such number."""
    if not (math.isfinite(value) and math.isfinite(base)) or base == 0:
        return NOTHING
    said = f"{100 * value / abs(base):+.{digits}f} %"
    return (said[1:] if float(said[:-2]) == 0 else said).replace("-", MINUS)


def interval(estimate: Estimate) -> str:
    """From the low to the high bound of the difference, in per cent of base."""
    low, high = (share(bound, estimate.base) for bound in (estimate.low, estimate.high))
    return NOTHING if NOTHING in (low, high) else f"{low} to {high}"


def margin(estimate: Estimate) -> str:
    """The largest loss that is no regression, in per cent of base."""
    said = share(-estimate.margin, estimate.base, 1)
    return said.replace(".0 %", " %")


def lead(verdict: Verdict) -> Check | None:
    """The check that made the verdict: of the gating ones with its outcome, the primary metric, worst first.

    A green verdict is made by all of them together; there the closest to the margin leads.
    """
    gating = [check for check in verdict.checks if check.gating]
    made = [check for check in gating if check.outcome is verdict.outcome]
    if verdict.outcome.green:
        made = [check for check in gating if check.outcome.green and check.estimate] or made
    return min(made, key=lambda check: _rank(check, verdict), default=None)


def _rank(check: Check, verdict: Verdict) -> tuple[bool, bool, int, float]:
    found = check.estimate
    low = found.low / abs(found.base) if found and found.base and math.isfinite(found.low) else 0.0
    blind = verdict.outcome in (Outcome.INVALID, Outcome.NOT_COMPARABLE)  # the reason is then not in a number
    primary = verdict.rules.primary if verdict.rules else None
    return (blind == bool(found), check.metric != primary, -SEVERITY.index(check.outcome), low)


def headline(verdict: Verdict) -> str:
    """The verdict's reason on one line: metric base → head, what else fits, the margin; else the summary."""
    check = lead(verdict)
    if check is None:
        return plain(verdict.summary, 300)
    found = check.estimate
    if found is None or interval(found) == NOTHING:
        return plain(f"{check.title}: {check.message}", 300)
    name = plain(" · ".join(part for part in (check.algorithm, check.slice) if part))
    moved = f"{number(found.base)} → {number(found.head)} ({share(found.delta, found.base)})"
    fits = f"anything from {interval(found)} fits; margin {margin(found)}"
    if check.outcome is Outcome.UNCHANGED:
        fits = "identical to the bit"
    return f"{name} {metric(check.metric)} {moved}; {fits}"


def sight(verdict: Verdict) -> str:
    """What this gate can see on these rows: the smallest loss, the rows, the runs."""
    seen = []
    for check in verdict.checks:
        found = check.estimate
        at_primary = verdict.rules is None or check.metric == verdict.rules.primary
        if not (check.gating and found and check.algorithm and at_primary and found.sees > 0 and found.base):
            continue
        loss = share(found.sees, found.base).lstrip("+")
        seen.append(f"{loss} for {plain(check.algorithm)}{_runs(verdict, check.algorithm)}")
    parts = [f"This gate sees a loss of {', '.join(seen)}, 8 times in 10"] if seen else []
    if verdict.evaluation:
        rows = verdict.evaluation
        parts.append(f"{rows.clusters:,} {plural(rows.cluster)}, {rows.positive_clusters:,} with a positive")
    return "; ".join(parts)


def _runs(verdict: Verdict, algorithm: str) -> str:
    counts = [len(verdict.arms[arm].seeds.get(algorithm, [])) for arm in ("head", "base") if arm in verdict.arms]
    if len(counts) != 2 or 0 in counts:
        return ""
    return f" ({counts[0]} {'run' if counts[0] == 1 else 'runs'} against {counts[1]})"


def plural(cluster: str) -> str:
    """The name of what rows are resampled by, for more than one of it."""
    name = plain(cluster)
    if not name.isalpha():
        return f"clusters of {name}"
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def next_step(verdict: Verdict) -> str:
    """What the author does next, in a sentence or two."""
    if verdict.base is None:
        return "Say what to compare with: fetch the target branch, or run make regression BASE=rev."
    if verdict.outcome is Outcome.CANNOT_TELL:
        return f"Judge on more rows or train more seeds, and run again{_wanted(verdict)}. Until then a person decides."
    check = lead(verdict)
    return ADVICE[check.outcome if check and verdict.outcome.green else verdict.outcome]


def _wanted(verdict: Verdict) -> str:
    from pipelines.gate.decide import needed  # brings scipy, which no other verdict's report needs

    check = lead(verdict)
    if check is None or check.estimate is None or verdict.evaluation is None:
        return ""
    return f": {needed(check.estimate, verdict.evaluation.positive_clusters)}"


def groups(verdict: Verdict) -> list[tuple[str, str, Outcome]]:
    """The checks in a few words: (name, word, outcome) for the data, the rows, and each algorithm that gates."""
    found = [_data(verdict.findings)] if verdict.findings else []
    general = [check for check in verdict.checks if check.algorithm is None]
    fine = [check for check in general if check.outcome.green and check.name != "needs owner"]
    found += [("rows", "ok", Outcome.PASS)] if fine else []
    found += [(check.title, _word(check.outcome), check.outcome) for check in general if check not in fine]
    for algorithm in verdict.algorithms():
        checks = verdict.checks_of(algorithm)
        worst = max((check.outcome for check in checks), key=SEVERITY.index)
        gating = any(check.gating for check in checks)
        found.append((algorithm if gating else f"watched: {algorithm}", worst.value, worst))
    return [(plain(name), word, outcome) for name, word, outcome in found]


def _word(outcome: Outcome) -> str:
    return "ok" if outcome.green else outcome.value


def _data(findings: list[Finding]) -> tuple[str, str, Outcome]:
    failed = [finding for finding in findings if not finding.success]
    if not failed:
        return ("data", "ok", Outcome.PASS)
    grave = any(finding.severity == "critical" for finding in failed)
    word = f"{len(failed)} of {len(findings)} expectations failed"
    return ("data", word, Outcome.REGRESSION if grave else Outcome.CANNOT_TELL)
