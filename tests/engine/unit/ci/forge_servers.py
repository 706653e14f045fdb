"""Small servers speak the used parts of GitHub's and GitLab's API, and refuse what those would."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

TOKEN = "a-token-of-ours"  # noqa: S105
Json = Any
Route = Callable[..., Response]


def answer(body: Json, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(
        json.dumps(body), status, {"Content-Type": "application/json", **(headers or {})}
    )


def problem(status: int, message: str = "no", headers: dict[str, str] | None = None) -> Response:
    """A refusal, as both forges word it."""
    return answer({"message": message}, status, headers)


def sent(request: Request) -> str:
    """The path as it was sent, where an escaped slash is part of a name."""
    return str(request.environ["RAW_URI"]).partition("?")[0]


class ForgeServer:
    """What the servers share.

    `faults` are answers to give instead, in order, to calls whose line matches a pattern; `late`
    are patterns of calls that are carried out before the fault is answered.
    """

    base = "/api/v3"

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.calls: list[str] = []
        self.bodies: list[Json] = []
        self.faults: list[tuple[str, Response]] = []
        self.late = "never"
        self.page_size = 100
        self.statuses: list[Json] = []
        self.routes: list[tuple[str, Route]] = []
        server.expect_request(re.compile(".*")).respond_with_handler(self.serve)

    def serve(self, request: Request) -> Response:
        """Answer one call."""
        path = sent(request).removeprefix(self.base)
        line = f"{request.method} {path}"
        self.calls.append(line)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
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
        self.bodies.append(body)
        for pattern, route in self.routes:
            found = re.fullmatch(pattern, line)
            if found:
                return route(request, body, *found.groups())
        return problem(404, f"no such place: {line}")

    def listed(self, request: Request, items: list[Json]) -> Response:
        """One page of a list, with the Link header that leads to the next."""
        size = min(self.page_size, int(request.args.get("per_page", "30")), 100)
        page = int(request.args.get("page", "1"))
        here = items[(page - 1) * size : page * size]
        query = urlencode({**request.args, "page": page + 1})
        more = f'<{self.url}{sent(request)}?{query}>; rel="next", <{self.url}>; rel="first"'
        return answer(here, headers={"Link": more} if page * size < len(items) else {})


class GitHubServer(ForgeServer):
    """GitHub's API."""

    def __init__(self, server: HTTPServer) -> None:
        super().__init__(server)
        self.me: str | None = None  # the token of a workflow may not ask who it is
        self.comments: list[Json] = []
        self.pulls: list[Json] = []
        self.runs: list[Json] = []
        repository = "/repos/acme/fleet"
        self.routes = [
            ("GET /user", self.user),
            (
                f"GET {repository}/issues/42/comments",
                lambda request, *_: self.listed(request, self.comments),
            ),
            (f"POST {repository}/issues/42/comments", self.create),
            (rf"PATCH {repository}/issues/comments/(\d+)", self.update),
            (f"POST {repository}/statuses/([0-9a-f]{{40}})", self.status),
            (f"POST {repository}/check-runs", self.check),
            (rf"PATCH {repository}/check-runs/(\d+)", self.check_more),
            (f"GET {repository}/pulls", self.found),
            (f"GET {repository}/pulls/42", lambda *_: answer(self.pulls[0])),
        ]

    def add(self, author: str | None, text: str) -> None:
        """A comment that is there already."""
        number = len(self.comments) + 1
        page = f"{self.url}/acme/fleet/pull/42#issuecomment-{number}"
        user = author and {"login": author}
        self.comments.append({"id": number, "user": user, "body": text, "html_url": page})

    def pull(self, number: int, source: str | None, branch: str, sha: str) -> Json:
        """A pull request as the API describes it."""
        head = {"sha": sha, "ref": branch, "repo": source and {"full_name": source}}
        page = f"{self.url}/acme/fleet/pull/{number}"
        return {
            "number": number,
            "html_url": page,
            "state": "open",
            "head": head,
            "base": {"ref": "main"},
        }

    def user(self, *_: Any) -> Response:
        return (
            answer({"login": self.me})
            if self.me
            else problem(403, "Resource not accessible by integration")
        )

    def create(self, _: Request, body: Json) -> Response:
        if len(body["body"]) > 65_536:
            return problem(422, "body is too long (maximum is 65536 characters)")
        self.add(self.me or "github-actions[bot]", body["body"])
        return answer(self.comments[-1], 201)

    def update(self, _: Request, body: Json, key: str) -> Response:
        self.comments[int(key) - 1]["body"] = body["body"]
        return answer(self.comments[int(key) - 1])

    def status(self, _: Request, body: Json, sha: str) -> Response:
        if len(body["description"]) > 140 or body["state"] not in (
            "success",
            "failure",
            "error",
            "pending",
        ):
            return problem(422, "Validation Failed")
        self.statuses.append({**body, "sha": sha})
        return answer(body, 201)

    def check(self, _: Request, body: Json) -> Response:
        if len(body["output"]["annotations"]) > 50 or len(body["output"]["summary"]) > 65_535:
            return problem(422, "Validation Failed")
        self.runs.append({**body, "id": len(self.runs) + 1})
        return answer(self.runs[-1], 201)

    def check_more(self, _: Request, body: Json, key: str) -> Response:
        if len(body["output"]["annotations"]) > 50 or not body["output"]["title"]:
            return problem(422, "Validation Failed")
        self.runs[int(key) - 1]["output"]["annotations"] += body["output"]["annotations"]
        return answer(self.runs[int(key) - 1])

    def found(self, request: Request, *_: Any) -> Response:
        owner, _colon, branch = request.args["head"].partition(":")
        assert request.args["state"] == "open"
        same = [one for one in self.pulls if one["head"]["ref"] == branch]
        return self.listed(
            request, [one for one in same if owner in str(one["head"]["repo"]) or owner == "acme"]
        )


