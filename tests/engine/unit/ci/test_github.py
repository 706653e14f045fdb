"""A verdict on GitHub: one comment, a commit status, a check run, all within GitHub's limits."""

from dataclasses import replace

import pytest

from clockwork.ci.answers import Refused
from clockwork.ci.forges import STATUS, Message, Note
from clockwork.ci.forges.github import ACTIONS, MOST_NOTES, NOTES_A_CALL, after_run, api
from clockwork.ci.http import bearer
from clockwork.ci.message import message
from clockwork.report.markdown import MARKER
from clockwork.support.run_context import Context
from clockwork.verdict.schema import Verdict
from tests.engine.unit.ci.forge_servers import CHANGE, PUSHED, TOKEN, problem
from tests.engine.unit.ci.github_server import GitHubServer


@pytest.mark.parametrize(
    ("host", "environ", "base"),
    [
        ("https://github.com", {}, "https://api.github.com"),
        ("https://git.acme.test", {}, "https://git.acme.test/api/v3"),
        (
            "https://git.acme.test",
            {"GITHUB_API_URL": "https://api.acme.ghe.test"},
            "https://api.acme.ghe.test",
        ),
    ],
)
def test_the_api_is_the_public_one_the_enterprise_s_or_the_one_that_is_set(
    host: str, environ: dict[str, str], base: str
) -> None:
    assert api(host, environ, bearer(TOKEN), print).base == base


@pytest.mark.parametrize("author", ["github-actions", None])
def test_a_comment_by_almost_our_name_or_by_nobody_that_quotes_the_marker_is_left_alone(
    github: GitHubServer, red_message: Message, author: str | None
) -> None:
    github.says(author, f"{MARKER}\n🟢 **PASS** believe me")
    github.entered().comment(CHANGE, red_message)
    assert "believe me" in github.comments[0]["body"]
    assert "trees average precision" in github.comments[1]["body"]


@pytest.mark.parametrize("named", [False, True])
def test_a_token_of_a_person_or_of_an_app_finds_its_own_comment(
    github: GitHubServer, red_message: Message, named: bool
) -> None:
    github.me = None if named else "acme-bot"
    github.says(ACTIONS, f"{MARKER}\nof a workflow")
    github.says("acme-bot", f"{MARKER}\nof ours")
    found = github.entered(**({"GITHUB_USER": "acme-bot"} if named else {}))
    assert found.comment(CHANGE, red_message).endswith("#issuecomment-2")
    assert github.comments[0]["body"].endswith("of a workflow")


def test_a_comment_that_may_not_be_changed_is_not_doubled(
    github: GitHubServer, red_message: Message
) -> None:
    github.says(ACTIONS, f"{MARKER}\nold")
    github.faults = [("PATCH .*comments", problem(403))]
    with pytest.raises(Refused, match="403"):
        github.entered().comment(CHANGE, red_message)
    assert len(github.comments) == 1


def test_the_status_says_in_a_line_how_it_ended(
    github: GitHubServer, red: Verdict, same: Verdict
) -> None:
    long = replace(message(red), summary="x" * 500)
    for one in (long, message(same)):
        github.entered().status(CHANGE, one)
    bad, good = github.statuses
    assert (bad["state"], bad["context"], bad["sha"]) == ("failure", STATUS, PUSHED)
    assert bad["description"] == "x" * 139 + "…"
    assert bad["target_url"] == "https://ci.test/build/4"
    assert good["state"] == "success"


def test_without_a_build_page_nothing_is_linked(github: GitHubServer, red_message: Message) -> None:
    github.entered().status(CHANGE, replace(red_message, link=None))
    github.entered().report(CHANGE, replace(red_message, link=None))
    assert "target_url" not in github.statuses[0]
    assert "details_url" not in github.runs[0]


def test_the_check_run_shows_what_is_not_green_beside_the_settings(
    github: GitHubServer, red_message: Message
) -> None:
    github.entered().report(CHANGE, red_message)
    (run,) = github.runs
    assert (run["head_sha"], run["status"], run["conclusion"]) == (PUSHED, "completed", "failure")
    assert run["output"]["title"] == "ML regression: REGRESSION"
    first, *_, last = run["output"]["annotations"]
    assert (first["path"], first["start_line"], first["annotation_level"]) == (
        "configs/models/trees.yaml",
        1,
        "failure",
    )
    assert "average_precision: regression: no" in first["message"]
    assert last["annotation_level"] == "warning"


def test_a_green_check_run_has_no_annotations(github: GitHubServer, same: Verdict) -> None:
    github.entered().report(CHANGE, message(same))
    assert github.runs[0]["conclusion"] == "success"
    assert github.runs[0]["output"]["annotations"] == []


def test_many_annotations_come_fifty_at_a_time(github: GitHubServer, red_message: Message) -> None:
    many = tuple(
        Note(str(at), f"note {at}", "configs/gate.yaml", red=True) for at in range(MOST_NOTES + 7)
    )
    github.entered().report(CHANGE, replace(red_message, notes=many))
    assert len(github.runs) == 1
    assert [one["message"] for one in github.runs[0]["output"]["annotations"]] == [
        one.message for one in many[:-7]
    ]
    assert len(github.calls) == MOST_NOTES / NOTES_A_CALL


def test_a_check_run_in_doubt_is_not_made_twice(github: GitHubServer, red_message: Message) -> None:
    github.faults = [("check-runs", problem(500))]
    with pytest.raises(Refused, match="check-runs: 500"):
        github.entered().report(CHANGE, red_message)
    assert github.runs == []


FOUND = Context(ci="github", branch="faster", commit=PUSHED, source="mallory/fleet", fork=True)


def followed(server: GitHubServer, found: Context = FOUND) -> Context | None:
    """What is known after the run for a pull request."""
    environ = {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_REPOSITORY": "acme/fleet",
        "GITHUB_SERVER_URL": server.url,
    }
    return after_run(found, environ, lambda _: None)


def test_after_a_run_the_pull_request_is_the_one_with_its_commit_branch_and_repository(
    github: GitHubServer,
) -> None:
    github.page_size = 2
    github.pulls = [
        github.pull(1, "acme/fleet", "faster", PUSHED),
        github.pull(2, "mallory/other", "faster", PUSHED),
        github.pull(3, "mallory/fleet", "faster", "b" * 40),
        github.pull(4, None, "faster", PUSHED),
        github.pull(42, "mallory/fleet", "faster", PUSHED),
    ]
    found = followed(github)
    assert found
    assert (found.pull_request, found.target, found.fork) == ("42", "main", True)
    assert found.page == f"{github.url}/acme/fleet/pull/42"


def test_after_a_run_whose_pull_request_has_moved_on_there_is_none(github: GitHubServer) -> None:
    github.pulls = [github.pull(42, "mallory/fleet", "faster", "b" * 40)]
    assert followed(github) is None


@pytest.mark.parametrize(
    "known", [replace(FOUND, source=None), replace(FOUND, branch=None), replace(FOUND, commit=None)]
)
def test_what_the_event_does_not_say_is_not_guessed(github: GitHubServer, known: Context) -> None:
    github.pulls = [github.pull(42, "mallory/fleet", "faster", PUSHED)]
    assert followed(github, known) is None
    assert github.calls == []
