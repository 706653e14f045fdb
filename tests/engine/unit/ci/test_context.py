"""Each CI system is recognised by the variables that its documentation names."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from clockwork.ci.context import LONGEST, context
from clockwork.ci.forges.table import address
from clockwork.ci.systems import SYSTEMS, System
from clockwork.support.run_context import Context
from clockwork.verdict.parts import Context as ContextDocument

PUSHED = "a" * 40
MERGED = "b" * 40

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/fleet",
    "GITHUB_RUN_ID": "99",
    "GITHUB_SHA": MERGED,
}
GITHUB_CHANGE = GITHUB | {
    "GITHUB_HEAD_REF": "faster",
    "GITHUB_BASE_REF": "main",
    "GITHUB_REF": "refs/pull/42/merge",
    "GITHUB_REF_NAME": "42/merge",
    "GITHUB_EVENT_PATH": "event.json",
}
GITHUB_PUSH = GITHUB | {
    "GITHUB_HEAD_REF": "",
    "GITHUB_BASE_REF": "",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_REF_NAME": "main",
}
JENKINS = {
    "JENKINS_URL": "https://ci.acme.test/",
    "BUILD_URL": "https://ci.acme.test/job/fleet/7/",
    "BRANCH_NAME": "main",
    "GIT_COMMIT": MERGED,
}
JENKINS_CHANGE = JENKINS | {
    "BRANCH_NAME": "PR-42",
    "CHANGE_ID": "42",
    "CHANGE_BRANCH": "faster",
    "CHANGE_TARGET": "main",
    "CHANGE_URL": "https://git.acme.test/projects/ML/repos/fleet/pull-requests/42",
}
BITBUCKET = {
    "BITBUCKET_BUILD_NUMBER": "7",
    "BITBUCKET_REPO_FULL_NAME": "acme/fleet",
    "BITBUCKET_BRANCH": "main",
    "BITBUCKET_COMMIT": PUSHED,
}
BITBUCKET_CHANGE = BITBUCKET | {
    "BITBUCKET_BRANCH": "faster",
    "BITBUCKET_PR_ID": "42",
    "BITBUCKET_PR_DESTINATION_BRANCH": "main",
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_JOB_URL": "https://gitlab.test/acme/fleet/-/jobs/7",
    "CI_COMMIT_REF_NAME": "main",
    "CI_COMMIT_SHA": PUSHED,
}
GITLAB_CHANGE = GITLAB | {
    "CI_COMMIT_REF_NAME": "refs/merge-requests/42/merge",
    "CI_MERGE_REQUEST_ID": "31337",
    "CI_MERGE_REQUEST_IID": "42",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "faster",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "5",
    "CI_MERGE_REQUEST_PROJECT_ID": "5",
    "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.test/acme/fleet",
}
CHANGES = {
    "github": (
        GITHUB_CHANGE,
        Context(
            commit=PUSHED,
            build_url="https://github.com/acme/fleet/actions/runs/99",
            page="https://github.com/acme/fleet/pull/42",
            source="acme/fleet",
        ),
    ),
    "jenkins": (
        JENKINS_CHANGE,
        Context(build_url="https://ci.acme.test/job/fleet/7/", page=JENKINS_CHANGE["CHANGE_URL"]),
    ),
    "bitbucket": (
        BITBUCKET_CHANGE,
        Context(
            commit=PUSHED,
            build_url="https://bitbucket.org/acme/fleet/pipelines/results/7",
            page="https://bitbucket.org/acme/fleet/pull-requests/42",
        ),
    ),
    "gitlab": (
        GITLAB_CHANGE,
        Context(
            commit=PUSHED,
            build_url="https://gitlab.test/acme/fleet/-/jobs/7",
            page="https://gitlab.test/acme/fleet/-/merge_requests/42",
            source="5",
        ),
    ),
}
PUSHES = {"github": GITHUB_PUSH, "jenkins": JENKINS, "bitbucket": BITBUCKET, "gitlab": GITLAB}


def event(source: str | None = "acme/fleet", path: Path = Path("event.json")) -> None:
    """Write the event file of pull request 42, that comes from the repository `source`."""
    head = {"sha": PUSHED, "repo": source and {"full_name": source}}
    path.write_text(json.dumps({"pull_request": {"number": 42, "head": head}}), encoding="utf-8")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where GitHub has put the event file of a pull request from within the repository."""
    monkeypatch.chdir(tmp_path)
    event()
    return tmp_path / "event.json"


@pytest.mark.parametrize(
    "system", [one for one in SYSTEMS if one.name != "local"], ids=lambda system: system.name
)
def test_every_row_of_the_table_says_what_a_verdict_and_its_comment_need(system: System) -> None:
    needed = (
        system.pull_request,
        system.branch,
        system.target,
        system.commit,
        system.build_url,
        system.page,
    )
    assert all(needed)
    assert not any(other.sign == system.sign for other in SYSTEMS if other is not system)


