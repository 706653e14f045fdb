"""What every view says of a verdict: names, numbers, the headline.

Text that a pull request can choose (subjects, branches, parameters, observed values) is data: it
comes through `plain` first, and each view then escapes it in its own language.
"""

import math
import unicodedata
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from clockwork.gate.outcome import SEVERITY, Check, Estimate, Outcome
from clockwork.gate.registry import TASKS
from clockwork.verdict.schema import Verdict

MINUS = "\u2212"
NOTHING = "\u2013"
LONGEST, LONGEST_URL = 160, 2000
LARGEST = 100  # times base's value: the largest difference with a percentage of its own
LARGE, TINY = 1000, 0.0005  # as numbers go that have no unit: a price, a share of a share
DATES = range(10_000_000, 1_000_000_000)  # minutes since 1970 that a person would read as a date


def setting(found: object) -> str:
    """A parameter's value as people read it; a dash where there is none."""
    return (
        NOTHING if found is None else f"{found:.4g}" if isinstance(found, float) else plain(found)
    )


def plain(text: object, longest: int = LONGEST) -> str:
    """`text` on one line, without control or direction characters, cut at `longest`."""
    spaced = " ".join(str(text).split())
    kept = "".join(char for char in spaced if unicodedata.category(char)[0] != "C")
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def short(sha: str) -> str:
    """The first 10 characters of a commit's name, letters and digits only, so safe in a command."""
    return "".join(char for char in sha if char.isascii() and char.isalnum())[:10]


def web(url: str | None) -> str | None:
    """`url` as it may stand in a link, or None where it is not http(s) with a host, or endless."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or len(url or "") > LONGEST_URL:
        return None
    return quote(parts.geturl(), safe=":/?#&=%+,;~@!$")


def metric(name: str | None) -> str:
    """A metric's name as people write it."""
    parts = [
        word.upper() if word in ("roc", "auc") else word
        for word in plain(name or NOTHING).split("_")
    ]
    return " ".join(parts)


def number(value: float) -> str:
    """Three decimals, fewer of large numbers and more of tiny ones; a dash for no value."""
    if not math.isfinite(value):
        return NOTHING
    size = abs(value)
    text = (
        f"{value:,.1f}" if size >= LARGE else f"{value:.2g}" if 0 < size < TINY else f"{value:.3f}"
    )
    return text.replace("-", MINUS)


def share(value: float, base: float, digits: int = 1) -> str:
    """`value` in per cent of `base`, with its sign; a dash where there is no such number."""
    if not (math.isfinite(value) and math.isfinite(base)) or base == 0:
        return NOTHING
    if abs(value) > LARGEST * abs(base):
        return f"> +{100 * LARGEST:,} %" if value > 0 else f"< {MINUS}{100 * LARGEST:,} %"
    text = f"{100 * value / abs(base):+.{digits}f} %"
    return (text[1:] if float(text[:-2]) == 0 else text).replace("-", MINUS)


def interval(estimate: Estimate) -> str:
    """From the lower to the upper bound of the difference, in per cent of base."""
    lower, upper = (share(bound, estimate.base) for bound in (estimate.lower, estimate.upper))
    return NOTHING if NOTHING in (lower, upper) else f"{lower} to {upper}"


def margin(estimate: Estimate) -> str:
    """The largest loss that is no regression, in per cent of base."""
    text = share(-estimate.margin, estimate.base, 1)
    return text.replace(".0 %", " %")


def when(minute: int) -> str:
    """A row's time: minutes since 1970 as a date, else the minute of the data's own clock."""
    if minute not in DATES:
        return f"minute {minute:,}"
    return datetime.fromtimestamp(60 * minute, UTC).strftime("%Y-%m-%d %H:%M")


def count(number: int, name: str) -> str:
    """`number` with the name of what is counted, in the plural where it is not one."""
    return f"{number:,} {name if number == 1 else plural(name)}"


