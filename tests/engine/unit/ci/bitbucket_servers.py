"""Both Bitbuckets' APIs, as far as they are used here, with their limits."""

from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from clockwork.ci.forges import size
from clockwork.report.markdown import PLAIN_MARKER
from tests.engine.unit.ci.forge_servers import PUSHED, ForgeServer, Json, Route, answer, problem


class Bitbucket(ForgeServer):
    """What both keep: a status by its key, a report by its key, and the report's annotations."""

    marker = PLAIN_MARKER
    longest = 32_767
    most_data = 0

    def __init__(self, server: HTTPServer) -> None:
        super().__init__(server)
        self.reports: dict[str, Json] = {}
        self.notes: dict[str, list[Json]] = {}

    def status(self, _: Request, body: Json) -> Response:
        """The build status; the key is its identity."""
        limits = {"key": 40, "name": 255, "description": 255, "url": 450}
        if too_long(body, limits) or not body["url"]:
            return problem(400, "Ensure this value is shorter")
        self.statuses = [one for one in self.statuses if one["key"] != body["key"]] + [body]
        return answer(body, 201)

    def report(self, _: Request, body: Json, key: str) -> Response:
        """Creates or replaces a report; the annotations stay."""
        wrong = too_long(body, {"title": 450, "details": 2000, "reporter": 450})
        if wrong or len(body["data"]) > self.most_data or not all(map(typed, body["data"])):
            return problem(400, "malformed report")
        self.reports[key] = body
        return answer(body)

    def delete_report(self, _: Request, __: Json, key: str) -> Response:
        """Deletes the report, and its annotations with it."""
        self.notes.pop(key, None)
        found = self.reports.pop(key, None)
        return Response(status=204) if found else problem(404, "no such report")


class Cloud(Bitbucket):
    """Bitbucket Cloud with the token of a user."""

    base, anchor = "/2.0", "#comment-"
    us, them = "{us}", "{them}"
    most_data = 10
    user_token = True
    elsewhere = ""  # where the next page of a list is instead

    def __init__(self, server: HTTPServer) -> None:
        super().__init__(server)
        self.page = "https://bitbucket.org/acme/fleet/pull-requests/42"

    def entered(self, **environ: str) -> Any:
        """The client, which knows the one address of the API, sent here."""
        found = super().entered(**environ)
        found.api.base = f"{self.url}{self.base}"
        return found

    def routes(self) -> list[tuple[str, Route]]:
        """Each call that a client may make."""
        at = "/repositories/acme/fleet"
        change, commit = f"{at}/pullrequests/42", f"{at}/commit/{PUSHED}"
        part = {"source": {"commit": {"hash": PUSHED[:12]}}}
        return [
            ("GET /user", self.user),
            (f"GET {change}", lambda *_: answer(part)),
            (f"GET {at}/commit/{PUSHED[:12]}", lambda *_: answer({"hash": PUSHED})),
            (f"GET {change}/comments", self.listed),
            (f"POST {change}/comments", self.create),
            (rf"PUT {change}/comments/(\d+)", self.update),
            (f"POST {commit}/statuses/build", self.status),
            (f"DELETE {commit}/reports/([a-z.-]+)", self.delete_report),
            (f"PUT {commit}/reports/([a-z.-]+)", self.report),
            (f"POST {commit}/reports/([a-z.-]+)/annotations", self.annotate),
        ]

    def says(self, author: Json, text: str, **others: Any) -> Json:
        """Somebody's comment."""
        number, content = len(self.comments) + 1, {"raw": text}
        self.comments.append({"id": number, "user": {"uuid": author}, "content": content, **others})
        return self.comments[-1]

    def texts(self) -> list[str]:
        """What all comments say."""
        return [one["content"]["raw"] for one in self.comments]

    def user(self, *_: Any) -> Response:
        """Whose token it is; tokens of repositories are nobody's."""
        return answer({"uuid": self.us}) if self.user_token else problem(403, "Forbidden")

    def listed(self, request: Request, _: Json) -> Response:
        """A page of the comments, and the address of the next."""
        at = int(request.args.get("page", 1))
        most = min(int(request.args.get("pagelen", 10)), self.page_size)
        here = self.comments[(at - 1) * most : at * most]
        following = self.elsewhere or f"{request.base_url}?pagelen={most}&page={at + 1}"
        more = {"next": following} if at * most < len(self.comments) else {}
        return answer({"values": here, **more})

    def create(self, _: Request, body: Json) -> Response:
        """A new comment of ours."""
        if size(body["content"]["raw"]) > self.longest:
            return problem(400, "too long")
        return answer(self.says(self.us, body["content"]["raw"]), 201)

    def update(self, _: Request, body: Json, key: str) -> Response:
        """A new text for a comment; only for its author."""
        found = self.comments[int(key) - 1]
        if found["user"]["uuid"] != self.us:
            return problem(403, "no access to the comment")
        found["content"] = body["content"]
        return answer(found)

    def annotate(self, _: Request, body: Json, key: str) -> Response:
        """Creates or updates annotations, by their ids."""
        kept = {one["external_id"]: one for one in [*self.notes.get(key, []), *body]}
        wrong = any(
            too_long(one, {"summary": 450, "details": 2000}) or not one["summary"] for one in body
        )
        if key not in self.reports or len(body) > 100 or len(kept) > 1000 or wrong:
            return problem(400, "malformed annotations")
        self.notes[key] = list(kept.values())
        return answer(body)


