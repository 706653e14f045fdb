"""What is Data Center's alone: activities, versions of comments, annotations without identity."""

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from clockwork.ci.answers import Refused
from clockwork.ci.forges import Forge
from clockwork.ci.forges.bitbucket import REPORT_KEY
from clockwork.report.markdown import PLAIN_MARKER
from tests.engine.unit.ci.bitbucket_servers import DataCenter
from tests.engine.unit.ci.forge_servers import CHANGE, PUSHED, answer, message, problem
from tests.engine.unit.ci.test_bitbucket import red_notes


@pytest.fixture
def center(httpserver: HTTPServer) -> DataCenter:
    return DataCenter(httpserver)


@pytest.fixture
def forge(center: DataCenter) -> Forge:
    found: Forge = center.entered()
    return found


def test_our_comment_is_found_among_activities_of_all_kinds(
    center: DataCenter, forge: Forge
) -> None:
    center.says(center.us, f"{PLAIN_MARKER}\nold")["version"] = 2
    center.page_size = 3
    for action in ("OPENED", "RESCOPED", "APPROVED", "A_KIND_THAT_COMES_LATER"):
        center.activities.append({"action": action, "user": {"name": center.them}})
        center.says(center.them, "chat")
    forge.comment(CHANGE, message("new"))
    assert center.texts() == [f"{PLAIN_MARKER}\n**new**", *["chat"] * 4]
    assert center.count("GET .*/activities") == 3
    assert center.count("GET .*/comments/") == 0, "its version is known from them"


def test_what_else_our_account_has_written_is_left_alone(center: DataCenter, forge: Forge) -> None:
    center.says(center.us, f"> {PLAIN_MARKER}\nquoted")
    center.says(center.us, f"{PLAIN_MARKER}\non a line", commentAnchor={"path": "a", "line": 3})
    center.says(center.us, f"{PLAIN_MARKER}\nreviewed", action="REVIEW_COMMENTED")
    before = center.texts()
    forge.comment(CHANGE, message("new"))
    assert center.texts() == [*before, f"{PLAIN_MARKER}\n**new**"]


def test_a_version_that_went_stale_is_read_again(center: DataCenter, forge: Forge) -> None:
    center.says(center.us, f"{PLAIN_MARKER}\nold")
    center.raced = 1
    forge.comment(CHANGE, message("new"))
    assert center.texts() == [f"{PLAIN_MARKER}\n**new**"]


def test_a_version_that_goes_stale_twice_is_reported_and_no_second_comment_is_made(
    center: DataCenter, forge: Forge
) -> None:
    center.says(center.us, f"{PLAIN_MARKER}\nold")
    center.raced = 2
    with pytest.raises(Refused, match="409 stale version"):
        forge.comment(CHANGE, message("new"))
    assert center.texts() == [f"{PLAIN_MARKER}\nold"]


@pytest.mark.parametrize(
    ("green", "state", "result"), [(True, "SUCCESSFUL", "PASS"), (False, "FAILED", "FAIL")]
)
def test_status_and_report_say_the_verdict_on_the_branch_of_the_change(
    center: DataCenter, forge: Forge, green: bool, state: str, result: str
) -> None:
    forge.status(CHANGE, message(green=green))
    forge.report(CHANGE, message("why", green=green))
    (status,), (report,) = center.statuses, center.reports.values()
    assert (status["state"], status["ref"]) == (state, "refs/heads/faster")
    assert status["parent"] == status["key"]
    assert (status["url"], report["result"]) == ("https://ci.acme.test/job/7/", result)
    assert "why" in report["details"]


def test_annotations_that_may_have_come_through_do_not_come_twice(
    center: DataCenter, forge: Forge
) -> None:
    center.faults, center.late = [("POST .*/annotations", problem(500))], "annotations"
    forge.report(CHANGE, message(green=False, notes=red_notes(3)))
    assert len(center.notes[REPORT_KEY]) == 4


def test_a_report_without_data_says_so_with_an_empty_list(center: DataCenter, forge: Forge) -> None:
    forge.report(CHANGE, message(data=()))
    assert center.reports[REPORT_KEY]["data"] == []


@pytest.mark.parametrize(
    "odd",
    [[], {"values": "?"}, {"values": [None, {"action": "COMMENTED"}], "isLastPage": False}],
    ids=repr,
)
def test_a_list_of_another_shape_ends(center: DataCenter, forge: Forge, odd: Any) -> None:
    center.faults = [("GET .*/activities", answer(odd))]
    forge.comment(CHANGE, message())
    assert len(center.comments) == 1


def test_a_persons_repository_is_that_of_a_project_named_after_them(center: DataCenter) -> None:
    center.project = "projects/~jane.doe/repos/fleet"
    center.page = center.page.replace("projects/ML", "users/jane.doe")
    assert center.entered().head("42") == PUSHED
