"""A verdict on Bitbucket Data Center, against a small server.

The server speaks the documented API and keeps its limits.
"""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from clockwork.ci.answers import Refused
from clockwork.ci.forges import Address, Change, Note, size
from clockwork.ci.forges.bitbucket import REPORT_KEY
from clockwork.ci.forges.bitbucket_data_center import BitbucketDataCenter, connect
from clockwork.report.markdown import PLAIN_MARKER
from tests.engine.unit.ci.bitbucket_server import (
    CHANGE,
    HOSTILE,
    SHA,
    TOKEN,
    Bitbucket,
    Json,
    Route,
    answer,
    message,
    red_notes,
    too_long,
    typed,
)

US, THEM = "clockwork-bot", "mallory"
REPOSITORY = "projects/ML/repos/fleet"


class DataCenter(Bitbucket):
    """Bitbucket Data Center under its own path, with one repository and its pull request 42."""

    prefix = "/bitbucket/rest"
    project = "projects/ML/repos/fleet"
    page = 25
    raced = 0

    def __init__(self, server: HTTPServer) -> None:
        super().__init__(server)
        self.activities: list[Json] = []

    def routes(self) -> list[Route]:
        """Each call that a client may make."""
        change, commit = (
            f"/api/latest/{self.project}/pull-requests/42",
            f"/{self.project}/commits/{SHA}",
        )
        report = f"/insights/latest{commit}/reports/([a-z.-]+)"
        return [
            (
                "GET",
                change,
                lambda _: answer(
                    200, {"fromRef": {"latestCommit": SHA}, "toRef": {"latestCommit": "b" * 40}}
                ),
            ),
            ("GET", f"{change}/activities", self.listed),
            (
                "GET",
                f"{change}/comments",
                lambda _: answer(400, {"errors": [{"message": "path is required"}]}),
            ),
            ("POST", f"{change}/comments", self.create),
            (
                "GET",
                rf"{change}/comments/(\d+)",
                lambda _, key: answer(200, self.comments[int(key) - 1]),
            ),
            ("PUT", rf"{change}/comments/(\d+)", self.update),
            ("POST", f"/api/latest{commit}/builds", self.status),
            ("DELETE", report, self.delete_report),
            ("PUT", report, self.report),
            ("POST", f"{report}/annotations", self.annotate),
        ]

    def listed(self, request: Request) -> Response:
        """A page of the activities, the newest first."""
        start, limit = (
            int(request.args.get("start", 0)),
            min(int(request.args.get("limit", 25)), self.page),
        )
        newest = self.activities[::-1]
        last = start + limit >= len(newest)
        values, following = newest[start : start + limit], None if last else start + limit
        return answer(200, {"values": values, "isLastPage": last, "nextPageStart": following})

    def create(self, request: Request) -> Response:
        """A new comment of ours."""
        if size(request.get_json()["text"]) > 32_768:
            return answer(400, {"errors": [{"message": "too long"}]})
        return answer(201, self.says(request.get_json()["text"]))

    def update(self, request: Request, key: str) -> Response:
        """A new text for a comment: only for its author, and only for the version they know."""
        found, body = self.comments[int(key) - 1], request.get_json()
        if found["author"]["name"] != US:
            return answer(401, {"errors": [{"message": "You are not the author"}]})
        if self.raced:
            self.raced, found["version"] = self.raced - 1, found["version"] + 1
        if body["version"] != found["version"]:
            return answer(409, {"errors": [{"message": "stale version"}]})
        found.update(text=body["text"], version=found["version"] + 1)
        return answer(200, found)

    def status(self, request: Request) -> Response:
        """The build status; the key is its identity."""
        body = request.get_json()
        if (
            too_long(body, {"key": 255, "name": 255, "description": 255, "url": 450})
            or not body["url"]
        ):
            return answer(400, {"errors": [{"message": "fields are too large"}]})
        self.statuses[body["key"]] = body
        return answer(204)

    def report(self, request: Request, key: str) -> Response:
        """Creates or replaces a report; the annotations stay."""
        body = request.get_json()
        data = body["data"]
        wrong = too_long(body, {"title": 450, "details": 2000, "reporter": 450}) or len(data) > 6
        if wrong or not all(typed(one, "linktext") for one in data):
            return answer(400, {"errors": [{"message": "malformed report"}]})
        self.reports[key] = body
        return answer(200, body)

    def annotate(self, request: Request, key: str) -> Response:
        """Adds annotations, all of them or none, and never takes two for one."""
        new, old = request.get_json()["annotations"], self.notes.get(key, [])
        wrong = any(
            too_long(one, {"message": 2000, "externalId": 449}) or not one["message"] for one in new
        )
        if key not in self.reports or len(old) + len(new) > 1000 or wrong:
            return answer(400, {"errors": [{"message": "malformed annotations"}]})
        self.notes[key] = old + new
        return answer(204)

    def says(self, text: str, author: str = US, **others: Any) -> Json:
        """Somebody's comment, and the activity that it is."""
        comment: Json = {
            "id": len(self.comments) + 1,
            "version": 0,
            "author": {"name": author},
            "text": text,
        }
        self.comments.append(comment)
        self.activities.append({"action": "COMMENTED", "comment": comment, **others})
        return comment

    def texts(self) -> list[str]:
        """What all comments say."""
        return [one["text"] for one in self.comments]


