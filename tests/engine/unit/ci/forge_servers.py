"""Small servers speak the used parts of the forges' APIs, and refuse what those would."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from clockwork.ci.forges import Change, Forge, Message, cut
from clockwork.ci.forges.table import FORGES, address
from clockwork.report.markdown import MARKER, PLAIN_MARKER

TOKEN = "a-token-of-ours"  # noqa: S105
PUSHED = "a" * 40
CHANGE = Change("42", PUSHED, "faster")
Json = Any
Route = Callable[..., Response]


def message(reported: str = "All checks pass.", *, green: bool = True, **others: Any) -> Message:
    """A verdict to publish; `others` are fields that a test wants different."""
    fields: dict[str, Any] = {
        "comment": lambda longest, html: cut(
            f"{MARKER if html else PLAIN_MARKER}\n**{reported}**", longest
        ),
        "title": "PASS" if green else "REGRESSION",
        "summary": reported,
        "green": green,
        "data": (("outcome", "pass"),),
        "notes": (),
        "link": "https://ci.acme.test/job/7/",
    }
    return Message(**fields | others)


def answer(body: Json, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(
        json.dumps(body), status, {"Content-Type": "application/json", **(headers or {})}
    )


def problem(status: int, message: str = "no", headers: dict[str, str] | None = None) -> Response:
    """A refusal; every forge has its own way to word one, which `Api` is tested with."""
    return answer({"message": message}, status, headers)


def sent(request: Request) -> str:
    """The path as it was sent, where an escaped slash is part of a name."""
    return urlsplit(str(request.environ["RAW_URI"])).path


class ForgeServer:
    """What the servers share: a repository, its pull request 42, and comments by `us` and `them`.

    `faults` are answers to give instead, in order, to calls whose line matches a pattern; `late`
    is a pattern of calls that are carried out before the fault is answered.
    """

    base = ""  # where the API is
    pull_request = ""  # the path of its page, and behind it `anchor` and a comment's number
    anchor = ""
    marker = MARKER
    us: Json = None
    them: Json = None
    longest = 0  # characters of a comment of ours
    page_size = 100

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.page = f"{self.url}{self.pull_request}"
        self.signed: str | None = f"Bearer {TOKEN}"
        self.calls: list[str] = []
        self.asked: list[Request] = []
        self.naps: list[float] = []
        self.faults: list[tuple[str, Response]] = []
        self.late = "never"
        self.comments: list[Json] = []
        self.statuses: list[Json] = []
        server.expect_request(re.compile(".*")).respond_with_handler(self.serve)

    def routes(self) -> list[tuple[str, Route]]:
        """Each call that a client may make, as a pattern of its line, and who answers it."""
        raise NotImplementedError

    def says(self, author: Json, text: str) -> Json:
        """A comment that is there already."""
        raise NotImplementedError

    def texts(self) -> list[str]:
        """What all comments say."""
        return [one["body"] for one in self.comments]

    def entered(self, **environ: str) -> Any:
        """The client, made as for a verdict on the pull request, with our token."""
        at = address(self.page)
        assert at
        forge = FORGES[at.kind]
        found: Forge | None = forge.connect(at, {forge.token: TOKEN, **environ}, self.naps.append)
        assert found
        return found

    def count(self, pattern: str) -> int:
        """How many such calls came."""
        return sum(bool(re.search(pattern, line)) for line in self.calls)

    def serve(self, request: Request) -> Response:
        """Answer one call."""
        line = f"{request.method} {sent(request).removeprefix(self.base)}"
        self.calls.append(line)
        self.asked.append(request)
        request.get_data()
        if request.headers.get("Authorization") != self.signed:
            return problem(401, "Bad credentials")
        fault = next((one for one in self.faults if re.search(one[0], line)), None)
        if fault:
            self.faults.remove(fault)
            if re.search(self.late, line):
                self.route(line, request)
            return fault[1]
        return self.route(line, request)

    def route(self, line: str, request: Request) -> Response:
        """Carry out one call."""
        body = request.get_json() if request.data else None
        for pattern, route in self.routes():
            found = re.fullmatch(pattern, line)
            if found:
                return route(request, body, *found.groups())
        return problem(404, f"no such place: {line}")

    def linked(self, request: Request, items: list[Json]) -> Response:
        """One page of a list, with the Link header that leads to the next."""
        size = min(self.page_size, int(request.args.get("per_page", "30")), 100)
        page = int(request.args.get("page", "1"))
        here = items[(page - 1) * size : page * size]
        query = urlencode({**request.args, "page": page + 1})
        more = f'<{self.url}{sent(request)}?{query}>; rel="next", <{self.url}>; rel="first"'
        return answer(here, headers={"Link": more} if page * size < len(items) else {})

    def rewrite(self, _: Request, body: Json, key: str) -> Response:
        """A new text for a comment."""
        self.comments[int(key) - 1]["body"] = body["body"]
        return answer(self.comments[int(key) - 1])
