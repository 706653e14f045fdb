"""The Jenkinsfile, run: which stages start, who gets the token, what is kept, per kind of build."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.engine.unit.ci.bitbucket_servers import DataCenter
from tests.engine.unit.ci.forge_servers import TOKEN as BITBUCKET_TOKEN

from ..conftest import QUIET_GIT, ROOT, Project, Projects
from .jenkins.run import CREDENTIAL, TOKEN, Build, build
from .throwaway import HOSTILE, Skeleton, plant, skeleton, whole

JENKINSFILE = ROOT / "Jenkinsfile"
ALL = ["build", "tests", "ML regression", "publish"]
REPORTS = ["report.html", "report.md", "verdict.json"]
BRANCH = {
    "JENKINS_URL": "http://jenkins.example/",
    "BUILD_URL": "http://jenkins.example/job/clockwork/7/",
}
CHANGE = {
    **BRANCH,
    "BRANCH_NAME": "PR-42",
    "CHANGE_ID": "42",
    "CHANGE_BRANCH": HOSTILE,
    "CHANGE_TITLE": HOSTILE,
    "CHANGE_TARGET": "main",
    "CHANGE_URL": "http://127.0.0.1:9/projects/K/repos/r/pull-requests/42",
}
FORK = {**CHANGE, "CHANGE_FORK": "stranger/clockwork"}
HELD = {CREDENTIAL: TOKEN}

Run = Callable[..., Build]


@pytest.fixture(scope="module")
def bones(tmp_path_factory: pytest.TempPathFactory) -> Skeleton:
    return skeleton(tmp_path_factory.mktemp("jenkins"))


@pytest.fixture
def run(bones: Skeleton, tmp_path: Path) -> Run:
    """Runs the Jenkinsfile in the skeleton's workspace, which keeps what earlier builds left."""
    bones.verbs()

    def go(
        variables: dict[str, str], held: dict[str, str] | None = HELD, text: str = "", **more: str
    ) -> Build:
        own = {**variables, "RAN": str(bones.ran), "BUILD": tmp_path.name, **more}
        (tmp_path / "Jenkinsfile").write_text(
            text or JENKINSFILE.read_text(encoding="utf-8"), encoding="utf-8"
        )
        return build(tmp_path / "Jenkinsfile", bones.root, tmp_path / "build", own, held)

    return go


def test_a_pull_request_runs_every_stage_and_only_publish_sees_the_token(
    bones: Skeleton, run: Run
) -> None:
    done = run(CHANGE)
    assert (done.result, done.started()) == ("SUCCESS", ALL), done.log
    assert bones.verbs() == ["check", "test", "regression", f"publish {TOKEN}"]
    assert done.archived() == REPORTS
    assert [event["tests"] for event in done.events("junit")] == [1]
    assert TOKEN not in done.log
    assert not (bones.root / "PWNED").exists()


def test_a_red_verdict_is_kept_and_published(bones: Skeleton, run: Run, tmp_path: Path) -> None:
    done = run(CHANGE, FAIL="regression")
    assert (done.result, done.started()) == ("FAILURE", ALL), done.log
    assert bones.verbs() == ["check", "test", "regression", f"publish {TOKEN}"]
    assert (done.archive / "build" / "verdict.json").read_text(
        encoding="utf-8"
    ).strip() == tmp_path.name


def test_a_regression_that_never_came_to_a_verdict_shows_no_other_builds_report(
    bones: Skeleton, run: Run
) -> None:
    build_folder = bones.root / "build"
    build_folder.mkdir(exist_ok=True)
    for name in (*REPORTS, "junit.xml"):
        (build_folder / name).write_text("an earlier build's", encoding="utf-8")
    done = run(CHANGE, FAIL="set-up")
    assert done.result == "FAILURE"
    assert done.archived() == []
    assert [event["files"] for event in done.events("junit")] == [0]


@pytest.mark.parametrize("broken", [pytest.param("check", marks=pytest.mark.slow), "test"])
def test_a_failing_build_is_never_judged_nor_published(
    bones: Skeleton, run: Run, broken: str
) -> None:
    done = run(CHANGE, FAIL=broken)
    assert done.result == "FAILURE"
    assert {"ML regression", "publish"} <= set(done.skipped())
    assert bones.verbs()[-1] == broken
    assert done.archived() == []


@pytest.mark.slow
def test_a_branch_that_is_no_pull_request_is_built_and_tested_alone(
    bones: Skeleton, run: Run
) -> None:
    done = run({**BRANCH, "BRANCH_NAME": "feature"})
    assert (done.result, done.skipped()) == ("SUCCESS", ["ML regression", "publish", "promote"])
    assert bones.verbs() == ["check", "test"]
    assert not done.events("withCredentials")


def test_main_is_judged_and_promoted_and_publishes_nothing(bones: Skeleton, run: Run) -> None:
    done = run({**BRANCH, "BRANCH_NAME": "main"}, None)
    assert (done.result, done.skipped()) == ("SUCCESS", ["publish"]), done.log
    assert bones.verbs() == ["check", "test", "regression", "promote"]


def test_a_red_main_promotes_nothing(bones: Skeleton, run: Run) -> None:
    done = run({**BRANCH, "BRANCH_NAME": "main"}, None, FAIL="regression")
    assert (done.result, done.skipped()) == ("FAILURE", ["publish", "promote"]), done.log
    assert bones.verbs() == ["check", "test", "regression"]
    assert done.archived() == REPORTS


