"""bitbucket-pipelines.yml, run by bb-run: which steps start, what is published, what is kept."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ..conftest import ROOT, Ended
from .bitbucket_schema import problems
from .throwaway import HOSTILE, Skeleton, ran, skeleton
from .tools import bb_run

FILE = ROOT / "bitbucket-pipelines.yml"
PULL_REQUEST = {
    "BITBUCKET_PR_ID": "42",
    "BITBUCKET_BRANCH": HOSTILE,
    "BITBUCKET_PR_DESTINATION_BRANCH": "main",
}


Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def bones(tmp_path_factory: pytest.TempPathFactory) -> Skeleton:
    return skeleton(tmp_path_factory.mktemp("bitbucket"))


def pipeline(root: Path, target: str, variables: dict[str, str]) -> Ended:
    """Run the file of the repository at `root` as Bitbucket does for `target`."""
    own = [word for name, value in variables.items() for word in ("--variables", f"{name}={value}")]
    how = ["--mode", "host", "--no-cache", "--color", "never"]
    return ran([*bb_run(), *how, "--repo", str(root), "--target", target, *own], root)


@pytest.fixture
def run(bones: Skeleton) -> Run:
    bones.verbs()

    def go(target: str, variables: dict[str, str], **more: str) -> Ended:
        own = {**variables, "RAN": str(bones.ran), "BUILD": "7", **more}
        return pipeline(bones.root, target, own)

    return go


def test_a_pull_request_is_tested_judged_and_published(bones: Skeleton, run: Run) -> None:
    done = run("pull-requests.**", PULL_REQUEST)
    assert done.code == 0, done.text
    assert bones.verbs() == ["test", "check", "regression", "publish"]
    assert not list(bones.root.rglob("PWNED"))


def test_a_red_verdict_is_published_and_kept_and_fails_the_pipeline(
    bones: Skeleton, run: Run
) -> None:
    done = run("pull-requests.**", PULL_REQUEST, FAIL="regression")
    assert done.code == 1, done.text
    assert bones.verbs() == ["test", "check", "regression", "publish"]
    assert "saved scoped [report] (3 file(s)" in done.text
    assert "saved test-reports [tests] (1 file(s)" in done.text


def test_failing_tests_end_it_before_anything_is_judged(bones: Skeleton, run: Run) -> None:
    done = run("pull-requests.**", PULL_REQUEST, FAIL="test")
    assert done.code == 1
    assert bones.verbs() == ["test"]


def test_main_is_judged_and_promoted_once_it_is_green(bones: Skeleton, run: Run) -> None:
    assert run("branches.main", {}).code == 0
    assert bones.verbs() == ["test", "check", "regression", "promote", "publish"]
    assert run("branches.main", {}, FAIL="regression").code == 1
    assert bones.verbs() == ["test", "check", "regression", "publish"]


def test_documentation_alone_is_judged_without_the_tests(bones: Skeleton, run: Run) -> None:
    assert run("pull-requests.**", PULL_REQUEST, ONLY_DOCS="yes").code == 0
    assert bones.verbs() == ["regression", "publish"]


def test_the_file_fits_the_closed_schema() -> None:
    assert problems(yaml.safe_load(FILE.read_text(encoding="utf-8"))) == []


FAULTS = {
    "a wrong key at the top": ("clone:", "klone:"),
    "a wrong key of clone": ("{ depth: full }", "{ deepth: full }"),
    "a wrong depth": ("{ depth: full }", "{ depth: all }"),
    "a wrong option": ("max-time: 60", "max_time: 60"),
    "a wrong kind of pipeline": ("pull-requests:", "pull-request:"),
    "a step without script": ("script: [python3 -m", "skript: [python3 -m"),
    "a wrong key of a step": ("after-script:", "afterscript:"),
    "a wrong kind of artefact": ("test-reports", "test-report"),
    "a wrong key of an artefact": (
        "capture-on: always, paths: [build/junit",
        "capture: always, paths: [build/junit",
    ),
    "a wrong key of a cache": ("path: .dvc/cache", "paths: .dvc/cache"),
    "a wrong key of main's step": ("concurrency-group:", "concurrency:"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_closed_schema_finds_a_typing_error(fault: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    before, after = FAULTS[fault]
    assert text.count(before) == 1
    assert problems(yaml.safe_load(text.replace(before, after)))
