"""Is head's data as base's was: do base's expectations hold, do raw columns still look the same?"""

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.checks.values import declared_columns
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.learning.data.expectations import check_expectations
from clockwork.learning.data.profile import has_ends, moved
from clockwork.learning.tables import read_json
from clockwork.project import read_rows
from clockwork.settings.data import data_settings
from clockwork.settings.expectations import Expectation, expectations
from clockwork.support.paths import VALIDATION


def expectations_hold(head: BuiltCommit, base: BuiltCommit) -> Check:
    """Whether base's expectations of data hold for head's, also where head drops or loosens one."""
    of_head, of_base = (read_json(commit.root / VALIDATION)["findings"] for commit in (head, base))
    held = {_named(one) for one in of_base if one["success"]}
    broken = [one for one in of_head if not one["success"] and _named(one) in held]
    known = expectations(head.root)
    dropped = [one for one in expectations(base.root) if one not in known]
    again = _findings(head, dropped)
    broken += [one for one in again if not one["success"] and _named(one) in held]
    if broken:
        first = (
            f"{broken[0]['expectation']} {broken[0]['column']} ({broken[0]['expected']}): "
            f"{broken[0]['observed']}"
        )
        return Check(
            CheckId.EXPECTATIONS_HOLD,
            Outcome.SUSPICIOUS,
            f"{len(broken)} of base's expectations fail on head's data: {first}",
        )
    note = f"; {len(dropped)} were dropped or changed" if dropped else ""
    return Check(
        CheckId.EXPECTATIONS_HOLD,
        Outcome.PASS,
        f"none of base's {len(of_base)} expectations that held fails{note}",
    )


def _named(finding: dict[str, object]) -> tuple[object, ...]:
    return finding["expectation"], finding["column"], finding["expected"]


def _findings(head: BuiltCommit, dropped: list[Expectation]) -> list[dict[str, object]]:
    # Great Expectations takes seconds to import: only a pull request that edits the expectations
    # pays them.
    if not dropped:
        return []
    rows = read_rows(data_settings(head.root), head.root)
    return [finding.as_dict() for finding in check_expectations(rows, dropped)]


def columns_look_alike(head: BuiltCommit, base: BuiltCommit) -> Check:
    """Whether raw metrics have about base's mean, spread, range, tails and share of missing values.

    A column that configs/data.yaml declares to be read otherwise is left out.
    """
    of_head, of_base = (read_json(commit.root / VALIDATION)["columns"] for commit in (head, base))
    differ = [f"'{name}' is gone" for name in of_base if name not in of_head]
    declared = declared_columns(head)
    both = [name for name in of_base if name in of_head and name not in declared]
    differ += [line for name in both for line in moved(name, of_head[name], of_base[name])]
    if differ:
        return Check(
            CheckId.COLUMNS_ALIKE,
            Outcome.SUSPICIOUS,
            f"{len(differ)} differences, such as {differ[0]}",
        )
    left = sorted(declared & set(of_base))
    note = f"; {', '.join(left)} left out, as configs/data.yaml declares" if left else ""
    if not all(has_ends(look[name]) for look in (of_head, of_base) for name in both):
        note += "; range, tails and distinct values not compared, for base has none"
    return Check(
        CheckId.COLUMNS_ALIKE, Outcome.PASS, f"{len(both)} raw columns look as on base{note}"
    )
