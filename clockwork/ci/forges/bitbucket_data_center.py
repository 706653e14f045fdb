"""Bitbucket Data Center: a comment, a build status and a Code Insights report with annotations."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from clockwork.ci.answers import Refused
from clockwork.ci.context import inside
from clockwork.ci.forges import HOST, Address, Change, KnownForge, Message, Note
from clockwork.ci.forges import bitbucket as shared
from clockwork.ci.forges.bitbucket import Json, text
from clockwork.ci.forges.sticky import Comment
from clockwork.ci.http import Api, Sleep, bearer

MOST_DATA, PAGE = 6, 100


def connect(
    address: Address, environ: Mapping[str, str], sleep: Sleep
) -> "BitbucketDataCenter | None":
    """The repository of `address`, by an HTTP access token."""
    token = environ.get("BITBUCKET_TOKEN")
    if not token:
        return None
    return BitbucketDataCenter(
        Api(f"{address.host}/rest", bearer(token), sleep=sleep), address.host, address.repository
    )


class BitbucketDataCenter:
    """The `repository` ("projects/KEY/repos/name") by `api`; its pages are on `host`."""

    def __init__(self, api: Api, host: str, repository: str) -> None:
        self.api, self.host = api, host
        self.named = shared.path(*repository.split("/"))

    def head(self, number: str) -> str:
        """The commit at the head of the pull request."""
        return text(self.api.get(self._change(number)), "fromRef", "latestCommit")

    def comment(self, change: Change, message: Message) -> str:
        """Create or update the one comment of ours; gives its page."""
        place = f"{self._change(change.number)}/comments"
        body = {"text": message.comment(shared.LONGEST_COMMENT, False)}
        return shared.keep(
            lambda: self._comments(change.number),
            lambda: self._page(change.number, text(self.api.post(place, body), "id")),
            lambda one: self._put(f"{place}/{one.key}", body, one.version),
            self.api.rest,
        )

    def status(self, change: Change, message: Message) -> None:
        """Set the build status of the commit."""
        state = shared.state(message, self._page(change.number))
        # Shown on this branch's changes only.
        branch = {"ref": f"refs/heads/{change.branch}"} if change.branch else {}
        # A merge check on required builds looks for the parent, not for the key.
        body = state | branch | {"parent": state["key"]}
        self.api.post(f"api/latest/{self._commit(change.commit)}/builds", body, again=True)

    def report(self, change: Change, message: Message) -> None:
        """Publish the report with its annotations."""
        try:
            self._report(change, message)
        except Refused as error:
            if not error.uncertain:
                raise
            # Annotations have no identity here: those that may have come through would come twice,
            # so all begins anew.
            self.api.rest()
            self._report(change, message)

    def _report(self, change: Change, message: Message) -> None:
        place = f"insights/latest/{self._commit(change.commit)}/reports/{shared.REPORT_KEY}"
        shared.forget(self.api, place)
        body = shared.report(message, self._page(change.number), MOST_DATA)
        self.api.put(place, body | {"result": "PASS" if message.green else "FAIL"})
        found = [annotation(key, note) for key, note in shared.notes(message)]
        if found:
            self.api.post(f"{place}/annotations", {"annotations": found})

    def _put(self, place: str, body: Json, version: int) -> None:
        try:
            self.api.put(place, body | {"version": version})
        except Refused as error:
            if error.status != 409:
                raise
            # Somebody was faster, most likely another run of ours: what they wrote is replaced,
            # once.
            self.api.put(place, body | {"version": inside(self.api.get(place), "version")})

    def _comments(self, number: str) -> Iterator[Comment]:
        # The list of comments must be asked file by file; the activities have them all.
        place = f"{self._change(number)}/activities?limit={PAGE}"
        for page in self.api.pages(place, lambda data: following(place, data)):
            for activity in shared.values(page):
                one = inside(activity, "comment")
                if inside(activity, "action") == "COMMENTED" and not inside(
                    activity, "commentAnchor"
                ):
                    key, version = text(one, "id"), inside(one, "version")
                    author, content = text(one, "author", "name"), text(one, "text")
                    yield Comment(
                        key,
                        author,
                        content,
                        self._page(number, key),
                        version if isinstance(version, int) else 0,
                    )

    def _change(self, number: str) -> str:
        return f"api/latest/{self.named}/pull-requests/{shared.path(number)}"

    def _commit(self, commit: str) -> str:
        return f"{self.named}/commits/{shared.path(commit)}"

    def _page(self, number: str, comment: str = "") -> str:
        anchor = f"/overview?commentId={comment}" if comment else ""
        return f"{self.host}/{self.named}/pull-requests/{shared.path(number)}{anchor}"


def following(place: str, data: Any) -> str | None:
    """Where the list at `place` goes on after the page `data`."""
    start: Any = inside(data, "nextPageStart")
    last = inside(data, "isLastPage") is not False
    return None if last or not isinstance(start, int) else f"{place}&start={start}"


def annotation(key: str, note: Note) -> Json:
    """One note, as an annotation of a report."""
    place = {"path": note.path} if note.path else {}
    return place | {
        "externalId": key,
        "type": "BUG" if note.red else "CODE_SMELL",
        "message": shared.annotation(note, shared.LONGEST_DETAILS),
        "severity": "HIGH" if note.red else "LOW",
    }


FORGE = KnownForge(
    name="bitbucket data center",
    page=(
        HOST + r"(?:/[^?#]*?)?)/(?P<repository>(?:projects|users)/[^/]+/repos/[^/]+)"
        r"/pull-requests/(?P<number>\d+)"
    ),
    connect=connect,
    token="BITBUCKET_TOKEN",  # noqa: S106 - a variable's name
    rights="an HTTP access token that may write to the repository",
    # A person's repositories are those of a project named after them.
    repository=lambda named: re.sub(r"^users/~?", "projects/~", named),
)
