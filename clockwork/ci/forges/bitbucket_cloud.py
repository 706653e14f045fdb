"""Bitbucket Cloud: a comment, a build status and a Code Insights report with annotations.

In Bitbucket Pipelines a proxy on the build's machine signs calls: without a token of ours, all goes
through it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from clockwork.ci.answers import Refused
from clockwork.ci.context import inside
from clockwork.ci.forges import Address, Change, KnownForge, Message, Note
from clockwork.ci.forges import bitbucket as shared
from clockwork.ci.forges.bitbucket import Json, text
from clockwork.ci.forges.sticky import Comment
from clockwork.ci.http import Api, Sleep, basic, bearer

HOST = "api.bitbucket.org/2.0"
PROXY = "http://localhost:29418"  # it can read, and so sign, plain http only
MOST_DATA, MOST_NOTES_A_CALL = 10, 100


def connect(address: Address, environ: Mapping[str, str], sleep: Sleep) -> "BitbucketCloud | None":
    """The repository of `address`, by a repository's or a user's token, or by Pipelines' proxy."""
    token, email = environ.get("BITBUCKET_TOKEN"), environ.get("BITBUCKET_EMAIL")
    if token:
        api = Api(f"https://{HOST}", basic(email, token) if email else bearer(token), sleep=sleep)
    elif environ.get("BITBUCKET_BUILD_NUMBER"):
        api = Api(f"http://{HOST}", proxy=PROXY, sleep=sleep)
    else:
        return None
    return BitbucketCloud(api, address.host, address.repository)


class BitbucketCloud:
    """The `repository` ("workspace/name") on Bitbucket Cloud, by `api`; people see it on `host`."""

    def __init__(self, api: Api, host: str, repository: str) -> None:
        self.api, self.host = api, host
        self.named = shared.path(*repository.split("/"))

    def head(self, number: str) -> str:
        """The commit at the head of the pull request."""
        found = self.api.get(self._change(number))
        # A pull request names only the first 12 characters of its commit.
        known = text(found, "source", "commit", "hash")
        return text(self.api.get(self._commit(known)), "hash")

    def comment(self, change: Change, message: Message) -> str:
        """Create or update the one comment of ours; gives its page."""
        place = f"{self._change(change.number)}/comments"
        body = {"content": {"raw": message.comment(shared.LONGEST_COMMENT, False)}}
        return shared.keep(
            lambda: self._comments(change.number),
            lambda: self._page(change.number, text(self.api.post(place, body), "id")),
            lambda one: self.api.put(f"{place}/{one.key}", body),
            self.api.rest,
            self._user(),
        )

    def status(self, change: Change, message: Message) -> None:
        """Set the build status of the commit."""
        state = shared.state(message, self._page(change.number))
        # Braces are variables, which Bitbucket would fill in.
        state["url"] = state["url"].replace("{", "%7B").replace("}", "%7D")
        # It ties the status to the pull request.
        branch = {"refname": change.branch} if change.branch else {}
        self.api.post(f"{self._commit(change.commit)}/statuses/build", state | branch, again=True)

    def report(self, change: Change, message: Message) -> None:
        """Publish the report with its annotations."""
        place = f"{self._commit(change.commit)}/reports/{shared.REPORT_KEY}"
        shared.forget(self.api, place)
        body = shared.report(message, self._page(change.number), MOST_DATA)
        self.api.put(
            place, body | {"report_type": "TEST", "result": "PASSED" if message.green else "FAILED"}
        )
        for some in calls(message):
            # The same id is the same annotation.
            self.api.post(f"{place}/annotations", some, again=True)

    def _user(self) -> str | None:
        # Only a user's token may ask; an access token of a repository or a workspace is refused.
        try:
            return text(self.api.get("user"), "uuid") or None
        except Refused as error:
            if error.status in shared.REFUSED:
                return None
            raise

    def _comments(self, number: str) -> Iterator[Comment]:
        for page in self.api.pages(f"{self._change(number)}/comments?pagelen=100", self._next):
            for one in shared.values(page):
                key, author = text(one, "id"), text(one, "user", "uuid")
                if not any(inside(one, sign) for sign in ("deleted", "inline", "parent")):
                    yield Comment(key, author, text(one, "content", "raw"), self._page(number, key))

    def _next(self, data: Any) -> str | None:
        # Links are https, while the proxy of Pipelines is spoken to in plain http.
        scheme = self.api.base.partition(":")[0]
        return re.sub(r"^https?:", f"{scheme}:", text(data, "next")) or None

    def _change(self, number: str) -> str:
        return f"repositories/{self.named}/pullrequests/{shared.path(number)}"

    def _commit(self, commit: str) -> str:
        return f"repositories/{self.named}/commit/{shared.path(commit)}"

    def _page(self, number: str, comment: str = "") -> str:
        anchor = f"#comment-{comment}" if comment else ""
        return f"{self.host}/{self.named}/pull-requests/{shared.path(number)}{anchor}"


def calls(message: Message) -> Iterator[list[Json]]:
    """The annotations of `message`, as many at a time as a call takes."""
    found = [annotation(key, note) for key, note in shared.notes(message)]
    for start in range(0, len(found), MOST_NOTES_A_CALL):
        yield found[start : start + MOST_NOTES_A_CALL]


def annotation(key: str, note: Note) -> Json:
    """One note, as an annotation of a report."""
    place = {"path": note.path} if note.path else {}
    return place | {
        "external_id": key,
        "annotation_type": "BUG" if note.red else "CODE_SMELL",
        "summary": shared.annotation(note, shared.LONGEST_LINE),
        "details": shared.annotation(note, shared.LONGEST_DETAILS),
        "severity": "HIGH" if note.red else "LOW",
        "result": "FAILED" if note.red else "IGNORED",
    }


FORGE = KnownForge(
    name="bitbucket cloud",
    page=(
        r"(?P<host>https://bitbucket\.org)/(?P<repository>[^/]+/[^/]+)"
        r"/pull-requests/(?P<number>\d+)"
    ),
    connect=connect,
    token="BITBUCKET_TOKEN",  # noqa: S106 - a variable's name
    rights="a repository access token with the scopes pullrequest:write and repository:write",
)
