"""GitLab, the public one or one's own: a note on the merge request and a commit status."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote, urlsplit

from clockwork.ci.answers import Refused
from clockwork.ci.context import inside
from clockwork.ci.forges import HOST, STATUS, Address, Change, KnownForge, Message, Sleep, cut
from clockwork.ci.forges.sticky import Comment, sticky
from clockwork.ci.http import Api, bearer
from clockwork.report.markdown import MARKER

LONGEST_NOTE, LONGEST_DESCRIPTION = 200_000, 255  # a note may have 1,000,000; nobody would read it


def connect(address: Address, environ: Mapping[str, str], sleep: Sleep) -> "GitLab | None":
    """The project of `address`, by GITLAB_TOKEN. A job's CI_JOB_TOKEN may not write notes."""
    token = environ.get("GITLAB_TOKEN")
    if not token:
        return None
    base = environ.get("CI_API_V4_URL") or f"{address.host}/api/v4"
    return GitLab(Api(base, bearer(token), sleep=sleep), _below(address, base))


def _below(address: Address, api: str) -> Address:
    # A GitLab that lies below a path of its host has it in every page, but not in a project's name.
    path = urlsplit(api).path.removesuffix("/api/v4").strip("/")
    name = address.repository.removeprefix(f"{path}/")
    if name == address.repository:
        return address
    return replace(address, host=f"{address.host}/{path}", repository=name)


class GitLab:
    """One project on GitLab."""

    def __init__(self, api: Api, address: Address) -> None:
        self._api, self._page = api, f"{address.host}/{address.repository}/-/merge_requests"
        self._at = f"/projects/{quote(address.repository, safe='')}"

    def head(self, number: str) -> str:
        """The commit at the head of the merge request."""
        return str(inside(self._api.get(f"{self._at}/merge_requests/{number}"), "sha"))

    def comment(self, change: Change, message: Message) -> str:
        """Create or update the one note of ours; gives its page."""
        body = {"body": message.comment(LONGEST_NOTE, True)}
        me = str(self._api.get("/user")["id"])
        place = f"{self._at}/merge_requests/{change.number}/notes"
        page = f"{self._page}/{change.number}#note_"
        return sticky(
            lambda: self._notes(place, page),
            lambda one: one.author == me,
            MARKER,
            lambda: page + str(self._api.post(place, body)["id"]),
            lambda one: page + str(self._api.put(f"{place}/{one.key}", body)["id"]),
            self._api.rest,
        )

    def status(self, change: Change, message: Message) -> None:
        """Set the commit's status. GitLab refuses one that is set already: then that is as good."""
        state = "success" if message.green else "failed"
        body = {
            "state": state,
            "name": STATUS,
            "description": cut(message.summary, LONGEST_DESCRIPTION),
            **({"ref": change.branch} if change.branch else {}),
            **({"target_url": message.link} if message.link else {}),
        }
        try:
            self._api.post(f"{self._at}/statuses/{change.commit}", body, again=True)
        except Refused as error:
            if error.status != 400 or self._state(change.commit) != state:
                raise

    def report(self, change: Change, message: Message) -> None:
        """Nothing: GitLab shows the test cases of the job's JUnit file by itself."""

    def _state(self, commit: str) -> object:
        found = self._api.get(
            f"{self._at}/repository/commits/{commit}/statuses?name={quote(STATUS, safe='')}"
        )
        return inside(found[0], "status") if found else None

    def _notes(self, place: str, page: str) -> Iterator[Comment]:
        for notes in self._api.pages(f"{place}?sort=asc&order_by=created_at&per_page=100"):
            for one in notes:
                yield Comment(
                    str(one["id"]),
                    str(inside(one, "author", "id")),
                    one["body"],
                    f"{page}{one['id']}",
                )


FORGE = KnownForge(
    name="gitlab",
    page=HOST + r")/(?P<repository>[^?#]+?)/-/merge_requests/(?P<number>\d+)",
    connect=connect,
    token="GITLAB_TOKEN",  # noqa: S106 - a variable's name
    rights="a project access token with the scope api and at least the role Developer",
)
