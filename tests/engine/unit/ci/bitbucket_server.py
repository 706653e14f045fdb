"""Shared by the two fake Bitbuckets: they keep what they are told, refuse what real ones refuse."""

import json
import re
from collections.abc import Callable
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from clockwork.ci.forges import Change, Message, Note, cut
from clockwork.report.markdown import PLAIN_MARKER

Json = dict[str, Any]
Route = tuple[str, str, Callable[..., Response]]

SHA = "a1" * 20
TOKEN = "s3cret-t0ken-of-ours"  # noqa: S105 - opens nothing
CHANGE = Change("42", SHA, "faster")
HOSTILE = (
    'x"}]\n\r\t<script>alert(1)</script> | [y](javascript:z) {repository.full_name} ${1} \u202e '
    "@all \U0001f600 \\"
)


def message(said: str = "All checks pass.", *, green: bool = True, **others: Any) -> Message:
    """A verdict to publish; `others` are fields that a test wants different."""
    fields: Json = {
        "comment": lambda longest, html: cut(
            f"{PLAIN_MARKER}\n**{'<b>' if html else said}**", longest
        ),
        "title": "PASS" if green else "REGRESSION",
        "summary": said,
        "green": green,
        "data": (("outcome", "pass"),),
        "notes": (),
        "link": "https://ci.acme.test/job/7/",
    }
    return Message(**fields | others)


def red_notes(count: int) -> tuple[Note, ...]:
    """As many red notes as asked for, behind one that is not red."""
    return (
        Note("churn", "rows flipped", "", red=False),
        *(Note(f"n{i}", "worse", "dvc.yaml", True) for i in range(count)),
    )


def answer(status: int, body: Any = None, retry_after: str = "") -> Response:
    """A reply in JSON; without a body where there is none."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Response(
        "" if body is None else json.dumps(body), status, headers, content_type="application/json"
    )


class Bitbucket:
    """A forge that answers by `routes`, after the failures planned for (method, part of a path)."""

    prefix = ""

    def __init__(self, server: HTTPServer) -> None:
        self.comments: list[Json] = []
        self.statuses: dict[str, Json] = {}
        self.reports: dict[str, Json] = {}
        self.notes: dict[str, list[Json]] = {}
        self.asked: list[Request] = []
        self.failures: list[tuple[str, str, Response]] = []
        self.server = server
        server.expect_request(re.compile(".*")).respond_with_handler(self.handle)

    def routes(self) -> list[Route]:
        """Each call that a client may make: method, path, reply."""
        raise NotImplementedError

    def handle(self, request: Request) -> Response:
        """The reply to `request`."""
        request.get_data()
        self.asked.append(request)
        for planned in self.failures:
            if planned[0] == request.method and planned[1] in request.path:
                self.failures.remove(planned)
                return planned[2]
        for method, pattern, reply in self.routes():
            found = re.fullmatch(self.prefix + pattern, request.path)
            if found and method == request.method:
                return reply(request, *found.groups())
        return answer(404, {"error": {"message": "There is no API hosted at this URL"}})

    def fails(self, method: str, part: str, status: int, times: int = 1) -> None:
        """Plan failures, for a second; the reason repeats the token, as a careless proxy might."""
        reply = answer(status, {"errors": [{"message": f"no, Bearer {TOKEN}"}]}, retry_after="1")
        self.failures += [(method, part, reply)] * times

    def calls(self, method: str, part: str = "") -> int:
        """How many such calls came."""
        return sum(one.method == method and part in one.path for one in self.asked)

    def delete_report(self, _: Request, key: str) -> Response:
        """Deletes the report, and its annotations with it."""
        self.notes.pop(key, None)
        return (
            answer(204)
            if self.reports.pop(key, None)
            else answer(404, {"errors": [{"message": "no such report"}]})
        )


def too_long(body: Json, limits: dict[str, int]) -> bool:
    """Whether a field is longer than `limits` say, counted as Java counts."""
    return any(
        len(str(body.get(key, "")).encode("utf-16-le")) // 2 > limit
        for key, limit in limits.items()
    )


def typed(field: Json, link: str) -> bool:
    """Whether a report's value is of the type that it names; `link` is the text's key in a link."""
    kind, value = field["type"], field["value"]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {
        "BOOLEAN": isinstance(value, bool),
        "NUMBER": number,
        "TEXT": isinstance(value, str),
        "LINK": isinstance(value, dict) and set(value) == {link, "href"},
    }[kind]
