"""What became of one table: adoption, verdicts, error rates; and which bars it missed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from clockwork.gate.outcome import Outcome
from clockwork.selftest.audit.result import MOST_BLOCKED, MOST_PASSED, TWICE
from clockwork.selftest.bench.adopt.proof import CHANGES
from clockwork.verdict.parts import Audit
from clockwork.verdict.schema import Verdict

# At most; share of tables without a key to change; keys of the others.
MINUTES, FLAWLESS, KEYS = 10, 0.8, 5


class Ending(BaseModel):
    """How one pull request ended, and the first check not green, or what there is to know of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome
    exit_code: int
    reason: str = ""


class Row(BaseModel):
    """One table. `state` is what its verdicts depend on, and `commit` one that has it.

    `wrong` are the keys to change by hand. `minutes` go from the clone to the first verdict, and
    `processor` are those that all cores together worked meanwhile. `error` is the error message
    where there is no verdict. `endings` are by pull request, the first baseline's first. `margin`
    is that of the primary metric.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    commit: str
    state: str
    name: str
    task: str
    rows: int = 0
    minutes: float = 0.0
    processor: float = 0.0
    margin: float = 0.0
    wrong: list[str] = []
    error: str = ""
    endings: dict[str, Ending] = {}
    audits: list[Audit] = []


FIRST = "first baseline"


def ending_of(verdict: Verdict) -> Ending:
    """The verdict in three words."""
    red = [check for check in verdict.checks if check.gating and not check.outcome.green]
    worst = next(
        (check for check in red if check.outcome is verdict.outcome), red[0] if red else None
    )
    parts = (worst.id, worst.algorithm, worst.metric, worst.slice) if worst else ()
    return Ending(
        outcome=verdict.outcome, exit_code=verdict.exit_code, reason=" ".join(filter(None, parts))
    )


def read_row(path: Path, state: str) -> Row | None:
    """The row that an earlier call kept, if nothing that a verdict depends on differs."""
    try:
        row = Row.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # none yet, or of an earlier form
        return None
    return row if row.state == state else None


def missed(rows: Sequence[Row]) -> list[str]:
    """Every bar that was missed, in words."""
    found = [f"{row.name}: {line}" for row in rows for line in _of_one(row)]
    flawless = sum(not row.wrong and not row.error for row in rows)
    if flawless < FLAWLESS * len(rows):
        found.append(
            f"{flawless} of {len(rows)} tables need no change by hand; "
            f"at least {FLAWLESS:.0%} should"
        )
    return found


def _of_one(row: Row) -> Iterator[str]:
    if row.error:
        yield row.error
        return
    if row.minutes > MINUTES:
        yield f"{row.minutes:.1f} minutes to the first verdict; at most {MINUTES}"
    if len(row.wrong) > KEYS:
        yield f"{len(row.wrong)} keys to change by hand; at most {KEYS}"
    if row.endings[FIRST].exit_code != 0:
        yield f"the first baseline ended {row.endings[FIRST].outcome}: {row.endings[FIRST].reason}"
    for change in CHANGES:
        ending = row.endings.get(change.name)
        right = (
            (Outcome.CANNOT_TELL,) if change.harmless else (Outcome.REGRESSION, Outcome.SUSPICIOUS)
        )
        if ending and not (ending.outcome in right or (change.harmless and ending.exit_code == 0)):
            yield f"'{change.title}' ended {ending.outcome}: {ending.reason or 'all green'}"
    for audit in row.audits:
        yield from _of_audit(audit, row.margin)


def _of_audit(audit: Audit, margin: float) -> Iterator[str]:
    if audit.blocked > MOST_BLOCKED:
        yield f"{audit.algorithm}: {audit.blocked:.2%} of draws without a difference are blocked"
    most = passed_of(audit, margin)
    if most is not None and most > MOST_PASSED:
        yield f"{audit.algorithm}: a loss of twice the margin passes {most:.2%} of the time"


def passed_of(audit: Audit, margin: float) -> float | None:
    """The largest share that passed of losses of twice the margin or more.

    None where no such loss could be made.
    """
    return max(
        (point.passed for point in audit.power if point.loss >= TWICE * margin), default=None
    )
