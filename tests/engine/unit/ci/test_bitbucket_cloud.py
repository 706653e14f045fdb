"""A verdict on Bitbucket Cloud, against a small server.

The server speaks the documented API and keeps its limits.
"""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from clockwork.ci.answers import Refused
from clockwork.ci.forges import Address, Change, Note, bitbucket_cloud, size
from clockwork.ci.forges.bitbucket import REPORT_KEY
from clockwork.ci.forges.bitbucket_cloud import BitbucketCloud, connect
from clockwork.ci.http import Api, bearer
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

US, THEM = "{us}", "{them}"
ADDRESS = Address("bitbucket cloud", "https://bitbucket.org", "acme/fleet", "42")
PAGE = "https://bitbucket.org/acme/fleet/pull-requests/42"


class Cloud(Bitbucket):
    """Bitbucket Cloud with one repository and its pull request 42."""

    prefix = "/2.0"
    user_token = True
    page = 100
    elsewhere = ""

    def routes(self) -> list[Route]:
        """Each call that a client may make."""
        change, commit = (
            "/repositories/acme/fleet/pullrequests/42",
            f"/repositories/acme/fleet/commit/{SHA}",
        )
        return [
            ("GET", "/user", self.user),
            ("GET", change, lambda _: answer(200, {"source": {"commit": {"hash": SHA[:12]}}})),
            (
                "GET",
                f"/repositories/acme/fleet/commit/{SHA[:12]}",
                lambda _: answer(200, {"hash": SHA}),
            ),
            ("GET", f"{change}/comments", self.listed),
            ("POST", f"{change}/comments", self.create),
            ("PUT", rf"{change}/comments/(\d+)", self.update),
            ("POST", f"{commit}/statuses/build", self.status),
            ("DELETE", f"{commit}/reports/([a-z.-]+)", self.delete_report),
            ("PUT", f"{commit}/reports/([a-z.-]+)", self.report),
            ("POST", f"{commit}/reports/([a-z.-]+)/annotations", self.annotate),
        ]

    def user(self, _: Request) -> Response:
        """Whose token it is; tokens of repositories are nobody's."""
        return (
            answer(200, {"uuid": US})
            if self.user_token
            else answer(403, {"error": {"message": "Forbidden"}})
        )

    def listed(self, request: Request) -> Response:
        """A page of the comments, and the address of the next."""
        at = int(request.args.get("page", 1))
        values = self.comments[(at - 1) * self.page : at * self.page]
        more = (
            {"next": self.elsewhere or f"{request.base_url}?page={at + 1}"}
            if at * self.page < len(self.comments)
            else {}
        )
        return answer(200, {"values": values, **more})

    def create(self, request: Request) -> Response:
        """A new comment of ours."""
        if size(request.get_json()["content"]["raw"]) >= 32_768:
            return answer(400, {"error": {"message": "too long"}})
        return answer(201, self.says(request.get_json()["content"]["raw"]))

    def update(self, request: Request, key: str) -> Response:
        """A new text for a comment; only for its author."""
        found = next(
            (one for one in self.comments if one["id"] == int(key) and not one.get("deleted")), None
        )
        if found is None or found["user"]["uuid"] != US:
            return answer(403 if found else 404, {"error": {"message": "no access to the comment"}})
        found["content"] = request.get_json()["content"]
        return answer(200, found)

    def status(self, request: Request) -> Response:
        """The build status; the key is its identity."""
        body = request.get_json()
        if too_long(body, {"key": 40, "name": 255, "description": 255, "url": 450}):
            return answer(400, {"error": {"message": "Ensure this value is shorter"}})
        self.statuses[body["key"]] = body
        return answer(201, body)

    def report(self, request: Request, key: str) -> Response:
        """Creates or replaces a report; the annotations stay."""
        body = request.get_json()
        data = body["data"]
        if (
            len(data) > 10
            or not all(typed(one, "text") for one in data)
            or "localhost" in body["link"]
        ):
            return answer(400, {"error": {"message": "malformed report"}})
        self.reports[key] = body
        return answer(200, body)

    def annotate(self, request: Request, key: str) -> Response:
        """Creates or updates annotations, by their ids."""
        body = request.get_json()
        kept = {one["external_id"]: one for one in [*self.notes.get(key, []), *body]}
        wrong = any(
            too_long(one, {"summary": 450, "details": 2000}) or not one["summary"] for one in body
        )
        if key not in self.reports or len(body) > 100 or len(kept) > 1000 or wrong:
            return answer(400, {"error": {"message": "malformed annotations"}})
        self.notes[key] = list(kept.values())
        return answer(200, body)

    def says(self, raw: str, author: str = US, **others: Any) -> Json:
        """Somebody's comment."""
        comment: Json = {
            "id": len(self.comments) + 1,
            "user": {"uuid": author},
            "content": {"raw": raw},
            **others,
        }
        self.comments.append(comment)
        return comment

    def texts(self) -> list[str]:
        """What all comments say."""
        return [one["content"]["raw"] for one in self.comments]


