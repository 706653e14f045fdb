"""A verdict as forges publish it: comment, one line, a few figures, a note on what is not green."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256

from clockwork.ci.forges import Message, Note, cut
from clockwork.gate.outcome import Check, Outcome
from clockwork.report import phrases
from clockwork.report.markdown import comment
from clockwork.report.status_line import held
from clockwork.support import paths
from clockwork.verdict.schema import Verdict

GATE = str(paths.CONFIGS / "gate.yaml")
ALGORITHM = re.compile(r"[a-z0-9_]{1,60}")  # what may stand in the name of a file
LONGEST_TITLE, LONGEST_NOTE, LONGEST_SUMMARY, MOST_FIGURES = 200, 1000, 500, 10


def message(verdict: Verdict, links: Mapping[str, str] = {}) -> Message:
    """The message of `verdict`. `links` are further pages by name."""
    return Message(
        comment=lambda longest, html: cut(
            comment(verdict, links, longest=longest, html=html), longest
        ),
        title=f"ML regression: {verdict.outcome.upper()}",
        summary=phrases.plain(phrases.headline(verdict), LONGEST_SUMMARY),
        green=green(verdict),
        data=tuple(figures(verdict))[:MOST_FIGURES],
        notes=tuple(notes(verdict)),
        link=phrases.web(verdict.context.build_url),
    )


def green(verdict: Verdict) -> bool:
    """Whether merging is allowed: a setting may let through what nobody can tell, nothing worse."""
    return verdict.exit_code == 0 and (
        verdict.outcome.green or verdict.outcome is Outcome.CANNOT_TELL
    )


def figures(verdict: Verdict) -> Iterator[tuple[str, str | float | bool]]:
    """A report at a glance: the verdict, each algorithm's primary metric, then what was counted."""
    yield "Verdict", str(verdict.outcome)
    gating = [check for check in verdict.checks if check.gating]
    yield "Checks that hold", held(gating)
    for check in sorted(verdict.checks, key=lambda one: not one.gating):
        found = check.estimate
        if found and check.algorithm and not check.slice and phrases.is_primary(check, verdict):
            values = f"{phrases.number(found.base)} → {phrases.number(found.head)}"
            name = phrases.plain(f"{check.algorithm} {phrases.metric(check.metric)}", 60)
            yield name, f"{values} ({phrases.share(found.delta, found.base)})"
    if verdict.evaluation:
        yield "Evaluation rows", float(verdict.evaluation.rows)
    if verdict.seconds.get("total"):
        yield "Seconds", round(verdict.seconds["total"], 1)


def notes(verdict: Verdict) -> Iterator[Note]:
    """A note for each check that is not green: first those that block."""
    rows = [check for check in verdict.checks if not check.outcome.green]
    for check in sorted(rows, key=lambda one: not one.gating):
        yield Note(key(check), sentence(check), path(check), check.gating)


def key(check: Check) -> str:
    """A name for the check that is the same in every run and safe in an address."""
    parts = (
        check.id,
        check.algorithm or "",
        check.metric or "",
        check.slice or "",
        str(check.gating),
    )
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:20]


def sentence(check: Check) -> str:
    """The check on one plain line: what it is, how it ended, and why."""
    watched = "" if check.gating else " (watched)"
    title = phrases.plain(check.title, LONGEST_TITLE)
    return phrases.plain(f"{title}: {check.outcome}{watched}: {check.message}", LONGEST_NOTE)


def path(check: Check) -> str:
    """The file to look at first: the settings of the check's algorithm, else those of the gate."""
    name = check.algorithm or ""
    return str(paths.CONFIGS / "models" / f"{name}.yaml") if ALGORITHM.fullmatch(name) else GATE
