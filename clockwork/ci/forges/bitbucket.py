"""What both Bitbuckets share: limits of length, how our comment is found, the parts of a report."""

import math
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from clockwork.ci.answers import Refused
from clockwork.ci.context import inside
from clockwork.ci.forges import STATUS, Message, Note, cut, size
from clockwork.ci.forges.sticky import Comment, sticky
from clockwork.ci.http import Api
from clockwork.report.markdown import PLAIN_MARKER

LONGEST_COMMENT, LONGEST_DETAILS, LONGEST_LINE, LONGEST_NAME, LONGEST_URL = (
    32_767,
    2_000,
    450,
    255,
    450,
)
MOST_NOTES = 1_000
REPORT_KEY = (
    "clockwork.ml-regression"  # namespaced, as is asked for: a merge check names the report by it
)
REPORTER = "clockwork"
REFUSED = {401, 403, 404}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
Json = dict[str, Any]


def keep(
    comments: Callable[[], Iterable[Comment]],
    create: Callable[[], str],
    put: Callable[[Comment], Any],
    rest: Callable[[], None],
    author: str | None = None,
) -> str:
    """Create our comment, or `put` its new text; gives its page.

    `author` is us, None where nobody says who that is.
    """

    # Nobody but its author may change a comment. That rule is documented for every kind of token,
    # while who the owner of a token is, is not: so a comment is ours if we may change it, and a
    # refusal moves on to the next.
    def mine(one: Comment) -> bool:
        if author not in (None, one.author):
            return False
        try:
            put(one)
        except Refused as error:
            if error.status in REFUSED:
                return False
            raise
        return True

    return sticky(comments, mine, PLAIN_MARKER, create, lambda one: one.page, rest)


def state(message: Message, page: str) -> Json:
    """The fields that a commit's status has on both: same key, same line on the pull request."""
    return {
        "key": REPORT_KEY,
        "state": "SUCCESSFUL" if message.green else "FAILED",
        "name": STATUS,
        "description": cut(message.title, LONGEST_NAME),
        "url": link(message, page),
    }


def report(message: Message, page: str, most: int) -> Json:
    """The fields that a report has on both, with `most` data at most."""
    return {
        "title": STATUS,
        "details": cut(f"{message.title}\n\n{message.summary}", LONGEST_DETAILS),
        "reporter": REPORTER,
        "link": link(message, page),
        "data": [datum(title, value) for title, value in message.data[:most]],
    }


def datum(title: str, value: str | float | bool) -> Json:
    """One value of a report. JSON has no infinity: what is no number is written out."""
    if isinstance(value, bool):
        kind: str = "BOOLEAN"
    elif isinstance(value, str) or not math.isfinite(value):
        kind, value = "TEXT", cut(str(value), LONGEST_LINE)
    else:
        kind = "NUMBER"
    return {"title": cut(title, LONGEST_LINE), "type": kind, "value": value}


def notes(message: Message) -> list[tuple[str, Note]]:
    """The notes that a report can take, the red ones first, each with an id that no other has."""
    kept = sorted(message.notes, key=lambda note: not note.red)[:MOST_NOTES]
    return [
        (cut(f"{place:04}-{note.key}", LONGEST_LINE - 1), note) for place, note in enumerate(kept)
    ]


def annotation(note: Note, longest: int) -> str:
    """What `note` says; an empty text would be refused."""
    return cut(note.message.strip() or note.key, longest)


def link(message: Message, page: str) -> str:
    """The message's page, or `page` if only the build's machine can open it, or it is too long."""
    found = message.link or ""
    try:
        host = urlsplit(found).hostname
    except ValueError:
        return page
    fits = re.match(r"https?://\S+$", found) and size(found) <= LONGEST_URL
    return found if fits and host and host not in LOOPBACK else page


def path(*parts: str) -> str:
    """`parts` as an API path: none of them can leave its place."""
    return "/".join(quote(unquote(part), safe="~") for part in parts)


def forget(api: Api, place: str) -> None:
    """Delete the report at `place`.

    One that is only replaced keeps notes on checks that are green by now.
    """
    try:
        api.delete(place)
    except Refused as error:
        if error.status != 404:
            raise


def values(data: Any) -> list[Any]:
    """The items of a page of a list."""
    found = inside(data, "values")
    return found if isinstance(found, list) else []


def text(data: Any, *keys: str) -> str:
    """What lies under `keys`, as text; empty where there is no such place."""
    found = inside(data, *keys)
    return "" if found is None else str(found)
