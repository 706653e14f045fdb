"""The same two commits get the same verdict on a laptop and on every CI system."""

import json
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Project, Projects
from .throwaway import plant

pytestmark = pytest.mark.slow

# Where a run was and is shown, and how long it took there.
HERE = ("context", "seconds", "costs", "pages")
SHA = "a1" * 20
SYSTEMS: dict[str, dict[str, str]] = {
    "local": {},
    "github": {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_REPOSITORY": "acme/clockwork",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_RUN_ID": "7",
        "GITHUB_REF": "refs/pull/42/merge",
        "GITHUB_HEAD_REF": "feature",
        "GITHUB_BASE_REF": "main",
        "GITHUB_SHA": SHA,
    },
    "jenkins": {
        "JENKINS_URL": "https://jenkins.example/",
        "BUILD_URL": "https://jenkins.example/job/clockwork/job/PR-42/7/",
        "BRANCH_NAME": "PR-42",
        "CHANGE_ID": "42",
        "CHANGE_BRANCH": "feature",
        "CHANGE_TARGET": "main",
        "CHANGE_URL": "https://forge.example/projects/K/repos/r/pull-requests/42",
        "GIT_COMMIT": SHA,
    },
    "bitbucket": {
        "BITBUCKET_BUILD_NUMBER": "7",
        "BITBUCKET_REPO_FULL_NAME": "acme/clockwork",
        "BITBUCKET_PR_ID": "42",
        "BITBUCKET_BRANCH": "feature",
        "BITBUCKET_PR_DESTINATION_BRANCH": "main",
        "BITBUCKET_COMMIT": SHA,
    },
    "gitlab": {
        "GITLAB_CI": "true",
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "42",
        "CI_MERGE_REQUEST_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.example/acme/clockwork",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
        "CI_COMMIT_SHA": SHA,
        "CI_JOB_URL": "https://gitlab.example/acme/clockwork/-/jobs/7",
    },
}


@pytest.fixture(scope="module")
def changed(project: Projects) -> Project:
    """A pull request that makes a model worse."""
    changed = project("parity")
    changed.git("checkout", "--quiet", "-b", "feature")
    plant(changed, "sign-flipped")
    return changed


@pytest.fixture(scope="module")
def verdicts(changed: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The verdict on that pull request, by the system that came to it."""
    found = {}
    for system, variables in SYSTEMS.items():
        ended = changed.run(
            "regression", "--quick", env={**variables, **event(system, tmp_path_factory)}
        )
        assert ended.code == 1, ended.text
        found[system] = changed.verdict()
    return found


def event(system: str, places: pytest.TempPathFactory) -> dict[str, str]:
    """The file in which GitHub tells what happened."""
    if system != "github":
        return {}
    head = {"sha": SHA, "ref": "feature", "repo": {"full_name": "acme/clockwork"}}
    path: Path = places.mktemp("event") / "event.json"
    path.write_text(json.dumps({"pull_request": {"number": 42, "head": head}}), encoding="utf-8")
    return {"GITHUB_EVENT_PATH": str(path)}


def judgement(verdict: dict[str, Any]) -> dict[str, Any]:
    """What a verdict says, without where and how fast it was found."""
    return {key: value for key, value in verdict.items() if key not in HERE}


@pytest.mark.parametrize("system", [name for name in SYSTEMS if name != "local"])
def test_a_ci_system_finds_what_a_laptop_finds(
    verdicts: dict[str, Any], changed: Project, system: str
) -> None:
    commits = [verdicts[system][arm]["sha"] for arm in ("base", "head")]
    assert commits == changed.git("rev-parse", "main", "feature").split()
    assert judgement(verdicts[system]) == judgement(verdicts["local"])
    told = verdicts[system]["context"]
    assert (told["ci"], told["pull_request"], told["branch"], told["target"]) == (
        system,
        "42",
        "feature",
        "main",
    )