@pytest.fixture
def cloud(httpserver: HTTPServer) -> Cloud:
    return Cloud(httpserver)


@pytest.fixture
def forge(cloud: Cloud) -> BitbucketCloud:
    api = Api(cloud.server.url_for("/2.0"), bearer(TOKEN), sleep=lambda _: None)
    return BitbucketCloud(api, ADDRESS.host, ADDRESS.repository)


@pytest.fixture(params=["the token of a user", "the token of a repository"])
def either(request: pytest.FixtureRequest, cloud: Cloud) -> Cloud:
    """The same server, for both kinds of tokens."""
    cloud.user_token = request.param == "the token of a user"
    return cloud


def test_the_verdict_is_one_comment_that_is_updated(either: Cloud, forge: BitbucketCloud) -> None:
    either.says("Looks good!", THEM)
    assert forge.comment(CHANGE, message("first")) == f"{PAGE}#comment-2"
    assert forge.comment(CHANGE, message("second")) == f"{PAGE}#comment-2"
    assert either.texts() == ["Looks good!", f"{PLAIN_MARKER}\n**second**"]


def test_our_comment_is_found_on_the_third_page(either: Cloud, forge: BitbucketCloud) -> None:
    either.page = 2
    for _ in range(5):
        either.says("chat", THEM)
    either.says(f"{PLAIN_MARKER}\nold")
    forge.comment(CHANGE, message("new"))
    assert either.texts() == ["chat"] * 5 + [f"{PLAIN_MARKER}\n**new**"]


def test_a_stranger_who_copies_our_marker_neither_blocks_us_nor_is_taken_for_us(
    either: Cloud, forge: BitbucketCloud
) -> None:
    for _ in range(3):
        either.says(f"{PLAIN_MARKER}\nPASS, trust me", THEM)
    forge.comment(CHANGE, message("first"))
    forge.comment(CHANGE, message("second"))
    assert either.texts() == [f"{PLAIN_MARKER}\nPASS, trust me"] * 3 + [
        f"{PLAIN_MARKER}\n**second**"
    ]


def test_what_else_our_account_has_said_is_left_alone(either: Cloud, forge: BitbucketCloud) -> None:
    either.says(f"> {PLAIN_MARKER}\nquoted")
    either.says(f"{PLAIN_MARKER}\ngone", deleted=True)
    either.says(f"{PLAIN_MARKER}\non a line", inline={"path": "dvc.yaml"})
    either.says(f"{PLAIN_MARKER}\nan answer", parent={"id": 1})
    before = either.texts()
    forge.comment(CHANGE, message("new"))
    assert either.texts() == [*before, f"{PLAIN_MARKER}\n**new**"]
    assert either.calls("PUT") == 0


def test_with_the_token_of_a_user_no_comment_of_others_is_even_tried(
    cloud: Cloud, forge: BitbucketCloud
) -> None:
    cloud.says(f"{PLAIN_MARKER}\nmine", THEM)
    forge.comment(CHANGE, message())
    assert cloud.calls("PUT") == 0


def test_a_long_comment_is_cut_to_what_bitbucket_takes(cloud: Cloud, forge: BitbucketCloud) -> None:
    forge.comment(CHANGE, message("\U0001f600 word\n" * 20_000))
    assert 30_000 < size(cloud.texts()[0]) < 32_768


def test_a_next_link_to_another_host_is_refused_and_the_token_stays_here(
    cloud: Cloud, forge: BitbucketCloud
) -> None:
    cloud.page, cloud.elsewhere = 1, "http://evil.test/2.0/comments?page=2"
    for _ in range(2):
        cloud.says("chat", THEM)
    with pytest.raises(Refused, match="another host") as refused:
        forge.comment(CHANGE, message())
    assert TOKEN not in str(refused.value)
    assert cloud.calls("POST") == 0


