"""The client waits for a busy server, follows no link elsewhere, and never tells a token."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from clockwork.ci.answers import Refused
from clockwork.ci.http import ATTEMPTS, LONGEST_PAUSE, MOST_PAGES, Api, basic, bearer
from tests.engine.unit.ci.forge_servers import TOKEN, answer, problem


class Server:
    """A server that gives `answers` in order, the last for ever, and keeps what it was asked."""

    def __init__(self, server: HTTPServer) -> None:
        self.url, self.asked, self.naps = server.url_for("/api"), list[Request](), list[float]()
        self.answers: list[Response] = []
        server.expect_request("/api/things").respond_with_handler(self.serve)
        self.api = Api(self.url, bearer(TOKEN), sleep=self.naps.append, timeout=(0.5, 0.2))

    def serve(self, request: Request) -> Response:
        """The next answer."""
        self.asked.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def server(httpserver: HTTPServer) -> Server:
    """A server whose naps are noted, not slept."""
    return Server(httpserver)


def test_an_answer_is_its_json_and_the_token_goes_along(server: Server) -> None:
    server.answers = [answer({"ok": True})]
    assert server.api.get("/things") == {"ok": True}
    assert server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_an_answer_without_a_body_is_none(server: Server) -> None:
    server.answers = [Response(status=204)]
    assert server.api.delete("things") is None


def test_an_answer_that_is_no_json_is_refused(server: Server) -> None:
    server.answers = [Response("<html>log in</html>")]
    with pytest.raises(Refused, match="no JSON"):
        server.api.get("things")


def test_a_server_that_asks_to_wait_is_asked_again_after_as_long(server: Server) -> None:
    server.answers = [
        problem(429, headers={"Retry-After": "7"}),
        problem(403, headers={"Retry-After": "3"}),
        answer(1),
    ]
    assert server.api.post("things", {}) == 1
    assert server.naps == [7, 3]


def test_nobody_waits_for_an_hour(server: Server) -> None:
    server.answers = [
        problem(429, "slow down", headers={"Retry-After": str(int(LONGEST_PAUSE) + 1)})
    ]
    with pytest.raises(Refused, match="429 slow down"):
        server.api.get("things")
    assert server.naps == []


def test_a_date_to_wait_for_is_answered_by_our_own_pauses(server: Server) -> None:
    server.answers = [
        problem(429, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
        answer(1),
    ]
    assert server.api.get("things") == 1
    assert server.naps == [1]


def test_a_broken_server_is_asked_again_with_growing_pauses_and_then_no_more(
    server: Server,
) -> None:
    server.answers = [problem(500), problem(502), answer(1)]
    assert server.api.put("things", {}) == 1
    server.answers = [problem(503, "down")]
    with pytest.raises(Refused, match="503 down"):
        server.api.get("things")
    assert server.naps == [1, 2, *(2**at for at in range(ATTEMPTS - 1))]


def test_a_plain_refusal_is_final(server: Server) -> None:
    server.answers = [problem(403, "Resource not accessible")]
    with pytest.raises(Refused, match="GET things: 403 Resource not accessible") as refused:
        server.api.get("things?query=kept-out")
    assert (refused.value.status, refused.value.uncertain, len(server.asked)) == (403, False, 1)


@pytest.mark.parametrize("again", [False, True])
def test_what_creates_something_is_repeated_only_where_that_is_allowed(
    server: Server, again: bool
) -> None:
    server.answers = [problem(500), answer(1)]
    if again:
        assert server.api.post("things", {}, again=True) == 1
        return
    with pytest.raises(Refused) as refused:
        server.api.post("things", {})
    assert refused.value.uncertain
    assert len(server.asked) == 1


def test_a_server_that_says_nothing_is_given_up(server: Server, httpserver: HTTPServer) -> None:
    def slow(_: Request) -> Response:
        time.sleep(0.4)
        return answer(1)

    httpserver.expect_request("/api/slow").respond_with_handler(slow)
    with pytest.raises(Refused, match=r"POST slow: no answer \(ReadTimeout\)") as refused:
        server.api.post("slow", {})
    assert refused.value.uncertain
    assert refused.value.status is None


def test_a_server_that_is_not_there_is_asked_a_few_times() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        naps: list[float] = []
        api = Api(f"http://127.0.0.1:{taken.getsockname()[1]}", bearer(TOKEN), sleep=naps.append)
        with pytest.raises(Refused, match="no answer") as refused:
            api.get("things")
    assert len(naps) == ATTEMPTS - 1
    assert TOKEN not in str(refused.value)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[HTTPServer]:
    """Another server."""
    with HTTPServer() as other:
        yield other


@pytest.fixture
def stranger(elsewhere: HTTPServer) -> Iterator[HTTPServer]:
    """Another server, which must never be asked."""
    yield elsewhere
    asked = list(elsewhere.log)
    elsewhere.clear()
    assert not asked


def test_a_redirect_within_the_server_is_followed(server: Server, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/moved").respond_with_handler(server.serve)
    server.answers = [Response(status=307, headers={"Location": "/api/moved"}), answer(1)]
    assert server.api.post("things", {"a": 1}) == 1
    assert server.asked[1].get_json() == {"a": 1}


def test_a_redirect_to_another_host_is_not_followed(server: Server, stranger: HTTPServer) -> None:
    server.answers = [Response(status=302, headers={"Location": stranger.url_for("/api/things")})]
    with pytest.raises(Refused, match="another host"):
        server.api.get("things")


def test_a_redirect_in_a_circle_ends(server: Server) -> None:
    server.answers = [Response(status=302, headers={"Location": "/api/things"})]
    with pytest.raises(Refused, match="redirected more than"):
        server.api.get("things")


def test_a_list_is_read_page_by_page(server: Server) -> None:
    following = {"Link": f'<{server.url}/things?page=2>; rel="next"'}
    server.answers = [answer([1], headers=following), answer([2])]
    assert list(server.api.pages("things")) == [[1], [2]]
    assert server.asked[1].query_string == b"page=2"


@pytest.mark.parametrize(
    "where",
    [
        "{stranger}",
        "//{host}/api/things",
        "https://{own}/",
        "http://{own}@{host}/",
        "http://{host}\\@{own}/",
        "file:///etc/passwd",
    ],
)
def test_a_next_page_elsewhere_is_refused(where: str, server: Server, stranger: HTTPServer) -> None:
    own = server.url.removeprefix("http://").partition("/")[0]
    place = where.format(stranger=stranger.url_for("/"), host=f"127.0.0.1:{stranger.port}", own=own)
    server.answers = [answer([1], headers={"Link": f'<{place}>; rel="next"'})]
    pages = server.api.pages("things")
    assert next(pages) == [1]
    with pytest.raises(Refused, match="another host"):
        next(pages)
    assert len(server.asked) == 1


def test_a_list_without_end_is_given_up(server: Server) -> None:
    server.answers = [answer([1])]
    with pytest.raises(Refused, match=f"more than {MOST_PAGES} pages"):
        list(server.api.pages("things", lambda _: "things"))


@pytest.mark.parametrize(
    "headers", [bearer(TOKEN), basic("me@acme.test", TOKEN), {"PRIVATE-TOKEN": TOKEN}]
)
def test_a_server_that_quotes_a_token_does_not_bring_it_into_the_log(
    server: Server, headers: dict[str, str]
) -> None:
    (header,) = headers.values()
    server.answers = [problem(400, f"bad: {header}; {header.split()[-1]}; {TOKEN}")]
    with pytest.raises(Refused, match=r"bad: \*\*\*") as refused:
        Api(server.url, headers).get("things")
    assert TOKEN not in str(refused.value)
    assert header.split()[-1] not in str(refused.value)


@pytest.mark.parametrize("token", [f"{TOKEN}\nX-Evil: 1", f"{TOKEN}\u00e9", f"a {TOKEN}", "  "])
def test_a_token_that_cannot_stand_in_a_header_is_reported_without_showing_it(token: str) -> None:
    with pytest.raises(Refused, match="copy it anew") as refused:
        bearer(token)
    assert TOKEN not in str(refused.value)


def test_blanks_around_a_token_do_not_matter() -> None:
    assert bearer(f" {TOKEN}\n") == bearer(TOKEN)


def test_a_password_file_does_not_take_the_place_of_the_token(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login someone password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.answers = [answer(1)]
    server.api.get("things")
    assert server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_proxy_is_asked_for_plain_http(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/2.0/things").respond_with_json({"ok": True})
    api = Api("http://api.forge.test/2.0", proxy=httpserver.url_for("").rstrip("/"))
    assert api.get("things") == {"ok": True}


@pytest.mark.parametrize(
    ("body", "reported"),
    [
        ({"message": "plain"}, "plain"),
        ({"error": {"message": "nested"}}, "nested"),
        ({"errors": [{"context": None, "message": "first"}, {"message": "second"}]}, "first"),
        ({"message": {"base": ["deep\n::error::"]}}, "deep ::error::"),
        ([], ""),
    ],
)
def test_every_forge_s_way_to_refuse_becomes_one_line(
    server: Server, body: object, reported: str
) -> None:
    server.answers = [answer(body, 422)]
    with pytest.raises(Refused) as refused:
        server.api.get("things")
    assert str(refused.value) == f"GET things: 422 {reported}".rstrip()


def test_an_endless_reason_is_cut(server: Server) -> None:
    server.answers = [problem(422, "x" * 10_000)]
    with pytest.raises(Refused, match=r"^.{,300}$"):
        server.api.get("things")
