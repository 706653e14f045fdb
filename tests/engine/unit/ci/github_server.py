"""GitHub's API, as far as it is used here."""

from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.engine.unit.ci.forge_servers import PUSHED, ForgeServer, Json, Route, answer, problem


class GitHubServer(ForgeServer):
    """GitHub's API, as an enterprise's own GitHub has it."""

    base, pull_request, anchor = "/api/v3", "/acme/fleet/pull/42", "#issuecomment-"
    us, them = "github-actions[bot]", "mallory"
    longest = 65_000

    def __init__(self, server: HTTPServer) -> None:
        super().__init__(server)
        self.me: str | None = None  # the token of a workflow may not ask who it is
        self.pulls: list[Json] = []
        self.runs: list[Json] = []

    def routes(self) -> list[tuple[str, Route]]:
        """Each call that a client may make."""
        at = "/repos/acme/fleet"
        return [
            ("GET /user", self.user),
            (f"GET {at}/issues/42/comments", lambda one, *_: self.linked(one, self.comments)),
            (f"POST {at}/issues/42/comments", self.create),
            (rf"PATCH {at}/issues/comments/(\d+)", self.rewrite),
            (f"POST {at}/statuses/([0-9a-f]{{40}})", self.status),
            (f"POST {at}/check-runs", self.check),
            (rf"PATCH {at}/check-runs/(\d+)", self.check_more),
            (f"GET {at}/pulls", self.found),
            (f"GET {at}/pulls/42", lambda *_: answer((self.pulls or [self.pull(42)])[0])),
        ]

    def says(self, author: Json, text: str) -> Json:
        """A comment that is there already."""
        number = len(self.comments) + 1
        page, user = f"{self.page}{self.anchor}{number}", author and {"login": author}
        self.comments.append({"id": number, "user": user, "body": text, "html_url": page})
        return self.comments[-1]

    def pull(
        self,
        number: int,
        source: str | None = "acme/fleet",
        branch: str = "faster",
        sha: str = PUSHED,
    ) -> Json:
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
        return answer(self.says(self.me or self.us, body["body"]), 201)

    def status(self, _: Request, body: Json, sha: str) -> Response:
        states = ("success", "failure", "error", "pending")
        if len(body["description"]) > 140 or body["state"] not in states:
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
        return self.linked(
            request, [one for one in same if owner in str(one["head"]["repo"]) or owner == "acme"]
        )
