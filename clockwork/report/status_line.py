"""The status line, the checks in one row: a mark for each group, the slices, each algorithm."""

from collections.abc import Sequence
from dataclasses import dataclass

from clockwork.gate.catalogue import CheckId, Group, group_of, title_of
from clockwork.gate.outcome import SEVERITY, Check, Outcome
from clockwork.report.changes import times
from clockwork.report.phrases import NOTHING, gating, is_primary, plain, whole
from clockwork.verdict.costs import KINDS
from clockwork.verdict.parts import Finding
from clockwork.verdict.schema import Verdict

SCORING, OK = "scoring", "ok"
CALIBRATION = ("log_loss", "brier", "calibration_error")


@dataclass(frozen=True)
class StatusItem:
    """A group of checks in a word or two. A `watched` one can turn nothing red."""

    name: str
    word: str
    outcome: Outcome
    watched: bool = False


def mark(outcome: Outcome) -> str:
    """✓ green, ✗ red, ? neither."""
    return "✓" if outcome.green else "✗" if outcome.exit_code == 1 else "?"


def fitting(items: Sequence[StatusItem], most: int) -> list[StatusItem]:
    """At most so many of `items`, in their order; of too many, what is red or open comes first."""
    if len(items) <= most:
        return list(items)
    return sorted(items, key=_after_red)[:most]


def _after_red(item: StatusItem) -> tuple[bool, bool, bool]:
    return item.outcome.green, item.watched, item.outcome.exit_code != 1


def is_plain(check: Check) -> bool:
    """Whether a check stands by its own name: it measures no metric and is no algorithm's slice."""
    return check.metric is None and not (check.algorithm and check.slice)


def status_line(verdict: Verdict) -> list[StatusItem]:
    """Every group of checks, those that gate first."""
    named = gating(verdict)
    owner = [
        StatusItem(Group.OWNER, OK, Outcome.CANNOT_TELL)
        for one in verdict.checks
        if group_of(one.id) is Group.OWNER
    ]
    some = [*owner, *_plain_groups(verdict), *_calibration(verdict), *_slices(verdict)]
    some += [_algorithm(verdict, name) for name in named]
    return [*some, *_watched(verdict, named)]


def _plain_groups(verdict: Verdict) -> list[StatusItem]:
    alone = [one for one in _stands_alone(verdict) if one.gating]
    found = [
        _group(verdict, group, [one for one in alone if group_of(one.id) is group])
        for group in Group
    ]
    return [item for item in found if item]


def _group(verdict: Verdict, group: Group, checks: Sequence[Check]) -> StatusItem | None:
    if group is Group.DATA and verdict.findings:
        return _data(verdict.findings, checks)
    if not checks:
        return None
    return (
        _costs(verdict, checks)
        if group is Group.COSTS
        else StatusItem(group, _word(checks), worst(checks))
    )


def _stands_alone(verdict: Verdict) -> list[Check]:
    # An algorithm without scores has that for its metrics.
    return [
        one
        for one in verdict.checks
        if is_plain(one) and one.id != CheckId.SCORES and group_of(one.id) is not Group.OWNER
    ]


def worst(checks: Sequence[Check]) -> Outcome:
    """The gravest outcome among `checks`."""
    return max(checks, key=_gravity).outcome


def _gravity(check: Check) -> int:
    return SEVERITY.index(check.outcome)


def _word(checks: Sequence[Check]) -> str:
    bad = [check for check in checks if not check.outcome.green]
    if not bad:
        return OK
    return (
        worst(bad).value if len(bad) == 1 else f"{worst(bad).value} ({len(bad)} of {len(checks)})"
    )