@pytest.mark.parametrize("name", CHANGES)
def test_a_pull_request_is_known_with_its_branches_its_commit_and_its_pages(name: str) -> None:
    environ, rest = CHANGES[name]
    assert context(environ) == replace(
        rest, ci=name, pull_request="42", branch="faster", target="main"
    )


@pytest.mark.parametrize("name", CHANGES)
def test_the_page_of_a_pull_request_says_which_forge_it_is_on(name: str) -> None:
    at = address(CHANGES[name][1].page or "")
    assert at
    assert at.number == "42"
    assert at.kind.startswith({"jenkins": "bitbucket data center"}.get(name, name))


@pytest.mark.parametrize("name", PUSHES)
def test_a_push_to_main_is_no_pull_request(name: str) -> None:
    found = context(PUSHES[name])
    assert (found.ci, found.pull_request, found.branch, found.target) == (name, None, "main", None)
    assert (found.page, found.source, found.fork) == (None, None, False)


def test_a_laptop_is_local_and_knows_no_more() -> None:
    assert context({"HOME": "/home/me", "CHANGE_ID": "42"}) == Context()


def test_a_pull_request_that_is_played_on_a_laptop_has_a_number_and_a_branch() -> None:
    played = {"CLOCKWORK_PULL_REQUEST": "17", "CLOCKWORK_BRANCH": "tidy", **GITHUB_PUSH}
    assert context(played) == Context(ci="local", pull_request="17", branch="tidy")


def test_the_verdict_keeps_what_is_known_but_the_page() -> None:
    event("mallory/fleet")
    kept = ContextDocument.model_validate(context(GITHUB_CHANGE))
    assert kept == ContextDocument(
        ci="github",
        pull_request="42",
        branch="faster",
        target="main",
        commit=PUSHED,
        fork=True,
        build_url="https://github.com/acme/fleet/actions/runs/99",
    )


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"pull_request": null}', '{"pull_request": {"head": 1}}']
)
def test_an_event_file_that_says_nothing_leaves_the_number_of_the_ref(
    text: str, place: Path
) -> None:
    place.write_text(text, encoding="utf-8")
    assert context(GITHUB_CHANGE).pull_request == "42"
    place.unlink()
    assert context(GITHUB_CHANGE).pull_request == "42"


@pytest.mark.parametrize(
    ("environ", "commit"),
    [
        (GITHUB_CHANGE, PUSHED),
        (GITHUB_PUSH, MERGED),
        (JENKINS_CHANGE, None),
        (JENKINS, MERGED),
        (BITBUCKET_CHANGE, PUSHED),
        (GITLAB_CHANGE, PUSHED),
        (
            GITLAB_CHANGE | {"CI_COMMIT_SHA": MERGED, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": PUSHED},
            PUSHED,
        ),
    ],
)
def test_the_head_commit_is_the_one_that_was_pushed_or_unknown(
    environ: Mapping[str, str], commit: str | None
) -> None:
    assert context(environ).commit == commit


def test_without_its_event_file_a_change_has_no_head_and_counts_as_from_a_fork(
    place: Path,
) -> None:
    place.unlink()
    found = context(GITHUB_CHANGE)
    assert (found.commit, found.fork) == (None, True)


def test_what_is_no_commit_id_is_not_given_as_one() -> None:
    assert context(BITBUCKET | {"BITBUCKET_COMMIT": "--output=/etc/passwd"}).commit is None


@pytest.mark.parametrize(
    ("environ", "source"),
    [
        (GITHUB_CHANGE, "mallory/fleet"),
        (GITHUB_CHANGE, None),
        (JENKINS_CHANGE | {"CHANGE_FORK": "mallory"}, "acme/fleet"),
        (GITLAB_CHANGE | {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "6"}, "acme/fleet"),
    ],
)
def test_a_change_from_another_or_a_deleted_repository_is_from_a_fork(
    environ: Mapping[str, str], source: str | None
) -> None:
    event(source)
    assert context(environ).fork


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_within_the_repository_is_from_no_fork(name: str) -> None:
    assert not context(CHANGES[name][0]).fork


def test_a_branch_name_loses_what_could_forge_a_line_or_turn_the_text() -> None:
    environ = JENKINS_CHANGE | {"CHANGE_BRANCH": "fix\n::error::\x1b[31m\u202egnp.\udcff\u2028é "}
    assert context(environ).branch == "fix::error::[31mgnp.é"


def test_a_branch_name_keeps_a_sane_length() -> None:
    assert context(JENKINS_CHANGE | {"CHANGE_BRANCH": "x" * 10_000}).branch == "x" * LONGEST


def test_a_build_page_that_is_no_web_address_is_left_out() -> None:
    assert context(JENKINS | {"BUILD_URL": "javascript:alert(1)"}).build_url is None
    assert context(JENKINS | {"BUILD_URL": "unset"}).build_url is None
