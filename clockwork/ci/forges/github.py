"""GitHub, public or an enterprise's own: comment, commit status, check run with annotations."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import quote

from clockwork.ci.answers import Refused
from clockwork.ci.context import LONGEST, clean, event_of, inside, web_address
from clockwork.ci.forges import (
    HOST,
    REPORT,
    STATUS,
    Address,
    Change,
    KnownForge,
    Message,
    Note,
    Sleep,
    cut,
)
from clockwork.ci.forges.sticky import Comment, sticky
from clockwork.ci.http import Api, bearer
from clockwork.report.markdown import MARKER
from clockwork.support.run_context import Context

PUBLIC = "https://github.com"
LONGEST_COMMENT, LONGEST_DESCRIPTION, LONGEST_OUTPUT, LONGEST_ANNOTATION = (
    65_000,
    140,
    65_000,
    2_000,
)
MOST_NOTES, NOTES_A_CALL = 500, 50
ACTIONS = "github-actions[bot]"  # who the token of a workflow is: it may not ask


def connect(address: Address, environ: Mapping[str, str], sleep: Sleep) -> "GitHub | None":
    """The repository of `address`, by GITHUB_TOKEN."""
    token = environ.get("GITHUB_TOKEN")
    return (
        GitHub(api(address.host, environ, bearer(token), sleep), address, environ)
        if token
        else None
    )


def api(host: str, environ: Mapping[str, str], headers: Mapping[str, str], sleep: Sleep) -> Api:
    """The API of the GitHub whose pages are at `host`."""
    own = "https://api.github.com" if host == PUBLIC else f"{host}/api/v3"
    return Api(
        environ.get("GITHUB_API_URL") or own,
        {**headers, "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
        sleep=sleep,
    )


def after_run(found: Context, environ: Mapping[str, str], sleep: Sleep) -> Context | None:
    """`found`, the context after a pull request's run, with that pull request as the API knows it.

    It is the open one with the commit, branch and repository that GitHub's event names; what the
    run itself hands over is not asked. Of several, it is one that the event lists (GitHub lists no
    fork's), else one into the default branch. None: there is none any more, it has moved on, or no
    token is set.
    """
    token, home = environ.get("GITHUB_TOKEN"), environ.get("GITHUB_REPOSITORY")
    if not (token and home and found.source and found.branch and found.commit):
        return None
    of = quote(f"{found.source.partition('/')[0]}:{found.branch}", safe="")
    server = api(environ.get("GITHUB_SERVER_URL", PUBLIC), environ, bearer(token), sleep)
    event, same = event_of(environ), []
    for page in server.pages(f"/repos/{home}/pulls?state=open&head={of}&per_page=100"):
        for one in page:
            source = inside(one, "head", "repo", "full_name")
            if (source, inside(one, "head", "sha")) == (found.source, found.commit):
                same.append(one)
    if not same:
        return None
    listed = inside(event, "workflow_run", "pull_requests") or []
    numbers = [inside(one, "number") for one in listed] if isinstance(listed, list) else []
    main = inside(event, "repository", "default_branch")
    best = max(same, key=lambda one: (one["number"] in numbers, one["base"]["ref"] == main))
    return replace(
        found,
        pull_request=str(best["number"]),
        page=web_address(best["html_url"]),
        target=clean(best["base"]["ref"], LONGEST),
    )


class GitHub:
    """One GitHub repository. Status and check run hang on the commit: they work for forks too."""

    def __init__(self, api: Api, address: Address, environ: Mapping[str, str]) -> None:
        self._api, self._named = api, environ.get("GITHUB_USER")
        self._at = f"/repos/{address.repository}"

    def head(self, number: str) -> str:
        """The commit at the head of the pull request."""
        return str(inside(self._api.get(f"{self._at}/pulls/{number}"), "head", "sha"))

    def comment(self, change: Change, message: Message) -> str:
        """Create or update the one comment of ours; gives its page."""
        body = {"body": message.comment(LONGEST_COMMENT, True)}
        me = self._named or self._me()
        place = f"{self._at}/issues/{change.number}/comments"
        return sticky(
            lambda: self._comments(place),
            lambda one: one.author == me,
            MARKER,
            lambda: str(self._api.post(place, body)["html_url"]),
            lambda one: str(
                self._api.patch(f"{self._at}/issues/comments/{one.key}", body)["html_url"]
            ),
            self._api.rest,
        )

    def status(self, change: Change, message: Message) -> None:
        """Set the commit's status. The newest one of a context counts, so it may be set twice."""
        body = {
            "state": "success" if message.green else "failure",
            "context": STATUS,
            "description": cut(message.summary, LONGEST_DESCRIPTION),
            **({"target_url": message.link} if message.link else {}),
        }
        self._api.post(f"{self._at}/statuses/{change.commit}", body, again=True)

    def report(self, change: Change, message: Message) -> None:
        """Make a check run with the comment's text and an annotation for each check not green."""
        first, *more = parts(message.notes[:MOST_NOTES])
        output = {"title": message.title, "summary": message.comment(LONGEST_OUTPUT, True)}
        body: dict[str, Any] = {
            "name": f"{STATUS} report",
            "head_sha": change.commit,
            "external_id": REPORT,
            "status": "completed",
            "conclusion": "success" if message.green else "failure",
            "output": {**output, "annotations": first},
            **({"details_url": message.link} if message.link else {}),
        }
        run = self._api.post(f"{self._at}/check-runs", body)["id"]
        for annotations in more:
            self._api.patch(
                f"{self._at}/check-runs/{run}", {"output": {**output, "annotations": annotations}}
            )

    def _comments(self, place: str) -> Iterator[Comment]:
        for page in self._api.pages(f"{place}?per_page=100"):
            for one in page:
                author = inside(one, "user", "login")
                yield Comment(str(one["id"]), str(author), one.get("body") or "", one["html_url"])

    def _me(self) -> str:
        try:
            return str(self._api.get("/user")["login"])
        except Refused as error:
            if error.status != 403:
                raise
            return ACTIONS


def parts(notes: Iterable[Note]) -> list[list[dict[str, Any]]]:
    """The annotations, as many as one call takes at a time; one empty part where there are none."""
    rest, found = map(annotation, notes), list[list[dict[str, Any]]]()
    while part := list(islice(rest, NOTES_A_CALL)):
        found.append(part)
    return found or [[]]


def annotation(note: Note) -> dict[str, Any]:
    """A note as GitHub takes it."""
    return {
        "path": note.path,
        "start_line": 1,
        "end_line": 1,
        "annotation_level": "failure" if note.red else "warning",
        "message": cut(note.message, LONGEST_ANNOTATION),
    }


FORGE = KnownForge(
    name="github",
    page=HOST + r")/(?P<repository>[^/]+/[^/]+)/pull/(?P<number>\d+)",
    connect=connect,
    token="GITHUB_TOKEN",  # noqa: S106 - a variable's name
    rights="with the permissions pull-requests: write, statuses: write and checks: write",
)