def _costs(verdict: Verdict, checks: Sequence[Check]) -> StatusItem:
    bad = [check for check in checks if not check.outcome.green]
    kinds: dict[str, str] = {kind.check: name for name, kind in KINDS.items()}
    name = kinds.get(bad[0].id, "") if bad else SCORING
    whose = [bad[0].algorithm] if bad else gating(verdict)
    message = times([one for one in verdict.costs if one.name == name and one.algorithm in whose])
    if message == NOTHING:
        return StatusItem(Group.COSTS, _word(checks), worst(checks))
    return StatusItem("latency" if name == SCORING else name, message, worst(checks))


def _data(findings: Sequence[Finding], checks: Sequence[Check]) -> StatusItem:
    failed = [finding for finding in findings if not finding.success]
    if not failed:
        return StatusItem(Group.DATA, _word(checks), worst(checks) if checks else Outcome.PASS)
    grave = any(finding.severity == "critical" for finding in failed)
    outcomes = [check.outcome for check in checks] + [
        Outcome.REGRESSION if grave else Outcome.CANNOT_TELL
    ]
    return StatusItem(
        Group.DATA,
        f"{len(failed)} of {len(findings)} expectations failed",
        max(outcomes, key=SEVERITY.index),
    )


def _calibration(verdict: Verdict) -> list[StatusItem]:
    gates = [
        one for one in verdict.checks if one.gating and one.metric in CALIBRATION and not one.slice
    ]
    found = [one for one in gates if verdict.rules is None or not is_primary(one, verdict)]
    return [StatusItem("calibration", _word(found), worst(found))] if found else []


def _slices(verdict: Verdict) -> list[StatusItem]:
    named = gating(verdict)
    found = [one for one in verdict.checks if one.algorithm in named and one.slice]
    if not found:
        return []
    judged = [one for one in found if one.gating]
    small = f" ({len(found) - len(judged)} too small)" if len(judged) < len(found) else ""
    return [StatusItem("slices", f"{held(judged)}{small}", worst(judged or found))]


def _algorithm(verdict: Verdict, name: str) -> StatusItem:
    checks = whole(verdict, name) or [
        one for one in verdict.checks_of(name) if one.id == CheckId.SCORES
    ]
    if not checks:
        return StatusItem(plain(name, 40), "not measured", Outcome.INVALID)
    bad = worst(checks)
    word = bad.value if len(checks) == 1 else f"{held(checks)} metrics"
    return StatusItem(
        plain(name, 40), _first(verdict, checks).outcome.value if bad.green else word, bad
    )


def _first(verdict: Verdict, checks: Sequence[Check]) -> Check:
    return next((one for one in checks if is_primary(one, verdict)), checks[0])


def held(checks: Sequence[Check]) -> str:
    """How many of `checks` are green, of how many."""
    return f"{sum(check.outcome.green for check in checks)}/{len(checks)}"


def _watched(verdict: Verdict, named: list[str]) -> list[StatusItem]:
    found = []
    for name in [name for name in verdict.algorithms() if name not in named]:
        checks = [one for one in verdict.checks_of(name) if group_of(one.id) is not Group.DECISIONS]
        measured = whole(verdict, name)
        if checks:
            made = (
                _first(verdict, measured)
                if measured and worst(checks).green
                else max(checks, key=_gravity)
            )
            found.append(StatusItem(plain(name, 40), made.outcome.value, made.outcome, True))
    return [*found, *_report_only(verdict, named)]


def _report_only(verdict: Verdict, named: list[str]) -> list[StatusItem]:
    # What is no algorithm's own, never gates and is not fine; and whether gating algorithms alert
    # otherwise.
    loose = [one for one in _stands_alone(verdict) if not one.gating and not one.outcome.green]
    common = [one for one in loose if one.algorithm is None]
    found = [
        StatusItem(plain(title_of(one.id), 40), one.outcome.value, one.outcome, True)
        for one in common
    ]
    decisions = [
        one for one in loose if one.algorithm in named and group_of(one.id) is Group.DECISIONS
    ]
    return (
        [*found, StatusItem(Group.DECISIONS, "changed beyond seed noise", worst(decisions), True)]
        if decisions
        else found
    )