@pytest.fixture
def center(httpserver: HTTPServer) -> DataCenter:
    return DataCenter(httpserver)


def connected(center: DataCenter, repository: str = REPOSITORY) -> BitbucketDataCenter:
    """The client, made as it is made for a pull request."""
    address = Address(
        "bitbucket data center", center.server.url_for("/bitbucket"), repository, "42"
    )
    forge = connect(address, {"BITBUCKET_TOKEN": TOKEN}, lambda _: None)
    assert forge is not None
    return forge


@pytest.fixture
def forge(center: DataCenter) -> BitbucketDataCenter:
    return connected(center)


def test_the_verdict_is_one_comment_that_is_updated(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    center.says("Looks good!", THEM)
    page = center.server.url_for(
        "/bitbucket/projects/ML/repos/fleet/pull-requests/42/overview?commentId=2"
    )
    for said in ("first", "second", "third"):
        assert forge.comment(CHANGE, message(said)) == page
    assert center.texts() == ["Looks good!", f"{PLAIN_MARKER}\n**third**"]
    assert center.calls("GET", "/comments/") == 0
    assert {one.headers["Authorization"] for one in center.asked} == {f"Bearer {TOKEN}"}


def test_our_comment_is_found_on_the_third_page_among_activities_of_all_kinds(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    center.says(f"{PLAIN_MARKER}\nold")
    center.page = 3
    for action in ("OPENED", "RESCOPED", "APPROVED", "A_KIND_THAT_COMES_LATER"):
        center.activities.append({"action": action, "user": {"name": THEM}})
        center.says("chat", THEM)
    forge.comment(CHANGE, message("new"))
    assert center.texts() == [f"{PLAIN_MARKER}\n**new**", *["chat"] * 4]
    assert center.calls("GET", "/activities") == 3


def test_a_stranger_who_copies_our_marker_neither_blocks_us_nor_is_taken_for_us(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    for said in ("first", "second"):
        center.says(f"{PLAIN_MARKER}\nPASS, trust me", THEM)
        forge.comment(CHANGE, message(said))
    assert center.texts() == [
        f"{PLAIN_MARKER}\nPASS, trust me",
        f"{PLAIN_MARKER}\n**second**",
        f"{PLAIN_MARKER}\nPASS, trust me",
    ]


def test_what_else_our_account_has_said_is_left_alone(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    center.says(f"> {PLAIN_MARKER}\nquoted")
    center.says(f"{PLAIN_MARKER}\non a line", commentAnchor={"path": "dvc.yaml", "line": 3})
    center.says(f"{PLAIN_MARKER}\nreviewed", action="REVIEW_COMMENTED")
    before = center.texts()
    forge.comment(CHANGE, message("new"))
    assert center.texts() == [*before, f"{PLAIN_MARKER}\n**new**"]


def test_a_version_that_went_stale_is_read_again(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    center.says(f"{PLAIN_MARKER}\nold")
    center.raced = 1
    forge.comment(CHANGE, message("new"))
    assert center.texts() == [f"{PLAIN_MARKER}\n**new**"]


def test_a_version_that_goes_stale_twice_is_told_and_no_second_comment_is_made(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    center.says(f"{PLAIN_MARKER}\nold")
    center.raced = 2
    with pytest.raises(Refused, match="409 stale version"):
        forge.comment(CHANGE, message("new"))
    assert center.texts() == [f"{PLAIN_MARKER}\nold"]


def test_a_comment_that_may_have_been_made_is_not_made_twice(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    center.says(f"{PLAIN_MARKER}\n**made, but the answer got lost**")
    center.failures.append(("GET", "/activities", answer(200, {"values": [], "isLastPage": True})))
    center.fails("POST", "/comments", 500)
    forge.comment(CHANGE, message("new"))
    assert center.texts() == [f"{PLAIN_MARKER}\n**new**"]


def test_a_long_comment_is_cut_to_what_bitbucket_takes(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    forge.comment(CHANGE, message("\U0001f600 word\n" * 20_000))
    assert 30_000 < size(center.texts()[0]) < 32_768


def test_the_head_is_the_commit_of_the_source(forge: BitbucketDataCenter) -> None:
    assert forge.head("42") == SHA


@pytest.mark.parametrize(
    ("green", "state", "result"), [(True, "SUCCESSFUL", "PASS"), (False, "FAILED", "FAIL")]
)
def test_status_and_report_say_the_verdict_on_the_branch_of_the_change(
    center: DataCenter, forge: BitbucketDataCenter, green: bool, state: str, result: str
) -> None:
    for _ in range(2):
        forge.status(CHANGE, message(green=green))
        forge.report(CHANGE, message("why", green=green))
    (status,), (report,) = center.statuses.values(), center.reports.values()
    assert (status["state"], status["ref"], status["parent"]) == (
        state,
        "refs/heads/faster",
        status["key"],
    )
    assert (status["url"], report["result"]) == ("https://ci.acme.test/job/7/", result)
    assert "why" in report["details"]


def test_annotations_of_an_earlier_verdict_are_gone_and_none_comes_twice(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    for count in (3, 2, 2):
        forge.report(CHANGE, message(green=False, notes=red_notes(count)))
        assert len(center.notes[REPORT_KEY]) == count + 1
    forge.report(CHANGE, message())
    assert center.notes == {}


def test_annotations_that_may_have_come_through_do_not_come_twice(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    forge.report(CHANGE, message(green=False, notes=red_notes(3)))
    center.failures.append(("DELETE", "/reports", answer(404)))
    center.fails("POST", "/annotations", 500)
    forge.report(CHANGE, message(green=False, notes=red_notes(3)))
    assert len(center.notes[REPORT_KEY]) == 4


def test_a_report_keeps_the_first_six_data_and_a_thousand_annotations_the_red_ones_first(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    data = tuple((f"d{i}", i % 2 == 0) for i in range(8))
    forge.report(CHANGE, message(green=False, data=data, notes=red_notes(1200)))
    assert [one["title"] for one in center.reports[REPORT_KEY]["data"]] == [
        f"d{i}" for i in range(6)
    ]
    assert len(center.notes[REPORT_KEY]) == 1000
    assert {one["severity"] for one in center.notes[REPORT_KEY]} == {"HIGH"}


def test_a_report_without_data_says_so_with_an_empty_list(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    forge.report(CHANGE, message(data=()))
    assert center.reports[REPORT_KEY]["data"] == []


def test_the_report_of_somebody_else_is_not_ours_to_replace(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    center.fails("DELETE", "/reports", 401)
    with pytest.raises(Refused, match="401"):
        forge.report(CHANGE, message())
    assert center.calls("PUT") == 0


def test_hostile_text_in_every_field_arrives_as_text(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    long = HOSTILE * 300
    notes = (Note(long, long, HOSTILE, True), Note(long, "", "", False))
    evil = message(long, green=False, title=long, data=((long, long),), notes=notes)
    change = Change("42", SHA, HOSTILE)
    forge.comment(change, evil)
    forge.status(change, evil)
    forge.report(change, evil)
    assert center.texts()[0].startswith(PLAIN_MARKER)
    assert center.statuses[REPORT_KEY]["ref"] == f"refs/heads/{HOSTILE}"
    assert center.notes[REPORT_KEY][0]["path"] == HOSTILE


def test_a_hostile_number_or_commit_cannot_leave_its_place(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    with pytest.raises(Refused, match="404"):
        forge.report(Change("42", "../../x?y=", None), message())
    with pytest.raises(Refused, match="404"):
        forge.head("42/merge?version=0")
    assert {one.query_string for one in center.asked} == {b""}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(
    center: DataCenter, forge: BitbucketDataCenter, status: int
) -> None:
    center.fails("GET", "/activities", status, times=2)
    center.fails("DELETE", "/reports", status)
    center.fails("POST", "/builds", status)
    forge.comment(CHANGE, message())
    forge.status(CHANGE, message())
    forge.report(CHANGE, message(green=False, notes=red_notes(2)))
    assert (len(center.comments), len(center.statuses), len(center.notes[REPORT_KEY])) == (1, 1, 3)


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_refusal_names_the_call_and_never_the_token(
    center: DataCenter, forge: BitbucketDataCenter, status: int
) -> None:
    center.fails("POST", "/builds", status, times=9)
    with pytest.raises(Refused, match=f"POST .*/builds: {status} no, ") as refused:
        forge.status(CHANGE, message())
    assert TOKEN not in str(refused.value)


def test_a_redirect_to_another_host_is_refused(
    center: DataCenter, forge: BitbucketDataCenter
) -> None:
    away = answer(302)
    away.headers["Location"] = "http://evil.test/rest"
    center.failures.append(("GET", "/activities", away))
    with pytest.raises(Refused, match="another host"):
        forge.comment(CHANGE, message())


@pytest.mark.parametrize(
    "odd",
    [[], {"values": "?"}, {"values": [None, {"action": "COMMENTED"}], "isLastPage": False}],
    ids=repr,
)
def test_a_list_of_another_shape_ends(
    center: DataCenter, forge: BitbucketDataCenter, odd: Any
) -> None:
    center.failures.append(("GET", "/activities", answer(200, odd)))
    forge.comment(CHANGE, message())
    assert len(center.comments) == 1


def test_a_persons_repository_is_that_of_a_project_named_after_them(center: DataCenter) -> None:
    center.project = "projects/~jane.doe/repos/fleet"
    assert connected(center, "users/jane.doe/repos/fleet").head("42") == SHA


def test_without_a_token_there_is_no_forge() -> None:
    assert (
        connect(Address("bitbucket data center", "https://x", REPOSITORY, "42"), {}, lambda _: None)
        is None
    )
