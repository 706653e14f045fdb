"""The checks as rows that the comment, the page and the terminal share, as plain text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clockwork.gate.catalogue import Group, group_of, title_of
from clockwork.gate.outcome import Check, Outcome
from clockwork.report.phrases import (
    MINUS,
    NOTHING,
    gating,
    interval,
    is_primary,
    margin,
    metric,
    number,
    plain,
    share,
    whole,
)
from clockwork.report.status_line import is_plain
from clockwork.verdict.schema import Verdict
from clockwork.verdict.sentences import needed

SIGNED = re.compile(r"(?<!\S)-(?=\d)")


@dataclass(frozen=True)
class CheckRow:
    """A check as a row. `note` says what numbers do not; differences are turned so + is better."""

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
class Held:
    """One check without numbers that holds: for how many algorithms, and what it says."""

    name: str
    algorithms: int
    message: str


def check_row(check: Check) -> CheckRow:
    """The check as a row; one that measures nothing stands by its own name."""
    found = check.estimate
    algorithm = "" if is_plain(check) else plain(check.algorithm or "")
    name = plain(" · ".join(part for part in (title_of(check.id), check.algorithm) if part))
    if is_plain(check) and check.slice:
        name = f"{name} · {plain(check.slice)}"
    measured = (
        []
        if is_plain(check)
        else [metric(check.metric) if check.metric else "", plain(check.slice or "")]
    )
    return CheckRow(
        algorithm=algorithm,
        subject=algorithm or name,
        metric=" · ".join(part for part in measured if part) or NOTHING,
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
    text = SIGNED.sub(MINUS, plain(check.message, 300))
    if check.estimate is None or check.outcome in (
        Outcome.INVALID,
        Outcome.SUSPICIOUS,
        Outcome.FIRST_BASELINE,
    ):
        return text
    if check.outcome is Outcome.PASS and check.estimate.upper < 0:
        return "slightly worse"
    # The interval is in the row already; what would settle it comes after.
    return needed(check.estimate) if check.outcome is Outcome.CANNOT_TELL else ""


def metric_rows(verdict: Verdict, *, brief: bool = False) -> list[CheckRow]:
    """Metrics on all rows, by algorithm; identical ones share a row.

    So do watched ones that hold, if `brief`.
    """
    named = gating(verdict)
    return [
        row
        for name in [*named, *(other for other in verdict.algorithms() if other not in named)]
        for row in _of_algorithm(verdict, name, brief=brief and name not in named)
    ]


def _of_algorithm(verdict: Verdict, name: str, *, brief: bool) -> list[CheckRow]:
    measured = whole(verdict, name)
    still = [one for one in measured if one.outcome is Outcome.UNCHANGED]
    alike = [(still, "identical to the bit")]
    if brief:
        fine = [
            one
            for one in measured
            if one.outcome.green and one not in still and not is_primary(one, verdict)
        ]
        alike.append((fine, ""))
    found = [(some, note) for some, note in alike if len(some) > 1]
    gone = [one for some, _ in found for one in some]
    rows = [
        _together(some, f"{'all' if some == measured else 'other'} {len(some)} metrics", note)
        for some, note in found
    ]
    return [*(check_row(one) for one in measured if one not in gone), *rows]


def _together(checks: Sequence[Check], name: str, note: str) -> CheckRow:
    bare = replace(checks[0], estimate=None)
    return replace(check_row(bare), metric=name, note=note)


def slice_rows(verdict: Verdict) -> list[CheckRow]:
    """Every slice of every algorithm."""
    found = [one for one in verdict.checks if one.algorithm and one.slice]
    return [replace(check_row(one), metric=_part(one, verdict)) for one in found]


def _part(check: Check, verdict: Verdict) -> str:
    # Most slices are of the primary metric, which stands above them; a class has a metric of its
    # own.
    own = "" if check.metric is None or is_primary(check, verdict) else f" ({metric(check.metric)})"
    return f"{plain(check.slice)}{own}"


def slice_table(verdict: Verdict) -> tuple[list[str], list[tuple[str, list[CheckRow | None]]]]:
    """The slices in short: the algorithms whose scores moved, and a row for each slice.

    A row says what became of each.
    """
    found = [one for one in verdict.checks if one.algorithm and one.slice]
    names = list(
        dict.fromkeys(one.algorithm or "" for one in found if one.outcome is not Outcome.UNCHANGED)
    )
    found = [one for one in found if one.algorithm in names]
    known = {(_part(one, verdict), one.algorithm): check_row(one) for one in found}
    parts = list(dict.fromkeys(part for part, _ in known))
    return list(map(plain, names)), [
        (part, [known.get((part, name)) for name in names]) for part in parts
    ]


def alone(verdict: Verdict) -> list[Check]:
    """The checks without numbers; decisions have their own table, the advice asks for the owner."""
    return [
        one
        for one in verdict.checks
        if is_plain(one) and group_of(one.id) not in (Group.DECISIONS, Group.OWNER)
    ]


def churn_rows(verdict: Verdict, *, watched: bool = True) -> list[CheckRow]:
    """Of each algorithm, or only gating ones: how many alerts moved, how many a new seed moves."""
    named = gating(verdict)
    found = [
        one
        for one in verdict.checks
        if group_of(one.id) is Group.DECISIONS and (watched or one.algorithm in named)
    ]
    return [replace(check_row(one), algorithm=plain(one.algorithm or "")) for one in found]


def broken(verdict: Verdict) -> list[CheckRow]:
    """The checks without numbers that do not hold, those that gate first."""
    found = [one for one in alone(verdict) if not one.outcome.green]
    return [check_row(one) for one in sorted(found, key=lambda one: not one.gating)]


def holding(verdict: Verdict) -> list[Held]:
    """The checks without numbers that hold, each once for all algorithms.

    What a check says is given where it says but one thing.
    """
    found = [one for one in alone(verdict) if one.outcome.green]
    by_message: dict[str, list[Check]] = {}
    for one in found:
        by_message.setdefault(one.id, []).append(one)
    return [_held(name, checks) for name, checks in by_message.items()]


def _held(name: str, checks: Sequence[Check]) -> Held:
    messages = list(dict.fromkeys(SIGNED.sub(MINUS, plain(one.message, 300)) for one in checks))
    return Held(
        plain(title_of(name)),
        sum(one.algorithm is not None for one in checks),
        messages[0] if len(messages) == 1 else "",
    )