class RepositoryCloud(Cloud):
    """Bitbucket Cloud with the token of a repository, which may not ask whose it is."""

    user_token = False


class DataCenter(Bitbucket):
    """Bitbucket Data Center under a path of its own."""

    base, anchor = "/bitbucket/rest", "/overview?commentId="
    project = "projects/ML/repos/fleet"
    pull_request = f"/bitbucket/{project}/pull-requests/42"
    us, them = "clockwork-bot", "mallory"
    most_data = 6
    raced = 0  # how many updates come too late
    pushed = PUSHED

    def __init__(self, server: HTTPServer) -> None:
        super().__init__(server)
        self.activities: list[Json] = []

    def routes(self) -> list[tuple[str, Route]]:
        """Each call that a client may make."""
        change, commit = f"/api/latest/{self.project}/pull-requests/42", f"{self.project}/commits"
        report = f"/insights/latest/{commit}/{self.pushed}/reports/([a-z.-]+)"
        commits = {"fromRef": {"latestCommit": self.pushed}, "toRef": {"latestCommit": "b" * 40}}
        return [
            (f"GET {change}", lambda *_: answer(commits)),
            (f"GET {change}/activities", self.listed),
            (f"GET {change}/comments", lambda *_: problem(400, "path is required")),
            (f"POST {change}/comments", self.create),
            (
                rf"GET {change}/comments/(\d+)",
                lambda _, __, key: answer(self.comments[int(key) - 1]),
            ),
            (rf"PUT {change}/comments/(\d+)", self.update),
            (f"POST /api/latest/{commit}/{self.pushed}/builds", self.status),
            (f"DELETE {report}", self.delete_report),
            (f"PUT {report}", self.report),
            (f"POST {report}/annotations", self.annotate),
        ]

    def says(self, author: Json, text: str, **others: Any) -> Json:
        """Somebody's comment, and the activity that it is."""
        number, named = len(self.comments) + 1, {"name": author}
        self.comments.append({"id": number, "version": 0, "author": named, "text": text})
        self.activities.append({"action": "COMMENTED", "comment": self.comments[-1], **others})
        return self.comments[-1]

    def texts(self) -> list[str]:
        """What all comments say."""
        return [one["text"] for one in self.comments]

    def listed(self, request: Request, _: Json) -> Response:
        """A page of the activities, the newest first."""
        start = int(request.args.get("start", 0))
        most = min(int(request.args.get("limit", 25)), self.page_size)
        newest = self.activities[::-1]
        last = start + most >= len(newest)
        values, following = newest[start : start + most], None if last else start + most
        return answer({"values": values, "isLastPage": last, "nextPageStart": following})

    def create(self, _: Request, body: Json) -> Response:
        """A new comment of ours."""
        if size(body["text"]) > self.longest:
            return problem(400, "too long")
        return answer(self.says(self.us, body["text"]), 201)

    def update(self, _: Request, body: Json, key: str) -> Response:
        """A new text for a comment: only for its author, and only for the version they know."""
        found = self.comments[int(key) - 1]
        if found["author"]["name"] != self.us:
            return problem(401, "You are not the author")
        if self.raced:
            self.raced, found["version"] = self.raced - 1, found["version"] + 1
        if body["version"] != found["version"]:
            return problem(409, "stale version")
        found.update(text=body["text"], version=found["version"] + 1)
        return answer(found)

    def annotate(self, _: Request, body: Json, key: str) -> Response:
        """Adds annotations, all of them or none, and never takes two for one."""
        new, old = body["annotations"], self.notes.get(key, [])
        wrong = any(
            too_long(one, {"message": 2000, "externalId": 449}) or not one["message"] for one in new
        )
        if key not in self.reports or len(old) + len(new) > 1000 or wrong:
            return problem(400, "malformed annotations")
        self.notes[key] = old + new
        return Response(status=204)


def too_long(body: Json, limits: dict[str, int]) -> bool:
    """Whether a field is longer than `limits` say, counted as Java counts."""
    return any(
        len(str(body.get(key, "")).encode("utf-16-le")) // 2 > limit
        for key, limit in limits.items()
    )


def typed(field: Json) -> bool:
    """Whether a report's value is of the type that it names."""
    kind, value = field["type"], field["value"]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {
        "BOOLEAN": isinstance(value, bool),
        "NUMBER": number,
        "TEXT": isinstance(value, str),
    }[kind]
