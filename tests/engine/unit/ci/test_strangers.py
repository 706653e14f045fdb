"""What a stranger hands over is posted where the API says and acts nowhere, whatever is in it."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from clockwork.ci.context import context
from clockwork.ci.publish import located
from clockwork.gate.outcome import overall
from clockwork.report.markdown import MARKER
from clockwork.verdict.schema import Verdict
from tests.engine.unit.ci.conftest import Environ, Publish, on, summary
from tests.engine.unit.ci.forge_servers import PUSHED, problem
from tests.engine.unit.ci.github_server import GitHubServer
from tests.engine.unit.verdicts import beside_code


def test_a_fork_s_verdict_is_posted_where_the_api_says_whatever_the_verdict_says(
    github: GitHubServer, published: Publish, after_fork: Environ, red: Verdict
) -> None:
    github.pulls = [
        github.pull(17, "acme/fleet", "faster", "c" * 40),
        github.pull(42, "mallory/fleet", "faster", PUSHED),
    ]
    lies = red.context.model_copy(update={"pull_request": "17", "branch": "main", "fork": False})
    page = {"MLflow run": "https://elsewhere.test"}
    code, reported = published(after_fork, red.model_copy(update={"context": lies, "pages": page}))
    assert code == 0, reported
    assert [one["sha"] for one in github.statuses] == [PUSHED]
    assert "- branch faster into main" in github.comments[0]["body"]
    assert f"[build]({github.url}/acme/fleet/actions/runs/98)" in github.comments[0]["body"]
    assert "elsewhere" not in json.dumps([github.comments, github.runs])
    assert not [call for call in github.calls if "/17/" in call]


@pytest.mark.parametrize(
    ("listed", "number"), [([{"number": 41}], 41), ([], 42), ([{"number": 7}], 42), (None, 42)]
)
def test_of_pull_requests_with_one_head_the_run_s_own_gets_the_verdict_or_the_default_branch_s(
    github: GitHubServer, after_fork: Environ, listed: object, number: int
) -> None:
    event = json.loads(Path(after_fork["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    event["workflow_run"]["pull_requests"] = listed
    event["repository"] = {"default_branch": "main"}
    Path(after_fork["GITHUB_EVENT_PATH"]).write_text(json.dumps(event), encoding="utf-8")
    pulls = [github.pull(at, "mallory/fleet", "faster", PUSHED) for at in (40, 41, 42, 43)]
    github.pulls = [one | {"base": {"ref": "old"}} for one in pulls[:2]] + pulls[2:]
    found = located(context(after_fork), after_fork, lambda _: None)
    assert found.pull_request == str(number)
    assert found.target == ("old" if number == 41 else "main")


def test_a_verdict_on_another_commit_than_the_pull_request_s_is_not_posted(
    github: GitHubServer, published: Publish, after_fork: Environ, red: Verdict
) -> None:
    github.pulls = [github.pull(42, "mallory/fleet", "faster", PUSHED)]
    stale = red.context.model_copy(update={"commit": "c" * 40})
    code, reported = published(after_fork, red.model_copy(update={"context": stale}))
    assert code == 2
    assert "the verdict is on cccccccccc, and the pull request is at aaaaaaaaaa" in reported
    assert (github.comments, github.statuses) == ([], [])


def test_a_fork_s_pull_request_that_is_closed_or_has_moved_on_gets_nothing(
    github: GitHubServer, published: Publish, after_fork: Environ
) -> None:
    github.pulls = [github.pull(42, "mallory/fleet", "faster", "d" * 40)]
    code, reported = published(after_fork)
    assert code == 0
    assert "no open pull request has the tested commit at its head" in reported
    assert github.calls == ["GET /repos/acme/fleet/pulls"]


def test_after_a_run_without_a_token_that_is_what_is_reported(
    published: Publish, after_fork: Environ
) -> None:
    code, reported = published(after_fork | {"GITHUB_TOKEN": ""})
    assert code == 0
    assert "no token is set; it needs GITHUB_TOKEN" in reported


def test_where_the_pull_requests_cannot_be_listed_nothing_is_guessed(
    github: GitHubServer, published: Publish, after_fork: Environ
) -> None:
    github.faults = [("GET .*pulls", problem(403, "no"))]
    code, reported = published(after_fork)
    assert code == 2
    assert "only in the summary of this job: GET /repos/acme/fleet/pulls: 403 no" in reported
    assert "trees average precision" in summary(after_fork)


HOSTILE = (
    "x\n"
    "::add-mask::y ##[error] @team #1 | `z` <img src=q "
    "onerror=p> ${{ secrets.T }} $(id) \u202e\x1b[31m " + MARKER
)


def texts(value: object) -> Iterable[str]:
    """Every text in `value`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def test_hostile_text_in_every_field_acts_nowhere(
    github: GitHubServer, published: Publish, change: Environ, hostile: Verdict
) -> None:
    document = json.loads(hostile.model_dump_json())
    evil = json.loads(
        json.dumps(document).replace(json.dumps(hostile.head.subject), json.dumps(HOSTILE))
    )
    verdict = Verdict.model_validate_json(json.dumps(evil))
    fields = {"summary": HOSTILE, "command": f"` {HOSTILE}", "outcome": overall(verdict.checks)}
    verdict = verdict.model_copy(update=fields)
    environ = change | {"GITHUB_HEAD_REF": HOSTILE, "GITHUB_RUN_ID": HOSTILE}
    code, reported = published(environ, on(verdict, PUSHED))
    assert code == 0, reported
    posted = [
        *texts(github.comments),
        *texts(github.statuses),
        *texts(github.runs),
        summary(change),
        reported,
    ]
    for text in posted:
        assert not re.search("[\u202e\x1b]", text)
    for markdown in (
        github.comments[0]["body"],
        github.runs[0]["output"]["summary"],
        summary(change),
    ):
        assert beside_code(markdown).count(MARKER) == 1
        assert not re.search(
            r"<(?!/?details>|/?summary>|!-- clockwork -->)|@\w|[#!%]\d|javascript",
            beside_code(markdown),
        )
    for line in reported.splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
    for note in github.runs[0]["output"]["annotations"]:
        assert "\n" not in note["message"]


@pytest.mark.parametrize(
    "attack", ["::stop-commands::x", "##[error]x", " ::error::x", "a\n::error::x"]
)
def test_no_line_of_the_log_is_a_command_to_the_runner(
    published: Publish, bare: Verdict, attack: str
) -> None:
    check = replace(bare.checks[0], id=attack, message=attack, algorithm=attack, gating=True)
    code, reported = published(
        {"GITHUB_ACTIONS": "true"}, bare.model_copy(update={"checks": [check], "summary": attack})
    )
    assert code == 0
    assert "error" in reported or "stop" in reported
    assert "::" not in reported
    assert "##[" not in reported


def test_the_largest_hand_over_is_published_within_the_limits(
    github: GitHubServer, published: Publish, change: Environ, red: Verdict
) -> None:
    check = red.checks[5].__class__(
        "x" * 200, red.outcome, "\U0001f600" * 100, algorithm="trees", slice="y" * 100
    )
    code, reported = published(change, red.model_copy(update={"checks": [check] * 4000}))
    assert code == 0, reported
    assert len(github.comments) == len(github.statuses) == len(github.runs) == 1