@pytest.mark.slow
def test_a_missing_credential_fails_the_build_and_is_reported(bones: Skeleton, run: Run) -> None:
    done = run(CHANGE, None)
    assert done.result == "FAILURE"
    assert f"Could not find credentials entry with ID '{CREDENTIAL}'" in done.log
    assert "publish" not in " ".join(bones.verbs())
    assert done.archived() == REPORTS


def test_a_fork_is_judged_and_never_meets_the_token(bones: Skeleton, run: Run) -> None:
    done = run(FORK)
    assert (done.result, done.skipped()) == ("SUCCESS", ["publish", "promote"]), done.log
    assert bones.verbs() == ["check", "test", "regression"]
    assert not done.events("withCredentials")


@pytest.mark.slow
def test_documentation_alone_is_neither_built_nor_tested_but_judged(
    bones: Skeleton, run: Run
) -> None:
    done = run(CHANGE, ONLY_DOCS="yes")
    assert done.result == "SUCCESS"
    assert bones.verbs() == ["regression", f"publish {TOKEN}"]


RED_MAIN = {**BRANCH, "BRANCH_NAME": "main", "FAIL": "regression"}
GUARDS: dict[str, tuple[str, str, dict[str, str], list[str]]] = {
    "a fork meets the token": (
        "not { changeRequest fork: '.+', comparator: 'REGEXP' }",
        "",
        FORK,
        [f"publish {TOKEN}"],
    ),
    "a red verdict is not published": (
        "catchError(buildResult: 'FAILURE', stageResult: 'FAILURE') { sh 'make regression' }",
        "sh 'make regression'",
        {**CHANGE, "FAIL": "regression"},
        ["regression"],
    ),
    "a red main promotes": (
        "; expression { currentBuild.currentResult == 'SUCCESS' }",
        "",
        RED_MAIN,
        ["promote"],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("otherwise", GUARDS)
def test_each_guard_of_the_jenkinsfile_is_needed(bones: Skeleton, run: Run, otherwise: str) -> None:
    guard, nothing, variables, last = GUARDS[otherwise]
    assert run(variables, text=without(guard, nothing)).result != "INVALID"
    assert bones.verbs()[-1:] == last


FAULTS = {
    "an interpolated command": (
        "sh 'make regression'",
        'sh "make regression BASE=${env.CHANGE_TARGET}"',
    ),
    "an unknown directive": ("agent any", "agent any\n  secrets { any }"),
    "an unknown step": ("junit testResults", "junitt testResults"),
    "Groovy of its own": ("pipeline {", "def mine = 1\npipeline {"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_jenkinsfile_is_invalid(run: Run, fault: str) -> None:
    done = run(CHANGE, text=without(*FAULTS[fault]))
    assert done.result == "INVALID", done.log


def without(before: str, after: str) -> str:
    """The Jenkinsfile with `after` in place of `before`."""
    text = JENKINSFILE.read_text(encoding="utf-8")
    assert text.count(before) == 1
    return text.replace(before, after)


@pytest.fixture(scope="module")
def tiny(project: Projects) -> Project:
    return whole(project, "jenkins")


@pytest.fixture
def server(httpserver: HTTPServer) -> DataCenter:
    return DataCenter(httpserver)


def judged(tiny: Project, server: DataCenter, place: Path) -> Build:
    """The build of the pull request at HEAD, with all its real verbs, publishing on `server`."""
    server.pushed = tiny.git("rev-parse", "HEAD").strip()
    variables = {**CHANGE, **QUIET_GIT, "OMP_NUM_THREADS": "1", "CHANGE_URL": server.page}
    return build(
        tiny.root / "Jenkinsfile",
        tiny.root,
        place / "build",
        variables,
        {CREDENTIAL: BITBUCKET_TOKEN},
    )


@pytest.mark.slow
def test_a_sound_pull_request_is_green_and_its_verdict_stands_on_it(
    tiny: Project, server: DataCenter, tmp_path: Path
) -> None:
    tiny.back_to("main")
    (tiny.root / "tests" / "unit" / "test_more.py").write_text(
        "def test_more() -> None: ...\n", encoding="utf-8"
    )
    tiny.commit("Test more")
    done = judged(tiny, server, tmp_path)
    assert (done.result, done.started()) == ("SUCCESS", ALL), done.log
    assert done.archived() == REPORTS
    (tests,) = done.events("junit")
    assert tests["tests"] > 20
    assert tests["failures"] == 0
    (comment,) = server.comments
    assert "PASS" in comment["text"]
    assert [status["state"] for status in server.statuses] == ["SUCCESSFUL"]
    assert tiny.verdict()["context"]["build_url"] == CHANGE["BUILD_URL"]
    assert BITBUCKET_TOKEN not in done.log


@pytest.mark.slow
def test_a_planted_defect_is_red_and_its_verdict_stands_on_the_pull_request(
    tiny: Project, server: DataCenter, tmp_path: Path
) -> None:
    tiny.back_to("main")
    plant(tiny, "sign-flipped")
    done = judged(tiny, server, tmp_path)
    assert (done.result, done.started()) == ("FAILURE", ALL), done.log
    assert done.archived() == REPORTS
    assert done.events("junit")[0]["failures"] > 0
    (comment,) = server.comments
    assert "REGRESSION" in comment["text"]
    assert [status["state"] for status in server.statuses] == ["FAILED"]
    assert [report["result"] for report in server.reports.values()] == ["FAIL"]
    assert tiny.verdict()["outcome"] == "regression"
