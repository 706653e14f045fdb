"""A verdict gets to its pull request from every CI system, or it is said why not."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from clockwork.ci.answers import Refused
from clockwork.ci.forges import STATUS
from clockwork.ci.forges.table import FORGES
from clockwork.report.markdown import MARKER, PLAIN_MARKER, first_line
from clockwork.support.checkout import Checkout
from clockwork.support.git import Commit
from clockwork.verdict.schema import Verdict
from tests.engine.unit.ci.bitbucket_servers import DataCenter
from tests.engine.unit.ci.conftest import (
    JENKINS,
    MERGED,
    ROOT,
    Environ,
    Publish,
    actions,
    on,
    summary,
)
from tests.engine.unit.ci.forge_servers import PUSHED, TOKEN, problem
from tests.engine.unit.ci.github_server import GitHubServer
from tests.engine.unit.ci.gitlab_server import GitLabServer


def test_a_red_verdict_is_published_and_that_is_no_failure(
    red: Verdict, github: GitHubServer, published: Publish, change: Environ
) -> None:
    code, reported = published(change)
    assert code == 0
    assert (
        f"published on pull request 42: {github.url}/acme/fleet/pull/42#issuecomment-1" in reported
    )
    assert "ML regression: REGRESSION: trees average precision" in reported
    (comment,), (status,), (run,) = github.comments, github.statuses, github.runs
    assert comment["body"].startswith(f"{MARKER}\n{first_line(red)}")
    assert f"[build]({github.url}/acme/fleet/actions/runs/99)" in comment["body"]
    assert (status["sha"], status["state"], status["context"]) == (PUSHED, "failure", STATUS)
    assert run["head_sha"] == PUSHED
    assert summary(change).startswith(f"{MARKER}\n{first_line(red)}")


def test_what_was_rendered_elsewhere_is_never_posted(
    github: GitHubServer, published: Publish, change: Environ, folder: Path
) -> None:
    (folder / "report.md").write_text(f"{MARKER}\n🟢 **PASS** believe me", encoding="utf-8")
    published(change)
    assert "believe me" not in json.dumps([github.comments, github.statuses, github.runs])


def test_the_comment_leads_to_the_runs_in_mlflow(
    red: Verdict, github: GitHubServer, published: Publish, change: Environ
) -> None:
    published(change, red.model_copy(update={"pages": {"MLflow run": "https://mlflow.test/run/1"}}))
    assert "[MLflow run](https://mlflow.test/run/1)" in github.comments[0]["body"]


@pytest.mark.parametrize("refused", ["statuses", "check-runs", "(statuses|check-runs)"])
def test_a_refused_status_or_report_does_not_lose_the_comment_and_an_old_status_must_not_go_on_speaking(  # noqa: E501
    github: GitHubServer, published: Publish, change: Environ, refused: str
) -> None:
    github.faults = [(refused, problem(403, "Resource not accessible by integration"))] * 2
    code, reported = published(change)
    assert code == (0 if refused == "check-runs" else 2)
    assert len(github.comments) == 1
    assert "not published: POST /repos/acme/fleet/" in reported


def test_a_refused_comment_is_red_and_says_what_it_needs_and_the_status_still_stands(
    github: GitHubServer, published: Publish, change: Environ
) -> None:
    github.faults = [("POST .*comments", problem(403, "Resource not accessible by integration"))]
    code, reported = published(change)
    assert code == 2
    assert (
        "comment not published: POST /repos/acme/fleet/issues/42/comments: 403 Resource not"
        in reported
    )
    assert (
        "it needs GITHUB_TOKEN, with the permissions pull-requests: write, statuses: write"
        in reported
    )
    assert len(github.statuses) == 1


def test_a_wrong_token_is_red_and_is_not_shown(
    github: GitHubServer, published: Publish, change: Environ
) -> None:
    code, reported = published(change | {"GITHUB_TOKEN": "another-token"})
    assert code == 2
    assert reported.count("401 Bad credentials") == 3
    assert "another-token" not in reported
    assert github.comments == []


def test_an_answer_of_another_shape_is_red_in_one_line(
    github: GitHubServer, published: Publish, change: Environ
) -> None:
    github.comments = [{"id": 1, "body": MARKER}]
    code, reported = published(change)
    assert code == 2
    assert "comment not published: an answer of unknown shape (KeyError)" in reported
    assert len(github.statuses) == 1


def test_without_a_token_the_verdict_goes_to_the_summary_and_that_is_reported(
    github: GitHubServer, published: Publish, change: Environ
) -> None:
    code, reported = published(
        {name: value for name, value in change.items() if name != "GITHUB_TOKEN"}
    )
    assert code == 0
    assert (
        "it stands only in the summary of this job: no token is set; it needs GITHUB_TOKEN"
        in reported
    )
    assert "trees average precision" in summary(change)
    assert github.calls == []


def test_without_a_pull_request_nothing_is_posted(
    github: GitHubServer, published: Publish, tmp_path: Path
) -> None:
    environ = actions(github, tmp_path, {"ref": "refs/heads/main"}, GITHUB_REF_NAME="main")
    code, reported = published(environ)
    assert code == 0
    assert "this is no run for a pull request" in reported
    assert "trees average precision" in summary(environ)
    assert github.calls == []


def test_on_a_laptop_the_verdict_goes_to_the_console(published: Publish) -> None:
    code, reported = published({"GITHUB_TOKEN": TOKEN})
    assert code == 0
    assert "it stands only in this log: this is no run for a pull request" in reported
    assert "─  REGRESSION  ─" in reported


def test_a_pull_request_on_an_unknown_forge_is_reported(published: Publish) -> None:
    code, reported = published(JENKINS | {"CHANGE_URL": "https://git.acme.test/c/42"})
    assert code == 0
    assert "on no forge that is known here" in reported


@pytest.mark.parametrize(
    ("built", "now", "stands"),
    [
        ("HEAD^2", "HEAD^2", True),
        ("HEAD", "HEAD^2", True),
        ("HEAD^2^", "HEAD^2", False),
        ("HEAD^2", "HEAD^2^", False),
        ("unknown", "HEAD^2", False),
    ],
    ids=["head", "a merge of it", "pushed meanwhile", "forced back", "unknown to git"],
)
def test_jenkins_publishes_on_github_to_the_head_that_was_built_alone_or_merged_by_ci(
    github: GitHubServer,
    published: Publish,
    red: Verdict,
    merged: Path,
    built: str,
    now: str,
    stands: bool,
) -> None:
    sha, pushed = (Checkout(merged).known(name) or MERGED for name in (built, now))
    github.pulls = [github.pull(42, "acme/fleet", "faster", pushed)]
    github.me = "acme-ci"
    ours = {"CHANGE_URL": github.page, "GIT_COMMIT": sha, "GITHUB_TOKEN": TOKEN}
    verdict = on(red, None).model_copy(update={"head": Commit(sha, "Faster")})
    code, reported = published(JENKINS | ours, verdict)
    assert code == (0 if stands else 2), reported
    assert [one["sha"] for one in github.statuses] == [pushed] * stands
    page = "[build](https://ci.acme.test/job/fleet/7/)"
    assert [page in one["body"] for one in github.comments] == [True] * stands
    why = f"the verdict is on {sha[:10]}, and the pull request is at {pushed[:10]}"
    assert (why in reported) == (not stands)


def test_a_head_that_is_no_commit_is_not_written_to(
    github: GitHubServer, published: Publish
) -> None:
    github.pulls = [github.pull(42, "acme/fleet", "faster", "../../user")]
    code, reported = published(JENKINS | {"CHANGE_URL": github.page, "GITHUB_TOKEN": TOKEN})
    assert code == 2
    assert "names no commit as the head" in reported
    assert github.comments == []


def test_gitlab_publishes_note_and_status(gitlab: GitLabServer, published: Publish) -> None:
    environ = {
        "GITLAB_CI": "true",
        "GITLAB_TOKEN": TOKEN,
        "CI_API_V4_URL": f"{gitlab.url}/api/v4",
        "CI_JOB_URL": f"{gitlab.url}/acme/models/fleet/-/jobs/7",
        "CI_COMMIT_SHA": PUSHED,
        "CI_MERGE_REQUEST_IID": "42",
        "CI_MERGE_REQUEST_PROJECT_URL": f"{gitlab.url}/acme/models/fleet",
    }
    code, reported = published(environ)
    assert code == 0, reported
    assert f"{gitlab.url}/acme/models/fleet/-/merge_requests/42#note_1" in reported
    assert "trees average precision" in gitlab.comments[0]["body"]
    assert [(one["sha"], one["state"]) for one in gitlab.statuses] == [(PUSHED, "failed")]


def test_jenkins_publishes_on_bitbucket_data_center_without_html(
    httpserver: HTTPServer, published: Publish
) -> None:
    center = DataCenter(httpserver)
    page = f"{center.page}/overview"
    code, reported = published(JENKINS | {"CHANGE_URL": page, "BITBUCKET_TOKEN": TOKEN})
    assert code == 0, reported
    assert "published on pull request 42" in reported
    (comment,) = center.comments
    assert json.dumps(comment).count(json.dumps(PLAIN_MARKER)[1:-1]) == 1
    assert "<details>" not in json.dumps(comment)
    assert len(center.statuses) == 1


def test_jenkins_without_a_token_for_bitbucket_says_which_it_needs(published: Publish) -> None:
    page = "https://git.acme.test/projects/ML/repos/fleet/pull-requests/42/overview"
    code, reported = published(JENKINS | {"CHANGE_URL": page})
    assert code == 0
    assert (
        "it stands only in this log: no token is set; "
        "it needs BITBUCKET_TOKEN, an HTTP access token" in reported
    )


class Proxied:
    """Bitbucket Pipelines without a token: the proxy takes status and report, refuses a comment."""

    def head(self, _: str) -> str:
        return PUSHED

    def comment(self, *_: object) -> str:
        raise Refused("POST comments: 403", 403)

    def status(self, *_: object) -> None: ...

    def report(self, *_: object) -> None: ...


def test_where_a_proxy_stands_in_for_the_token_the_comment_may_be_missing(
    published: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = FORGES["bitbucket cloud"]
    monkeypatch.setitem(FORGES, "bitbucket cloud", replace(cloud, connect=lambda *_: Proxied()))
    pipelines = {
        "BITBUCKET_BUILD_NUMBER": "7",
        "BITBUCKET_REPO_FULL_NAME": "acme/fleet",
        "BITBUCKET_PR_ID": "42",
        "BITBUCKET_COMMIT": PUSHED,
    }
    code, reported = published(pipelines)
    assert code == 0
    assert (
        "it stands only in status and report and this log: "
        "no token is set; it needs BITBUCKET_TOKEN" in reported
    )
    assert published(pipelines | {"BITBUCKET_TOKEN": TOKEN})[0] == 2


def test_the_verb_publishes_what_is_in_a_folder(
    folder: Path, github: GitHubServer, change: Environ
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clockwork", "publish", "--from", str(folder)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **change},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "published on pull request 42" in done.stdout
    assert TOKEN not in done.stdout + done.stderr
    assert len(github.comments) == 1


def test_the_verb_without_a_verdict_says_what_to_do(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "clockwork", "publish", "--from", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "no verdict there" in done.stderr
