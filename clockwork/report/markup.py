"""Markdown from data: text, tables, collapsible sections where only what is written here acts."""

import re
from collections.abc import Iterable, Sequence

from clockwork.report.phrases import NOTHING, plain

MOST_ROWS = 40
BREAK = "\u200b"  # a space of no width: splits what a forge would turn into a mention or a link
MARKUP = re.compile(r"([\\`*_\[\]|~$])")
# GitLab's too: merge requests (!), milestones (%) and epics (&) by number or name.
TRIGGER = re.compile(
    r"(@|#|://|www(?=\.)|gh(?=-\d)|!(?=\d)|%(?=[\w\"])|&amp;(?=\d))", re.IGNORECASE
)


def escape(text: object, longest: int = 300) -> str:
    """Data as Markdown text, one line: no markup, table cell, HTML, mention, reference or link."""
    return _inert(MARKUP.sub(r"\\\1", plain(text, longest)))


def _inert(text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return TRIGGER.sub(
        lambda found: found[0][0] + BREAK + found[0][1:] if "/" in found[0] else found[0] + BREAK,
        safe,
    )


def code(text: object, longest: int = 300) -> str:
    """Data as a code span, one line: its fence is longer than any row of backticks within."""
    line = plain(text, longest)
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    room = " " if "`" in line or not line else ""
    return f"{fence}{room}{line}{room}{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """A table of data; the columns `numbers` are set to the right."""
    right = set(numbers)
    rule = [("---:" if at in right else "---") for at in range(len(head))]
    lines = [[escape(cell) for cell in head], rule]
    lines += [[escape(cell) or NOTHING for cell in row] for row in rows[:MOST_ROWS]]
    drawn = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return (
        drawn
        if len(rows) <= MOST_ROWS
        else f"{drawn}\n\n… and {len(rows) - MOST_ROWS} more on the page."
    )


def bullets(lines: Sequence[str]) -> str:
    """Lines of data as a list."""
    more = [f"- … and {len(lines) - MOST_ROWS} more on the page"] if len(lines) > MOST_ROWS else []
    return "\n".join([*(f"- {line}" for line in map(escape, lines[:MOST_ROWS])), *more])


def collapsible(title: str, body: str, *, html: bool = True) -> str:
    """A collapsible section with a title of data above a body of Markdown.

    Without `html` the title is a bold line.
    """
    if not html:
        return f"**{escape(title)}**\n\n{body}"
    # A title is HTML, where a backslash would show; without the blank lines the forges show the
    # body as text.
    safe = MARKUP.sub(lambda found: f"&#x{ord(found[0]):x};", _inert(plain(title, 300)))
    return f"<details><summary>{safe}</summary>\n\n{body}\n\n</details>"