def plural(name: str) -> str:
    """`name`, for more than one of it."""
    word = plain(name)
    if not word.replace(" ", "").isalpha():
        return f"clusters of {word}"
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def alerting(verdict: Verdict) -> bool:
    """Whether models of this task alert from a score on.

    Where no rows are known, they count as those that always did.
    """
    task = TASKS.get(verdict.evaluation.task) if verdict.evaluation else None
    return task is None or task.alerts


def gating(verdict: Verdict) -> list[str]:
    """The algorithms that can turn the verdict red, in its order."""
    return [
        name
        for name in verdict.algorithms()
        if any(check.gating for check in verdict.checks_of(name))
    ]


def whole(verdict: Verdict, algorithm: str) -> list[Check]:
    """The checks of an algorithm's metrics on all rows."""
    return [one for one in verdict.checks_of(algorithm) if one.metric and not one.slice]


def lead(verdict: Verdict) -> Check | None:
    """The check that made the verdict.

    It is of the gating ones with its outcome: all rows before a slice, worst first. A green verdict
    is made by all of them together; there the closest to the margin leads.
    """
    able = [check for check in verdict.checks if check.gating]
    made = [check for check in able if check.outcome is verdict.outcome]
    if verdict.outcome.green:
        made = [check for check in able if check.outcome.green and check.estimate] or made
    return min(made, key=lambda check: _rank(check, verdict), default=None)


def _rank(check: Check, verdict: Verdict) -> tuple[bool, bool, bool, int, float]:
    found = check.estimate
    low = (
        found.lower / abs(found.base)
        if found and found.base and math.isfinite(found.lower)
        else 0.0
    )
    # The reason is then not in a number.
    blind = verdict.outcome in (Outcome.INVALID, Outcome.NOT_COMPARABLE)
    part = check.metric is not None and check.slice is not None
    return (
        blind == bool(found),
        part,
        not is_primary(check, verdict),
        -SEVERITY.index(check.outcome),
        low,
    )


def is_primary(check: Check, verdict: Verdict) -> bool:
    """Whether the check is on the primary metric, of all rows or of a slice.

    Where the rules are unknown, it may be on any metric.
    """
    return check.metric is not None and (
        verdict.rules is None or check.metric == verdict.rules.primary
    )


def headline(verdict: Verdict) -> str:
    """The verdict's reason on one line.

    That is metric base → head, what else fits, the margin; else the reason in words.
    """
    if verdict.outcome is Outcome.FIRST_BASELINE:
        return _first(verdict)
    check = lead(verdict)
    if check is None:
        return plain(verdict.summary, 300)
    found = check.estimate
    if found is None or interval(found) == NOTHING:
        return plain(f"{check.title}: {check.message}", 300) + _beside(verdict)
    if check.outcome is Outcome.UNCHANGED:
        return f"{moved(check, found)}; identical to the bit"
    return f"{moved(check, found)}; anything from {interval(found)} fits; margin {margin(found)}"


def _first(verdict: Verdict) -> str:
    # What was not done comes before what the candidate can do.
    checks = [one for one in verdict.checks if one.outcome is Outcome.FIRST_BASELINE and one.gating]
    why = [one.message for one in checks if one.metric is None]
    own = [one for one in checks if one.estimate and is_primary(one, verdict)]
    values = [
        f"{plain(one.algorithm or '')} {metric(one.metric)} {number(one.estimate.head)}"
        for one in own
        if one.estimate
    ]
    return plain("; ".join([*why[:1], ", ".join(values)]), 300)


def _beside(verdict: Verdict) -> str:
    # A reason without a number still leaves the reader asking what became of the metric.
    for check in verdict.checks:
        found = check.estimate
        if (
            check.gating
            and found
            and not check.slice
            and is_primary(check, verdict)
            and interval(found) != NOTHING
        ):
            return f"; {moved(check, found)}"
    return ""


def moved(check: Check, found: Estimate) -> str:
    """Which metric of which algorithm, on which slice, went from base's value to head's."""
    where = f"{plain(check.algorithm or '')} {metric(check.metric)}".strip()
    where += f" on {plain(check.slice)}" if check.slice else ""
    return f"{where} {number(found.base)} → {number(found.head)} ({share(found.delta, found.base)})"