def test_the_head_is_the_whole_commit_although_a_pull_request_shows_a_part(
    cloud: Cloud, forge: BitbucketCloud
) -> None:
    assert forge.head("42") == SHA
    assert cloud.calls("GET") == 2


@pytest.mark.parametrize(
    ("green", "state", "result"), [(True, "SUCCESSFUL", "PASSED"), (False, "FAILED", "FAILED")]
)
def test_status_and_report_say_the_verdict_on_the_branch_of_the_change(
    cloud: Cloud, forge: BitbucketCloud, green: bool, state: str, result: str
) -> None:
    forge.status(CHANGE, message(green=green))
    forge.report(CHANGE, message("why", green=green))
    (status,), (report,) = cloud.statuses.values(), cloud.reports.values()
    assert (status["state"], status["refname"], status["url"]) == (
        state,
        "faster",
        "https://ci.acme.test/job/7/",
    )
    assert (report["result"], report["report_type"]) == (result, "TEST")
    assert "why" in report["details"]


def test_publishing_again_leaves_one_status_and_one_report(
    cloud: Cloud, forge: BitbucketCloud
) -> None:
    for green in (False, True):
        forge.status(CHANGE, message(green=green))
        forge.report(CHANGE, message(green=green))
    assert [one["state"] for one in cloud.statuses.values()] == ["SUCCESSFUL"]
    assert [one["result"] for one in cloud.reports.values()] == ["PASSED"]


def test_annotations_of_an_earlier_verdict_are_gone(cloud: Cloud, forge: BitbucketCloud) -> None:
    forge.report(CHANGE, message(green=False, notes=red_notes(150)))
    assert len(cloud.notes[REPORT_KEY]) == 151
    forge.report(CHANGE, message())
    assert cloud.notes == {}


def test_a_report_keeps_the_first_ten_data_and_a_thousand_annotations_the_red_ones_first(
    cloud: Cloud, forge: BitbucketCloud
) -> None:
    data = tuple((f"d{i}", float(i)) for i in range(15))
    forge.report(CHANGE, message(green=False, data=data, notes=red_notes(1200)))
    assert [one["title"] for one in cloud.reports[REPORT_KEY]["data"]] == [
        f"d{i}" for i in range(10)
    ]
    assert len(cloud.notes[REPORT_KEY]) == 1000
    assert {one["severity"] for one in cloud.notes[REPORT_KEY]} == {"HIGH"}
    assert cloud.calls("POST", "/annotations") == 10


def test_each_value_has_its_type_and_what_is_no_number_is_text(
    cloud: Cloud, forge: BitbucketCloud
) -> None:
    data = (("a", True), ("b", 0.5), ("c", "x"), ("d", float("nan")), ("e", float("-inf")))
    forge.report(CHANGE, message(data=data))
    kinds = [(one["type"], one["value"]) for one in cloud.reports[REPORT_KEY]["data"]]
    assert kinds == [
        ("BOOLEAN", True),
        ("NUMBER", 0.5),
        ("TEXT", "x"),
        ("TEXT", "nan"),
        ("TEXT", "-inf"),
    ]


NO_LINKS = {
    "none": None,
    "empty": "",
    "of the build's machine": "http://localhost:5000/#/runs",
    "a script": "javascript:alert(1)",
    "a script with a host": "javascript://acme.test/%0Aalert(1)",
    "two words": "https://acme.test/a b",
    "too long": "https://acme.test/" + "y" * 450,
    "broken": "https://[acme.test/",
}


@pytest.mark.parametrize("link", NO_LINKS.values(), ids=NO_LINKS)
def test_where_the_link_would_be_refused_the_pull_request_is_linked(
    cloud: Cloud, forge: BitbucketCloud, link: str | None
) -> None:
    forge.status(CHANGE, message(link=link))
    forge.report(CHANGE, message(link=link))
    assert cloud.statuses[REPORT_KEY]["url"] == cloud.reports[REPORT_KEY]["link"] == PAGE


def test_hostile_text_in_every_field_arrives_as_text(cloud: Cloud, forge: BitbucketCloud) -> None:
    long = HOSTILE * 300
    evil = message(
        long,
        green=False,
        title=long,
        data=((long, long),),
        notes=(Note(long, long, HOSTILE, True), Note(long, "", "", False)),
    )
    change = Change("42", SHA, HOSTILE)
    forge.comment(change, evil)
    forge.status(change, evil)
    forge.report(change, evil)
    assert cloud.texts()[0].startswith(PLAIN_MARKER)
    assert cloud.statuses[REPORT_KEY]["refname"] == HOSTILE
    assert cloud.notes[REPORT_KEY][0]["path"] == HOSTILE
    assert len({one["external_id"] for one in cloud.notes[REPORT_KEY]}) == 2


