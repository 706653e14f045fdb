"""The pull-request comment: the verdict in four lines, everything else folded below them."""

import re
from collections.abc import Iterable, Mapping, Sequence

from pipelines.gate.outcome import Outcome
from pipelines.report import words
from pipelines.report.tables import CheckRow, check_rows, cost, parameters
from pipelines.verdict import Commit, Verdict

MARKER = "<!-- clockwork -->"
MOST_ROWS = 40
BREAK = "\u200b"  # a space of no width: splits what a forge would turn into a mention or a link
MARKUP = re.compile(r"([\\`*_\[\]|~$])")
TRIGGER = re.compile(r"(@|#|://|www(?=\.)|gh(?=-\d))", re.IGNORECASE)


def escape(text: object) -> str:
    """Data as Markdown text on one line: no markup, table cell, HTML, mention, reference or link comes of it."""
    marked = MARKUP.sub(r"\\\1", words.plain(text, 300))
    marked = marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return TRIGGER.sub(
        lambda found: found[0][0] + BREAK + found[0][1:] if "/" in found[0] else found[0] + BREAK, marked
    )


def comment(verdict: Verdict, links: Mapping[str, str] = {}) -> str:
    """The whole comment. `links` are further pages by name, such as the runs in MLflow."""
    said = f"{sign(verdict.outcome)} **{verdict.outcome.upper()}** {escape(words.headline(verdict))}"
    seen = words.sight(verdict)
    parts = [
        f"{MARKER}\n{said}",
        " | ".join(f"{tick(outcome)} {escape(name)} {escape(word)}" for name, word, outcome in words.groups(verdict)),
        f"{escape(seen)}." if seen else "",
        f"**Next:** {escape(words.next_step(verdict))}",
        *_folded(verdict),
        _links(verdict, links),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def sign(outcome: Outcome) -> str:
    """A coloured circle for the outcome; the word beside it says the same."""
    return "🟢" if outcome.green else "🔴" if outcome.exit_code == 1 else "🟡"


def tick(outcome: Outcome) -> str:
    """✓ green, ✗ red, ? neither."""
    return "✓" if outcome.green else "✗" if outcome.exit_code == 1 else "?"


def _folded(verdict: Verdict) -> list[str]:
    rows = check_rows(verdict)
    found = [_fold(f"Checks: {len(rows)}", _checks(rows))] if rows else []
    changed = [row for row in parameters(verdict) if row.changed]
    if changed:
        table = _table(
            ("algorithm", "parameter", "base", "head"),
            [(row.algorithm, row.name, row.base, row.head) for row in changed],
        )
        found.append(_fold(f"What the commits set differently: {len(changed)}", table))
    failed = [finding for finding in verdict.findings if not finding.success]
    if failed:
        table = _table(
            ("expectation", "column", "severity", "expected", "observed"),
            [(f.expectation, f.column, f.severity, f.expected, f.observed) for f in failed],
        )
        found.append(_fold(f"Data expectations that failed: {len(failed)} of {len(verdict.findings)}", table))
    return [*found, _fold("Commits, cost and how to reproduce", _origin(verdict))]


def _checks(rows: list[CheckRow]) -> str:
    head = ("algorithm", "metric", "base", "head", "difference", "interval", "margin", "outcome")
    cells = [
        (row.subject, row.metric, row.base, row.head, row.delta, row.interval, row.margin, _outcome(row))
        for row in rows
    ]
    note = "Differences are in per cent of base and so turned that + is better."
    return f"{_table(head, cells, numbers=range(2, 7))}\n\n{note}"


def _outcome(row: CheckRow) -> str:
    word = row.outcome.value if row.gating else f"{row.outcome.value} (watched)"
    return f"{word}: {row.note}" if row.note else word


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    right = set(numbers)
    rule = [("---:" if at in right else "---") for at in range(len(head))]
    lines = [head, rule, *([escape(cell) or words.NOTHING for cell in row] for row in rows[:MOST_ROWS])]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return table if len(rows) <= MOST_ROWS else f"{table}\n\n… and {len(rows) - MOST_ROWS} more on the page."


def _fold(title: str, body: str) -> str:
    # Without the blank lines the forges show the table as text.
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _origin(verdict: Verdict) -> str:
    lines = [f"- head {_commit(verdict.head)}"]
    lines.append(f"- base {_commit(verdict.base)}" if verdict.base else "- no base")
    context = verdict.context
    if context.branch or context.target:
        lines.append(f"- branch {escape(context.branch or '?')} into {escape(context.target or '?')}")
    if verdict.seconds:
        lines.append(f"- cost: {escape(cost(verdict))}")
    base = f" BASE={words.short(verdict.base.sha)}" if verdict.base else ""
    return "\n".join([*lines, f"- again: `git checkout {words.short(verdict.head.sha)} && make regression{base}`"])


def _commit(commit: Commit) -> str:
    return f"`{words.short(commit.sha)}` {escape(commit.subject)}"


def _links(verdict: Verdict, links: Mapping[str, str]) -> str:
    named = {"build": verdict.context.build_url, **links}
    safe = [(name, words.web(url)) for name, url in named.items()]
    return " | ".join(f"[{escape(name)}]({url})" for name, url in safe if url)
