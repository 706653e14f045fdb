"""The rules of `python -m clockwork regression`: what is green, what red, what nobody can tell."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from clockwork.compare import compare as comparison
from clockwork.compare.request import Request
from clockwork.gate.catalogue import CheckId
from clockwork.settings.gate import gate_settings
from clockwork.support.checkout import Checkout

from .conftest import REPORTS, Ended, Project, Projects

MINE = "tests/regression/test_mine.py"


@pytest.fixture(scope="module")
def tiny(project: Projects) -> Project:
    return project("regression")


@pytest.fixture(scope="module")
def base(tiny: Project) -> str:
    """The commit that the pull requests of this module start from: the tip of main."""
    return tiny.git("rev-parse", "main").strip()


@pytest.fixture(autouse=True)
def fresh(tiny: Project, base: str) -> None:
    """Every test starts a pull request at base."""
    tiny.back_to(base)


def judge(project: Project, base: str | None = None, *, anew: bool = False) -> tuple[Ended, Any]:
    """Run the regression test; what it printed, and the verdict on disk.

    The experiments have tests of their own.

    `anew` starts a process for it, as a shell does: for a head that edits code which this one has
    imported.
    """
    verb = project.run if anew else project.call
    ended = verb("regression", "--quick", *([f"--base={base}"] if base else []))
    assert (project.root / "build" / "verdict.json").exists(), ended.text
    verdict = project.verdict()
    assert verdict["exit_code"] == ended.code, ended.text
    assert "Traceback" not in ended.text
    assert not list((project.root / "build").glob("*.draft"))
    assert all((project.root / "build" / name).stat().st_size for name in REPORTS)
    return ended, verdict


def outcomes_of(verdict: Any, name: str) -> list[tuple[str, str]]:
    """The outcomes and messages of the checks called `name`."""
    return [
        (check["outcome"], check["message"]) for check in verdict["checks"] if check["id"] == name
    ]


def cases(project: Project) -> dict[str, ET.Element]:
    """The test cases of the last run by their name."""
    junit = ET.parse(project.root / "build" / "junit.xml")  # noqa: S314 - made by this test
    return {case.get("name", ""): case for case in junit.iter("testcase")}


def test_a_run_that_ends_before_the_teams_tests_leaves_no_green_verdict(
    tiny: Project, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    (tiny.root / "README.md").write_text("Changed.\n", encoding="utf-8")
    tiny.commit("Change a word")
    monkeypatch.setattr(comparison, "run_team_tests", killed)
    with pytest.raises(KeyboardInterrupt):
        comparison.compare(Request(Checkout(tiny.root), base, quick=True))
    assert (tiny.verdict()["outcome"], tiny.verdict()["exit_code"]) == ("invalid", 3)
    assert outcomes_of(tiny.verdict(), CheckId.REGRESSION_TESTS) == [
        ("invalid", "they have not run yet")
    ]


@pytest.mark.slow
def test_a_watched_model_made_useless_is_shown_and_blocks_nothing(tiny: Project) -> None:
    tiny.edit("configs/gate.yaml", "  logistic: gating\n", "  logistic: watched\n")
    base = tiny.commit("Watch it only")
    tiny.edit(
        "pipelines/models/logistic.py", "return np.asarray(expit(z)", "return np.asarray(expit(-z)"
    )
    tiny.commit("Turn the watched score round")
    ended, verdict = judge(tiny, base, anew=True)
    outcomes = {
        check["outcome"]
        for check in verdict["checks"]
        if check["algorithm"] == "logistic" and check["metric"]
    }
    assert "regression" in outcomes
    assert (ended.code, verdict["outcome"]) == (0, "pass"), ended.text


def test_without_a_commit_before_it_the_verdict_is_invalid(project: Projects) -> None:
    ended, verdict = judge(project("single"))
    assert (ended.code, verdict["outcome"], verdict["base"]) == (3, "invalid", None)
    assert [outcome for outcome, _ in outcomes_of(verdict, CheckId.BASELINE)] == ["invalid"]
    assert "no commit came before this one" in ended.flat


@pytest.mark.slow
def test_other_judging_rows_are_not_comparable(tiny: Project, base: str) -> None:
    tiny.set("configs/data.yaml", "train_share_of_entities", 0.35)
    tiny.commit("Train on more devices")
    ended, verdict = judge(tiny, base)
    assert [outcome for outcome, _ in outcomes_of(verdict, CheckId.SAME_ROWS)] == ["not comparable"]
    assert ended.code != 0
    gating = {check["outcome"] for check in verdict["checks"] if check["gating"]}
    assert (
        (ended.code, verdict["outcome"]) == (1, "regression")
        if "regression" in gating
        else (3, "not comparable")
    )


@pytest.mark.slow
def test_a_base_that_trained_on_the_judging_rows_is_never_green(tiny: Project, base: str) -> None:
    tiny.set("configs/data.yaml", "train_share_of_entities", 0.18)
    tiny.set("configs/data.yaml", "train_share_of_time", 0.4)
    tiny.set("configs/data.yaml", "embargo", 0)
    tiny.set("configs/data.yaml", "folds", 2)
    tiny.commit("Judge by rows that base trained on")
    ended, verdict = judge(tiny, base)
    assert ended.code in (1, 3)
    ((outcome, message),) = outcomes_of(verdict, CheckId.UNSEEN_BY_BASE)
    assert outcome == "not comparable"
    assert int(message.split("trained on ")[1].split()[0]) > 100


@pytest.mark.slow
def test_a_failing_test_of_the_team_is_a_regression(tiny: Project, base: str) -> None:
    mine = 'def test_mine() -> None:\n    assert False, "no device may be forgotten"\n'
    (tiny.root / MINE).write_text(mine, encoding="utf-8")
    tiny.commit("Add a test that fails")
    ended, verdict = judge(tiny, base)
    assert (ended.code, verdict["outcome"]) == (1, "regression")
    assert "no device may be forgotten" in ended.flat
    assert cases(tiny)["test_mine"].find("failure") is not None
    assert "no device may be forgotten" in (tiny.root / "build" / "report.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["import no_such_module\n", "def test_mine(no_fixture: int) -> None: ...\n"]
)
def test_a_test_that_cannot_run_is_never_green(tiny: Project, base: str, text: str) -> None:
    (tiny.root / MINE).write_text(text, encoding="utf-8")
    tiny.commit("Add a test that cannot run")
    ended, verdict = judge(tiny, base)
    assert (ended.code, verdict["outcome"]) == (3, "invalid")


@pytest.mark.slow
def test_a_broken_base_mended_on_head_is_no_baseline(tiny: Project) -> None:
    stage = tiny.root / "clockwork" / "learning" / "stages" / "split.py"
    whole = stage.read_text(encoding="utf-8")
    stage.write_text(whole + "\ndef broken(:\n", encoding="utf-8")
    broken = tiny.commit("Break a stage")
    stage.write_text(whole, encoding="utf-8")
    tiny.commit("Mend it")
    ended, verdict = judge(tiny, broken)
    assert (ended.code, verdict["outcome"]) == (3, "invalid")
    ((_, message),) = outcomes_of(verdict, CheckId.BASELINE)
    assert message.startswith("base could not be run: ")
    assert set(verdict["commits"]) == {"head"}


@pytest.mark.slow
def test_scores_that_are_no_numbers_are_never_green(tiny: Project, base: str) -> None:
    tiny.edit(
        "clockwork/learning/stages/score.py", ".score(matrix)", '.score(matrix) * float("nan")'
    )
    tiny.commit("Spoil the scores")
    ended = tiny.run("regression", "--base", base)
    assert ended.code in (1, 2, 3), ended.text
    assert "Traceback" not in ended.text
    verdict = tiny.verdict()
    assert verdict["exit_code"] == ended.code
    assert verdict["outcome"] in ("invalid", "suspicious", "regression")


@pytest.mark.slow
def test_training_again_gives_the_same_bytes(tiny: Project) -> None:
    lock = (tiny.root / "dvc.lock").read_bytes()
    assert not tiny.git("diff", "HEAD", "--", "dvc.lock")
    stages = [f"train@{algorithm}" for algorithm in gate_settings(tiny.root).algorithms]
    tiny.dvc("repro", "--quiet", "--force", "--single-item", *stages)
    moved = tiny.git("diff", "HEAD", "--unified=3", "--", "dvc.lock")
    (tiny.root / "dvc.lock").write_bytes(lock)
    assert not moved


@pytest.mark.slow
def test_a_test_that_fails_on_base_as_well_is_red_for_the_target_branch_alone(
    tiny: Project, base: str
) -> None:
    (tiny.root / MINE).write_text(
        "def test_mine(candidate: object) -> None:\n    assert 1 == 2\n", encoding="utf-8"
    )
    broken = tiny.commit("Add a test that fails")
    (tiny.root / "NOTE.md").write_text("A note.\n", encoding="utf-8")
    tiny.commit("Write a note")
    ended, verdict = judge(tiny, broken)
    assert (ended.code, verdict["outcome"]) == (0, "pass"), ended.text
    assert ("regression", "fails on base as well: assert 1 == 2") in outcomes_of(
        verdict, CheckId.REGRESSION_TESTS
    )
    tiny.git("branch", "--force", "main", "HEAD")
    try:
        ended, verdict = judge(tiny, broken)
        assert (ended.code, verdict["outcome"]) == (1, "regression"), ended.text
    finally:
        tiny.git("branch", "--force", "main", base)
