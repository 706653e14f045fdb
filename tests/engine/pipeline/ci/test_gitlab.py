""".gitlab-ci.yml, run by gitlab-ci-local: which jobs start, who gets the token, what is kept."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..conftest import ROOT
from .throwaway import HOSTILE, Skeleton, ran, skeleton
from .tools import gitlab_ci_local

FILE = ROOT / ".gitlab-ci.yml"
SCHEMA = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci"]
TOKEN = "a-token-nobody-may-see"  # noqa: S105 - it opens nothing
ENVIRONMENT = "verdict"
REPORTS = ["junit.xml", "report.html", "report.md", "verdict.json"]
MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_COMMIT_BRANCH": "",  # only pipelines of branches have it
    "CI_MERGE_REQUEST_IID": "42",
    "CI_MERGE_REQUEST_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": HOSTILE,
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
}
MAIN = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}


@dataclass(frozen=True)
class Pipeline:
    """How a pipeline ended, what it printed, and the artefacts that it kept."""

    code: int
    log: str
    state: Path

    def kept(self) -> list[str]:
        """The artefacts of the regression job, by name."""
        return sorted(
            path.name
            for path in (self.state / "artifacts" / "regression").rglob("*")
            if path.is_file()
        )


Run = Callable[..., Pipeline]


@pytest.fixture(scope="module")
def bones(tmp_path_factory: pytest.TempPathFactory) -> Skeleton:
    return skeleton(tmp_path_factory.mktemp("gitlab"))


def pipeline(
    root: Path, state: Path, file: Path, variables: dict[str, str], *words: str
) -> Pipeline:
    """Run `file` in the repository at `root`; the run's state goes to the new folder `state`."""
    tool = gitlab_ci_local()
    state.mkdir()
    place = os.path.relpath(state, root)
    scoped = {"GITLAB_TOKEN": {"values": {ENVIRONMENT: TOKEN}}}
    (state / "variables.yml").write_text(json.dumps(scoped), encoding="utf-8")
    own = [word for name, value in variables.items() for word in ("--variable", f"{name}={value}")]
    how = ["--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source"]
    places = ["--state-dir", place, "--variables-file", f"{place}/variables.yml"]
    given = ["--file", str(file), "--ignore-predefined-vars", ",".join(variables), *own]
    done = ran([*tool, *how, *places, *given, *words], root)
    return Pipeline(done.code, done.text, state)


@pytest.fixture
def run(bones: Skeleton, tmp_path: Path) -> Run:
    bones.verbs()

    def go(variables: dict[str, str], *words: str, file: Path = FILE, **more: str) -> Pipeline:
        own = {**variables, "RAN": str(bones.ran), "BUILD": "7", **more}
        copy = bones.root / ".gitlab-ci.yml"
        copy.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
        return pipeline(bones.root, tmp_path / "state", Path(copy.name), own, *words)

    return go


def test_a_merge_request_runs_every_job_and_only_publish_sees_the_token(
    bones: Skeleton, run: Run
) -> None:
    done = run(MERGE_REQUEST)
    assert done.code == 0, done.log
    assert bones.verbs() == ["test", "check", "regression", f"publish {TOKEN}"]
    assert done.kept() == REPORTS
    assert not list(done.state.rglob("PWNED"))
    assert not list(bones.root.rglob("PWNED"))


def test_a_red_verdict_is_kept_and_published(bones: Skeleton, run: Run) -> None:
    done = run(MERGE_REQUEST, FAIL="regression")
    assert done.code == 1, done.log
    assert bones.verbs() == ["test", "check", "regression", f"publish {TOKEN}"]
    assert done.kept() == REPORTS
    assert (done.state / "builds" / "publish" / "build" / "verdict.json").exists(), (
        "publish must get what was judged"
    )


def test_failing_tests_end_it_before_anything_is_judged(bones: Skeleton, run: Run) -> None:
    done = run(MERGE_REQUEST, FAIL="test")
    assert done.code == 1
    assert "regression" not in " ".join(ran := bones.verbs())
    assert "test" in ran
    assert done.kept() == []


def test_a_fork_is_judged_and_never_meets_the_token(bones: Skeleton, run: Run) -> None:
    done = run({**MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "666"})
    assert done.code == 0, done.log
    assert bones.verbs() == ["test", "check", "regression"]


@pytest.mark.slow
def test_main_is_judged_and_promoted_and_publishes_nothing(bones: Skeleton, run: Run) -> None:
    done = run(MAIN)
    assert done.code == 0, done.log
    assert bones.verbs() == ["test", "check", "regression", "promote"]


def test_no_other_branch_starts_anything() -> None:
    document: Any = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    starts = [
        '$CI_PIPELINE_SOURCE == "merge_request_event"',
        "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
    ]
    assert [rule["if"] for rule in document["workflow"]["rules"]] == starts


@pytest.mark.slow
def test_documentation_alone_is_judged_without_the_tests(bones: Skeleton, run: Run) -> None:
    done = run(MERGE_REQUEST, ONLY_DOCS="yes")
    assert done.code == 0, done.log
    assert bones.verbs() == ["regression", f"publish {TOKEN}"]


def test_merge_requests_only_read_the_caches_and_main_alone_writes_them() -> None:
    document: Any = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    (writers,) = [
        rule["if"]
        for rule in document["workflow"]["rules"]
        if "CACHES" in rule.get("variables", {})
    ]
    assert (document["variables"]["CACHES"], writers) == (
        "pull",
        "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
    )
    assert {cache["policy"] for cache in document["default"]["cache"]} == {"$CACHES"}
    assert [cache["key"]["files"] for cache in document["default"]["cache"]] == [
        ["requirements.lock"],
        ["dvc.lock"],
    ]


def test_the_file_fits_gitlabs_schema() -> None:
    done = subprocess.run([*SCHEMA, str(FILE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


FAULTS = {
    "a key that GitLab does not know": ("interruptible: true", "interuptible: true"),
    "a stage that is not declared": ("stage: publish", "stage: publishing"),
    "a job without a script": ("  script: make publish\n", ""),
    "a rule that cannot be read": ("$CI_MERGE_REQUEST_IID &&", "$CI_MERGE_REQUEST_IID &&&"),
    "a job that is needed and missing": (
        "  stage: publish\n",
        "  stage: publish\n  needs: [regresion]\n",
    ),
}


def test_the_file_is_accepted_as_it_is(run: Run) -> None:
    done = run(MERGE_REQUEST, "--list")
    assert done.code == 0, done.log
    assert all(job in done.log for job in ("test", "regression", "publish"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_file_is_refused(run: Run, tmp_path: Path, fault: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    before, after = FAULTS[fault]
    assert text.count(before) == 1
    mutant = tmp_path / "mutant.yml"
    mutant.write_text(text.replace(before, after), encoding="utf-8")
    done = run(MERGE_REQUEST, "--list", file=mutant)
    schema = subprocess.run([*SCHEMA, str(mutant)], capture_output=True, text=True, check=False)
    assert done.code or schema.returncode, done.log
