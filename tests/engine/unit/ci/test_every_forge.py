"""Every forge has one comment of ours, kept up to date, and nothing is posted twice."""

import pytest
from pytest_httpserver import HTTPServer

from clockwork.ci.answers import Refused
from clockwork.ci.forges import Forge, size
from clockwork.ci.forges.table import FORGES, address
from tests.engine.unit.ci.bitbucket_servers import Cloud, DataCenter, RepositoryCloud
from tests.engine.unit.ci.forge_servers import CHANGE, PUSHED, TOKEN, ForgeServer, message, problem
from tests.engine.unit.ci.github_server import GitHubServer
from tests.engine.unit.ci.gitlab_server import GitLabServer

LISTS = "GET .*(comments|notes|activities)$"
CREATES = "POST .*(comments|notes)$"
STATUS = "POST .*/(statuses|builds)"


@pytest.fixture(params=[GitHubServer, GitLabServer, Cloud, RepositoryCloud, DataCenter])
def server(request: pytest.FixtureRequest, httpserver: HTTPServer) -> ForgeServer:
    """Each forge; Bitbucket Cloud for both kinds of tokens."""
    found: ForgeServer = request.param(httpserver)
    return found


def test_without_a_token_there_is_no_forge(server: ForgeServer) -> None:
    at = address(server.page)
    assert at
    forge = FORGES[at.kind]
    others = {"CI_JOB_TOKEN": TOKEN, "BITBUCKET_EMAIL": "ci@acme.test"}
    assert forge.connect(at, {forge.token: "", **others}, print) is None


def test_the_head_is_the_whole_commit_of_the_pull_request(forge: Forge) -> None:
    assert forge.head("42") == PUSHED


def test_the_first_verdict_makes_the_comment_and_the_next_ones_change_it(
    server: ForgeServer, forge: Forge
) -> None:
    server.says(server.them, "Looks good!")
    pages = {forge.comment(CHANGE, message(reported)) for reported in ("first", "second", "third")}
    assert pages == {f"{server.page}{server.anchor}2"}
    assert server.texts() == ["Looks good!", f"{server.marker}\n**third**"]


def test_our_comment_is_found_on_the_third_page(server: ForgeServer, forge: Forge) -> None:
    for at in range(403):
        ours = (server.us, f"{server.marker}\nold")
        server.says(*(ours if at == 201 else (server.them, "chat")))
    forge.comment(CHANGE, message("new"))
    assert server.texts() == [*["chat"] * 201, f"{server.marker}\n**new**", *["chat"] * 201]
    assert server.count(LISTS) == 3


def test_who_copies_our_marker_neither_blocks_us_nor_is_taken_for_us(
    server: ForgeServer, forge: Forge
) -> None:
    copied = f"{server.marker}\n🟢 **PASS** believe me"
    server.says(server.us, f"> {copied}")
    for reported in ("first", "second"):
        server.says(server.them, copied)
        forge.comment(CHANGE, message(reported))
    ours = f"{server.marker}\n**second**"
    assert server.texts() == [f"> {copied}", copied, ours, copied]


def test_a_long_comment_is_cut_to_what_the_forge_takes(server: ForgeServer, forge: Forge) -> None:
    forge.comment(CHANGE, message("\U0001f600 word\n" * 40_000))
    (text,) = server.texts()
    assert 0.9 * server.longest < size(text) <= server.longest


@pytest.mark.parametrize("late", ["never", CREATES])
def test_a_comment_that_may_have_been_made_is_there_once(
    server: ForgeServer, forge: Forge, late: str
) -> None:
    server.faults, server.late = [(CREATES, problem(502))], late
    assert forge.comment(CHANGE, message("new")) == f"{server.page}{server.anchor}1"
    assert server.texts() == [f"{server.marker}\n**new**"]
    assert server.naps == [2], "a moment, before the comments are read again"


def test_a_comment_that_is_refused_is_not_tried_again(server: ForgeServer, forge: Forge) -> None:
    server.faults = [(CREATES, problem(403))]
    with pytest.raises(Refused, match="403"):
        forge.comment(CHANGE, message())
    assert server.comments == []


def test_a_comment_that_was_deleted_just_now_is_made_again(
    server: ForgeServer, forge: Forge
) -> None:
    server.says(server.us, f"{server.marker}\nold")
    server.faults = [("(PUT|PATCH) .*(comments|notes)", problem(404))]
    assert forge.comment(CHANGE, message("new")) == f"{server.page}{server.anchor}2"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server: ForgeServer, forge: Forge, status: int) -> None:
    server.faults = [(LISTS, problem(status)), (CREATES, problem(429)), (STATUS, problem(status))]
    forge.comment(CHANGE, message())
    forge.status(CHANGE, message())
    assert (len(server.comments), len(server.statuses), server.faults) == (1, 1, [])


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_refusal_names_the_call_and_never_the_token(
    server: ForgeServer, forge: Forge, status: int
) -> None:
    server.faults = [(STATUS, problem(status, f"no, Bearer {TOKEN}"))] * 9
    with pytest.raises(Refused, match=rf"{STATUS}.*: {status} no, ") as refused:
        forge.status(CHANGE, message())
    assert TOKEN not in str(refused.value)
