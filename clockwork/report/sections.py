"""What the comment folds away: each part with a title that already says how it went."""

from collections.abc import Callable, Sequence

from clockwork.gate.outcome import Outcome
from clockwork.report import changes, tables
from clockwork.report.markup import bullets, code, escape, table
from clockwork.report.phrases import NOTHING, count, gating, metric, plain, short, whole
from clockwork.report.status_line import held, mark
from clockwork.report.tables import CheckRow
from clockwork.support.git import Commit
from clockwork.verdict.costs import KINDS as COSTS
from clockwork.verdict.schema import Verdict

Part = tuple[str, str]
KINDS = ("new error", "fixed error")
COLUMNS = ("algorithm", "metric", "base", "head", "difference", "interval", "margin", "outcome")
TURNED = "Differences are in per cent of base and so turned that + is better."
MEASURED = "Both commits' own code, turn by turn on one machine: only the ratios mean much."


def sections(verdict: Verdict) -> list[Part]:
    """Collapsible sections (title, body) that say something: not green first, what holds last."""
    parts: Sequence[Callable[[Verdict], Part | None]] = (
        _broken, _metrics, _slices, _changed, _findings, _decisions, _costs, _holding, _origin,
    )  # fmt: skip
    return [part for part in (make(verdict) for make in parts) if part]


def _broken(verdict: Verdict) -> Part | None:
    rows = tables.broken(verdict)
    lines = [f"{mark(row.outcome)} {row.subject}: {word(row)}" for row in rows]
    return (f"Not green: {count(len(rows), 'check')}", bullets(lines)) if rows else None


def word(row: CheckRow) -> str:
    """The outcome of a row, whether it is only watched, and what else is to say."""
    reason = row.outcome.value if row.gating else f"{row.outcome.value} (watched)"
    return f"{reason}: {row.note}" if row.note else reason


def _metrics(verdict: Verdict) -> Part | None:
    rows = tables.metric_rows(verdict, brief=True)
    if not rows:
        return None
    cells = [
        (
            row.subject,
            row.metric,
            row.base,
            row.head,
            row.delta,
            row.interval,
            row.margin,
            word(row),
        )
        for row in rows
    ]
    measured = [(name, whole(verdict, name)) for name in gating(verdict)]
    reason = [f"{name} {held(checks)}" for name, checks in measured if checks]
    title = f"Metrics that hold: {', '.join(reason)}" if reason else "Metrics"
    return title, f"{table(COLUMNS, cells, numbers=range(2, 7))}\n\n{TURNED}"


def _slices(verdict: Verdict) -> Part | None:
    names, rows = tables.slice_table(verdict)
    judged = [one for one in verdict.checks if one.algorithm and one.slice and one.gating]
    if not rows:
        return (
            (f"Slices that hold: {held(judged)}", "Every row is scored as before, to the bit.")
            if judged
            else None
        )
    measured = [row.margin for _, cells in rows for row in cells if row and row.margin != NOTHING]
    body = table(
        ["slice", *names], [[part, *(_slice(row) for row in cells)] for part, cells in rows]
    )
    reason = [metric(verdict.rules.primary)] if verdict.rules else []
    note = ", ".join([*reason, *(f"margin {one}" for one in measured[:1])])
    return f"Slices that hold: {held(judged)}", f"{body}\n\n{escape(note)}"


def _slice(row: CheckRow | None) -> str:
    if row is None:
        return NOTHING
    if row.base == NOTHING:
        return f"{mark(row.outcome)} {row.note}"
    more = "" if row.outcome in (Outcome.PASS, Outcome.REGRESSION) else f" {row.outcome.value}"
    return f"{mark(row.outcome)} {row.base} → {row.head} ({row.delta}){more}"


def _changed(verdict: Verdict) -> Part | None:
    rows = changes.changed(verdict)
    if not rows:
        return None
    cells = [(row.algorithm, row.name, row.base, row.head) for row in rows]
    return f"What the commits set differently: {len(rows)}", table(
        ("algorithm", "parameter", "base", "head"), cells
    )


def _findings(verdict: Verdict) -> Part | None:
    failed = [finding for finding in verdict.findings if not finding.success]
    if not failed:
        return None
    cells = [(f.expectation, f.column, f.severity, f.expected, f.observed) for f in failed]
    body = table(("expectation", "column", "severity", "expected", "observed"), cells)
    return f"Data expectations that failed: {len(failed)} of {len(verdict.findings)}", body


def _decisions(verdict: Verdict) -> Part | None:
    new, fixed = ([row for row in changes.decisions(verdict, kind) if row.gating] for kind in KINDS)
    churn = tables.churn_rows(verdict, watched=False)
    if not (new or fixed or churn):
        return None
    parts = [bullets([f"{mark(row.outcome)} {row.algorithm}: {row.note}" for row in churn])]
    parts += [
        f"{title}:\n\n{_rows(rows)}"
        for title, rows in (("New errors", new), ("Fixed errors", fixed))
        if rows
    ]
    title = f"Decisions that changed most: {count(len(new), KINDS[0])}, {len(fixed)} fixed"
    return title, "\n\n".join(part for part in parts if part)


def _rows(rows: Sequence[changes.DecisionRow]) -> str:
    cells = [(row.algorithm, row.entity, row.when, row.base, row.head, row.now) for row in rows]
    return table(("algorithm", "entity", "time", "base", "head", "now"), cells, numbers=(3, 4))


def _costs(verdict: Verdict) -> Part | None:
    rows = changes.cost_rows(verdict)
    if not rows:
        return None
    cells = [
        (row.algorithm, *(f"{ratio} ({both})" if both else ratio for ratio, both in row.cells))
        for row in rows
    ]
    reason = [f"{kind} {changes.ratio(verdict, kind)}" for kind in COSTS]
    return f"Costs: {', '.join(reason)}", f"{table(('algorithm', *COSTS), cells)}\n\n{MEASURED}"


def _holding(verdict: Verdict) -> Part | None:
    rows = tables.holding(verdict)
    several = [f" ({row.algorithms} algorithms)" if row.algorithms > 1 else "" for row in rows]
    lines = [
        f"{mark(Outcome.PASS)} {row.name}{more}{f': {row.message}' if row.message else ''}"
        for row, more in zip(rows, several, strict=True)
    ]
    return (f"Checks without numbers that hold: {len(rows)}", bullets(lines)) if rows else None


def _origin(verdict: Verdict) -> Part:
    lines = [f"- head {_commit(verdict.head)}"]
    lines.append(f"- base {_commit(verdict.base)}" if verdict.base else "- no base")
    context = verdict.context
    if context.branch or context.target:
        lines.append(
            f"- branch {escape(context.branch or '?')} into {escape(context.target or '?')}"
        )
    if verdict.seconds:
        lines.append(f"- this run: {escape(changes.spent(verdict))}")
    lines.append(f"- again: {code(again(verdict))}")
    return "Commits, time and how to reproduce", "\n".join(lines)


def again(verdict: Verdict) -> str:
    """The command that reproduces the verdict."""
    if verdict.command:
        return plain(verdict.command, 300)
    base = f" BASE={short(verdict.base.sha)}" if verdict.base else ""
    return f"git checkout {short(verdict.head.sha)} && make regression{base}"


def _commit(commit: Commit) -> str:
    return f"{code(short(commit.sha))} {escape(commit.subject)}"
