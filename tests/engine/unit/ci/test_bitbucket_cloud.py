"""What is the Cloud's alone: its proxy, tokens of users and of repositories, links to pages."""

from base64 import b64encode

import pytest
from pytest_httpserver import HTTPServer

from clockwork.ci.answers import Refused
from clockwork.ci.forges import Address, Forge, bitbucket_cloud
from clockwork.ci.forges.bitbucket_cloud import BitbucketCloud, connect
from clockwork.report.markdown import PLAIN_MARKER
from tests.engine.unit.ci.bitbucket_servers import Cloud, RepositoryCloud
from tests.engine.unit.ci.forge_servers import CHANGE, TOKEN, message
from tests.engine.unit.ci.test_bitbucket import red_notes

ADDRESS = Address("bitbucket cloud", "https://bitbucket.org", "acme/fleet", "42")


@pytest.fixture
def cloud(httpserver: HTTPServer) -> Cloud:
    return Cloud(httpserver)


@pytest.fixture
def forge(cloud: Cloud) -> BitbucketCloud:
    found: BitbucketCloud = cloud.entered()
    return found


@pytest.mark.parametrize("kind", [Cloud, RepositoryCloud])
def test_what_else_our_account_has_written_is_left_alone(
    kind: type[Cloud], httpserver: HTTPServer
) -> None:
    cloud = kind(httpserver)
    cloud.says(cloud.us, f"> {PLAIN_MARKER}\nquoted")
    cloud.says(cloud.us, f"{PLAIN_MARKER}\ngone", deleted=True)
    cloud.says(cloud.us, f"{PLAIN_MARKER}\non a line", inline={"path": "dvc.yaml"})
    cloud.says(cloud.us, f"{PLAIN_MARKER}\nan answer", parent={"id": 1})
    before = cloud.texts()
    cloud.entered().comment(CHANGE, message("new"))
    assert cloud.texts() == [*before, f"{PLAIN_MARKER}\n**new**"]
    assert cloud.count("PUT") == 0


def test_with_the_token_of_a_user_no_comment_of_others_is_even_tried(
    cloud: Cloud, forge: Forge
) -> None:
    cloud.says(cloud.them, f"{PLAIN_MARKER}\nmine")
    forge.comment(CHANGE, message())
    assert cloud.count("PUT") == 0


def test_a_next_link_to_another_host_is_refused_and_the_token_stays_here(
    cloud: Cloud, forge: Forge
) -> None:
    cloud.page_size, cloud.elsewhere = 1, "http://evil.test/2.0/comments?page=2"
    for _ in range(2):
        cloud.says(cloud.them, "chat")
    with pytest.raises(Refused, match="another host") as refused:
        forge.comment(CHANGE, message())
    assert TOKEN not in str(refused.value)
    assert cloud.count("POST") == 0


@pytest.mark.parametrize(
    ("green", "state", "result"), [(True, "SUCCESSFUL", "PASSED"), (False, "FAILED", "FAILED")]
)
def test_status_and_report_say_the_verdict_on_the_branch_of_the_change(
    cloud: Cloud, forge: Forge, green: bool, state: str, result: str
) -> None:
    forge.status(CHANGE, message(green=green))
    forge.report(CHANGE, message("why", green=green))
    (status,), (report,) = cloud.statuses, cloud.reports.values()
    assert (status["state"], status["refname"]) == (state, "faster")
    assert status["url"] == "https://ci.acme.test/job/7/"
    assert (report["result"], report["report_type"]) == (result, "TEST")
    assert "why" in report["details"]


def test_annotations_come_a_hundred_at_a_time(cloud: Cloud, forge: Forge) -> None:
    forge.report(CHANGE, message(green=False, notes=red_notes(1200)))
    assert cloud.count("POST .*/annotations") == 10


def test_braces_in_a_link_are_no_variables(cloud: Cloud, forge: Forge) -> None:
    forge.status(CHANGE, message(link="https://ci.acme.test/{repository.full_name}"))
    assert cloud.statuses[0]["url"] == "https://ci.acme.test/%7Brepository.full_name%7D"


def test_in_bitbucket_pipelines_everything_goes_through_the_proxy_without_a_token(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = RepositoryCloud(httpserver)
    monkeypatch.setattr(bitbucket_cloud, "PROXY", cloud.url)
    cloud.signed, cloud.page_size = None, 1
    for _ in range(2):
        cloud.says(cloud.them, "chat")
    forge = connect(ADDRESS, {"BITBUCKET_BUILD_NUMBER": "7"}, lambda _: None)
    assert forge is not None
    forge.status(CHANGE, message())
    forge.report(CHANGE, message())
    cloud.elsewhere = (
        "https://api.bitbucket.org/2.0/repositories/acme/fleet/pullrequests/42/comments?page=2"
    )
    forge.comment(CHANGE, message())
    assert {one.host for one in cloud.asked} == {"api.bitbucket.org"}
    assert (len(cloud.statuses), len(cloud.reports), len(cloud.comments)) == (1, 1, 3)


def test_a_token_goes_to_bitbucket_over_https_only() -> None:
    forge = connect(
        ADDRESS, {"BITBUCKET_TOKEN": TOKEN, "BITBUCKET_BUILD_NUMBER": "7"}, lambda _: None
    )
    assert forge is not None
    assert forge.api.base == "https://api.bitbucket.org/2.0"


def test_the_token_of_a_user_goes_with_their_address(cloud: Cloud) -> None:
    cloud.signed = f"Basic {b64encode(f'ci@acme.test:{TOKEN}'.encode()).decode()}"
    cloud.entered(BITBUCKET_EMAIL="ci@acme.test").head("42")
