"""GitLab's API, as far as it is used here."""

from typing import Any

from werkzeug import Request, Response

from tests.engine.unit.ci.forge_servers import PUSHED, ForgeServer, Json, Route, answer, problem


class GitLabServer(ForgeServer):
    """GitLab's API."""

    base, anchor = "/api/v4", "#note_"
    pull_request = "/acme/models/fleet/-/merge_requests/42"
    us, them = 7, 8
    longest = 200_000

    def routes(self) -> list[tuple[str, Route]]:
        """Each call that a client may make."""
        at = "/projects/acme%2Fmodels%2Ffleet"
        change = f"{at}/merge_requests/42"
        return [
            ("GET /user", lambda *_: answer({"id": self.us, "username": "project_5_bot_0"})),
            (f"GET {change}", lambda *_: answer({"iid": 42, "sha": PUSHED})),
            (f"GET {change}/notes", lambda one, *_: self.linked(one, self.comments)),
            (f"POST {change}/notes", self.create),
            (rf"PUT {change}/notes/(\d+)", self.rewrite),
            (f"POST {at}/statuses/([0-9a-f]{{40}})", self.status),
            (f"GET {at}/repository/commits/([0-9a-f]{{40}})/statuses", self.known),
        ]

    def says(self, author: Json, text: str) -> Json:
        """A note that is there already."""
        number = len(self.comments) + 1
        self.comments.append({"id": number, "author": {"id": author}, "body": text})
        return self.comments[-1]

    def create(self, _: Request, body: Json) -> Response:
        return answer(self.says(self.us, body["body"]), 201)

    def status(self, _: Request, body: Json, sha: str) -> Response:
        if self.statuses and self.statuses[-1]["state"] == body["state"]:
            return problem(400, "Cannot transition status via :succeed from :success")
        self.statuses.append({**body, "sha": sha})
        return answer(body, 201)

    def known(self, request: Request, *_: Any) -> Response:
        found = [one for one in self.statuses if one["name"] == request.args["name"]]
        return answer([{"name": one["name"], "status": one["state"]} for one in found[-1:]])
