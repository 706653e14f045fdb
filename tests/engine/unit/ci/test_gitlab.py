"""A verdict on GitLab: one note and a commit status, within GitLab's limits."""

from dataclasses import replace

import pytest

from clockwork.ci.answers import Refused
from clockwork.ci.forges import STATUS, Address, Change, Message
from clockwork.ci.forges.gitlab import GitLab, connect
from clockwork.ci.message import message
from clockwork.report.markdown import MARKER, first_line
from clockwork.verdict.schema import Verdict
from tests.engine.unit.ci.forge_servers import TOKEN, GitLabServer, problem

PUSHED = "a" * 40
CHANGE = Change("42", PUSHED, "faster")


def entered(server: GitLabServer, **environ: str) -> GitLab:
    """The project, with a token for it."""
    address = Address("gitlab", server.url, "acme/models/fleet", "42")
    found = connect(address, {"GITLAB_TOKEN": TOKEN, **environ}, lambda _: None)
    assert found
    return found


@pytest.fixture
def red_message(red: Verdict) -> Message:
    """What is published of a red verdict."""
    return message(red)


def test_the_token_of_a_job_is_no_way_in() -> None:
    address = Address("gitlab", "https://gitlab.com", "acme/fleet", "42")
    assert connect(address, {"CI_JOB_TOKEN": TOKEN}, print) is None


def test_the_first_verdict_makes_the_note_and_the_next_one_changes_it(
    gitlab: GitLabServer, red_message: Message, same: Verdict
) -> None:
    page = entered(gitlab).comment(CHANGE, red_message)
    assert page == f"{gitlab.url}/acme/models/fleet/-/merge_requests/42#note_1"
    assert entered(gitlab).comment(CHANGE, message(same)) == page
    (only,) = gitlab.notes
    assert only["body"].startswith(f"{MARKER}\n{first_line(same)}")


def test_the_note_is_found_on_the_third_page(gitlab: GitLabServer, red_message: Message) -> None:
    for at in range(250):
        gitlab.add(5, f"remark {at}", system=at % 2 == 0)
    gitlab.add(7, f"{MARKER}\nthe last verdict")
    assert entered(gitlab).comment(CHANGE, red_message).endswith("#note_251")
    assert len(gitlab.notes) == 251


def test_a_stranger_s_note_that_quotes_the_marker_is_left_alone(
    gitlab: GitLabServer, red_message: Message
) -> None:
    gitlab.add(8, f"{MARKER}\n🟢 **PASS** believe me")
    assert entered(gitlab).comment(CHANGE, red_message).endswith("#note_2")
    assert "believe me" in gitlab.notes[0]["body"]


def test_a_note_that_came_to_be_although_the_server_failed_is_not_doubled(
    gitlab: GitLabServer, red_message: Message
) -> None:
    gitlab.faults, gitlab.late = [("POST .*notes", problem(500))], "POST .*notes"
    assert entered(gitlab).comment(CHANGE, red_message).endswith("#note_1")
    assert len(gitlab.notes) == 1


def test_the_status_hangs_on_the_commit_and_its_branch(
    gitlab: GitLabServer, red_message: Message
) -> None:
    entered(gitlab).status(CHANGE, replace(red_message, summary="x" * 500))
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
        entered(gitlab).status(CHANGE, red_message)
    assert len(gitlab.statuses) == 1


def test_a_status_that_is_refused_while_another_stands_is_told(
    gitlab: GitLabServer, red_message: Message
) -> None:
    entered(gitlab).status(CHANGE, replace(red_message, green=True))
    gitlab.faults = [("POST .*statuses", problem(400, "Cannot transition status"))]
    with pytest.raises(Refused, match="Cannot transition"):
        entered(gitlab).status(CHANGE, red_message)


def test_there_is_no_report_of_ours_for_gitlab_reads_junit_itself(
    gitlab: GitLabServer, red_message: Message
) -> None:
    entered(gitlab).report(CHANGE, red_message)
    assert gitlab.calls == []


def test_the_head_of_a_merge_request_is_what_gitlab_says(gitlab: GitLabServer) -> None:
    assert entered(gitlab).head("42") == "c" * 40


def test_the_api_is_where_gitlab_s_own_pipelines_say_it_is(gitlab: GitLabServer) -> None:
    address = Address("gitlab", "https://pages.acme.test", "acme/models/fleet", "42")
    found = connect(
        address, {"GITLAB_TOKEN": TOKEN, "CI_API_V4_URL": f"{gitlab.url}/api/v4"}, print
    )
    assert found
    assert found.head("42") == "c" * 40
