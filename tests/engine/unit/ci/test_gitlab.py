"""A verdict on GitLab: one note and a commit status, within GitLab's limits."""

from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer

from clockwork.ci.answers import Refused
from clockwork.ci.forges import STATUS, Message
from tests.engine.unit.ci.forge_servers import CHANGE, PUSHED, problem
from tests.engine.unit.ci.gitlab_server import GitLabServer


class GitLabBelow(GitLabServer):
    """A GitLab below a path of its host."""

    base, pull_request = "/gitlab/api/v4", f"/gitlab{GitLabServer.pull_request}"


def test_the_status_hangs_on_the_commit_and_its_branch(
    gitlab: GitLabServer, red_message: Message
) -> None:
    gitlab.entered().status(CHANGE, replace(red_message, summary="x" * 500))
    (status,) = gitlab.statuses
    assert (status["state"], status["name"], status["ref"], status["sha"]) == (
        "failed",
        STATUS,
        "faster",
        PUSHED,
    )
    assert len(status["description"]) == 255
    assert status["target_url"] == "https://ci.test/build/4"


def test_a_status_that_is_set_already_is_as_good(
    gitlab: GitLabServer, red_message: Message
) -> None:
    for _ in range(2):
        gitlab.entered().status(CHANGE, red_message)
    assert len(gitlab.statuses) == 1


def test_a_status_that_is_refused_while_another_stands_is_reported(
    gitlab: GitLabServer, red_message: Message
) -> None:
    gitlab.entered().status(CHANGE, replace(red_message, green=True))
    gitlab.faults = [("POST .*statuses", problem(400, "Cannot transition status"))]
    with pytest.raises(Refused, match="Cannot transition"):
        gitlab.entered().status(CHANGE, red_message)


def test_there_is_no_report_of_ours_for_gitlab_reads_junit_itself(
    gitlab: GitLabServer, red_message: Message
) -> None:
    gitlab.entered().report(CHANGE, red_message)
    assert gitlab.calls == []


def test_the_path_below_which_gitlab_lies_is_no_part_of_the_project_s_name(
    httpserver: HTTPServer, red_message: Message
) -> None:
    gitlab = GitLabBelow(httpserver)
    api = f"{gitlab.url}/gitlab/api/v4"
    page = gitlab.entered(CI_API_V4_URL=api).comment(CHANGE, red_message)
    assert page == f"{gitlab.url}/gitlab/acme/models/fleet/-/merge_requests/42#note_1"


def test_the_api_is_where_gitlab_s_own_pipelines_say_it_is(gitlab: GitLabServer) -> None:
    api, gitlab.page = f"{gitlab.url}/api/v4", "https://pages.acme.test" + gitlab.pull_request
    assert gitlab.entered(CI_API_V4_URL=api).head("42") == PUSHED