class GitLabServer(ForgeServer):
    """GitLab's API."""

    base = "/api/v4"

    def __init__(self, server: HTTPServer) -> None:
        super().__init__(server)
        self.notes: list[Json] = []
        project = "/projects/acme%2Fmodels%2Ffleet"
        self.routes = [
            ("GET /user", lambda *_: answer({"id": 7, "username": "project_5_bot_0"})),
            (f"GET {project}/merge_requests/42", lambda *_: answer({"iid": 42, "sha": "c" * 40})),
            (
                f"GET {project}/merge_requests/42/notes",
                lambda request, *_: self.listed(request, self.notes),
            ),
            (f"POST {project}/merge_requests/42/notes", self.create),
            (rf"PUT {project}/merge_requests/42/notes/(\d+)", self.update),
            (f"POST {project}/statuses/([0-9a-f]{{40}})", self.status),
            (f"GET {project}/repository/commits/([0-9a-f]{{40}})/statuses", self.known),
        ]

    def add(self, author: int, text: str, *, system: bool = False) -> None:
        """A note that is there already."""
        self.notes.append(
            {"id": len(self.notes) + 1, "author": {"id": author}, "body": text, "system": system}
        )

    def create(self, _: Request, body: Json) -> Response:
        self.add(7, body["body"])
        return answer(self.notes[-1], 201)

    def update(self, _: Request, body: Json, key: str) -> Response:
        self.notes[int(key) - 1]["body"] = body["body"]
        return answer(self.notes[int(key) - 1])

    def status(self, _: Request, body: Json, sha: str) -> Response:
        if self.statuses and self.statuses[-1]["state"] == body["state"]:
            return problem(400, "Cannot transition status via :succeed from :success")
        self.statuses.append({**body, "sha": sha})
        return answer(body, 201)

    def known(self, request: Request, *_: Any) -> Response:
        found = [one for one in self.statuses if one["name"] == request.args["name"]]
        return answer([{"name": one["name"], "status": one["state"]} for one in found[-1:]])
