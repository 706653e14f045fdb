"""The pull-request comment: the verdict in four lines, all else in collapsible sections below."""

from collections.abc import Iterator, Mapping

from clockwork.gate.outcome import Outcome
from clockwork.report import phrases
from clockwork.report.advice import next_step
from clockwork.report.markup import collapsible, escape
from clockwork.report.sections import sections
from clockwork.report.sensitivity import sensitivity
from clockwork.report.status_line import OK, StatusItem, fitting, mark, status_line
from clockwork.verdict.schema import Verdict

MARKER = "<!-- clockwork -->"
PLAIN_MARKER = "[//]: # (clockwork)"  # for forges that show HTML as text
LONGEST = 60_000  # the smallest limit of the forges that show HTML is GitHub's, 65,536
RESERVED = 15  # of so many characters one is kept for the parts that are cut
MOST_TICKS, LONGEST_LINE = 24, 700
CUT = "Too long for a comment: it is in report.html."


def comment(
    verdict: Verdict, links: Mapping[str, str] = {}, *, longest: int = LONGEST, html: bool = True
) -> str:
    """The whole comment, in about `longest` characters.

    `links` are further pages by name, such as the runs in MLflow. Without `html` nothing collapses,
    for forges that show HTML as text.
    """
    seen = sensitivity(verdict)
    mark = MARKER if html else f"{PLAIN_MARKER}\n"
    above = [
        f"{mark}\n{first_line(verdict)}",
        _row(status_line(verdict)),
        f"{escape(seen, LONGEST_LINE)}." if seen else "",
        f"**Next:** {escape(next_step(verdict), LONGEST_LINE)}",
    ]
    below = _links(verdict, links)
    room = longest - longest // RESERVED - len(below) - sum(map(len, above))
    parts = [*above, *_folded(verdict, room, html=html), below]
    return "\n\n".join(part for part in parts if part) + "\n"


def first_line(verdict: Verdict) -> str:
    """The one line that most people read: the outcome, and its reason."""
    outcome = f"**{verdict.outcome.upper()}**"
    return f"{sign(verdict.outcome)} {outcome} {escape(phrases.headline(verdict), LONGEST_LINE)}"


def sign(outcome: Outcome) -> str:
    """A coloured circle for the outcome; the word beside it says the same."""
    return "🟢" if outcome.green else "🔴" if outcome.exit_code == 1 else "🟡"


def _row(found: list[StatusItem]) -> str:
    some, more = fitting(found, MOST_TICKS), len(found) - MOST_TICKS
    named = [_item(one) for one in some if not one.watched]
    watched = ", ".join(_item(one) for one in some if one.watched)
    return " | ".join(
        [
            *named,
            *([f"watched: {watched}"] if watched else []),
            *([f"{more} more"] if more > 0 else []),
        ]
    )


def _item(one: StatusItem) -> str:
    word = "" if one.word == OK else f" {escape(one.word)}"
    return f"{mark(one.outcome)} {escape(one.name)}{word}"


def _folded(verdict: Verdict, room: int, *, html: bool) -> list[str]:
    *parts, (title, body) = sections(verdict)
    last = collapsible(title, body, html=html)  # how to reproduce it is never cut
    return [*_fitting(parts, room - len(last), html=html), last]


def _fitting(parts: list[tuple[str, str]], room: int, *, html: bool) -> Iterator[str]:
    for title, body in parts:
        whole = collapsible(title, body, html=html)
        part = whole if len(whole) <= room else collapsible(title, CUT, html=html)
        room -= len(part)
        yield part


def _links(verdict: Verdict, links: Mapping[str, str]) -> str:
    named = {"build": verdict.context.build_url, **links}
    safe = [(name, phrases.web(url)) for name, url in named.items()]
    return " | ".join(f"[{escape(name)}]({url})" for name, url in safe if url)