def test_braces_in_a_link_are_no_variables(cloud: Cloud, forge: BitbucketCloud) -> None:
    forge.status(CHANGE, message(link="https://ci.acme.test/{repository.full_name}"))
    assert cloud.statuses[REPORT_KEY]["url"] == "https://ci.acme.test/%7Brepository.full_name%7D"


def test_a_hostile_number_or_commit_cannot_leave_its_place(
    cloud: Cloud, forge: BitbucketCloud
) -> None:
    with pytest.raises(Refused, match="404"):
        forge.status(Change("42", "../../../user?x=", None), message())
    assert cloud.asked[-1].path.startswith("/2.0/repositories/acme/fleet/commit/")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(cloud: Cloud, forge: BitbucketCloud, status: int) -> None:
    cloud.fails("GET", "/user", status)
    cloud.fails("PUT", "/reports", status, times=2)
    cloud.fails("POST", "/annotations", status)
    cloud.fails("POST", "/statuses", status)
    forge.comment(CHANGE, message())
    forge.status(CHANGE, message())
    forge.report(CHANGE, message(green=False, notes=red_notes(2)))
    assert (len(cloud.comments), len(cloud.statuses), len(cloud.notes[REPORT_KEY])) == (1, 1, 3)


def test_a_comment_that_may_have_been_made_is_not_made_twice(
    either: Cloud, forge: BitbucketCloud
) -> None:
    either.says(f"{PLAIN_MARKER}\n**made, but the answer got lost**")
    either.failures.append(("GET", "/comments", answer(200, {"values": []})))
    either.fails("POST", "/comments", 500)
    forge.comment(CHANGE, message("new"))
    assert either.texts() == [f"{PLAIN_MARKER}\n**new**"]


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_refusal_names_the_call_and_never_the_token(
    cloud: Cloud, forge: BitbucketCloud, status: int
) -> None:
    cloud.fails("POST", "/statuses", status, times=9)
    with pytest.raises(Refused, match=f"POST .*/statuses/build: {status} no, ") as refused:
        forge.status(CHANGE, message())
    assert TOKEN not in str(refused.value)


def test_in_bitbucket_pipelines_everything_goes_through_the_proxy_without_a_token(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bitbucket_cloud, "PROXY", cloud.server.url_for(""))
    cloud.user_token, cloud.page = False, 1
    for _ in range(2):
        cloud.says("chat", THEM)
    forge = connect(ADDRESS, {"BITBUCKET_BUILD_NUMBER": "7"}, lambda _: None)
    assert forge is not None
    forge.status(CHANGE, message())
    forge.report(CHANGE, message())
    cloud.elsewhere = (
        "https://api.bitbucket.org/2.0/repositories/acme/fleet/pullrequests/42/comments?page=2"
    )
    forge.comment(CHANGE, message())
    assert {one.host for one in cloud.asked} == {"api.bitbucket.org"}
    assert not any("Authorization" in one.headers for one in cloud.asked)
    assert (len(cloud.statuses), len(cloud.reports), len(cloud.comments)) == (1, 1, 3)


def test_a_token_goes_to_bitbucket_over_https_only() -> None:
    forge = connect(
        ADDRESS, {"BITBUCKET_TOKEN": TOKEN, "BITBUCKET_BUILD_NUMBER": "7"}, lambda _: None
    )
    assert forge is not None
    assert forge.api.base == "https://api.bitbucket.org/2.0"


def test_the_token_of_a_user_goes_with_their_address(cloud: Cloud) -> None:
    forge = connect(
        ADDRESS, {"BITBUCKET_TOKEN": TOKEN, "BITBUCKET_EMAIL": "ci@acme.test"}, lambda _: None
    )
    assert forge is not None
    forge.api.base = cloud.server.url_for("/2.0")
    forge.head("42")
    sent = cloud.asked[0].authorization
    assert sent is not None
    assert (sent.type, sent.username, sent.password) == ("basic", "ci@acme.test", TOKEN)


def test_without_a_token_and_outside_pipelines_there_is_no_forge() -> None:
    assert connect(ADDRESS, {"BITBUCKET_EMAIL": "ci@acme.test"}, lambda _: None) is None
