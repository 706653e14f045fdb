"""`make demo` on a tiny fleet: two pull requests, a green and a red verdict, nothing left over."""

import importlib
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clockwork.gate.catalogue import CheckId, title_of

from .conftest import ROOT, Ended, Project, Projects
from .tiny import ALGORITHMS

jsonschema: Any = importlib.import_module("jsonschema")  # it comes without types

GREEN, RED = "harmless-refactoring", "labels-late"


@dataclass(frozen=True)
class Demo:
    """A demo that was played: what it printed and left, and MLflow's runs right after it."""

    project: Project
    ended: Ended
    verdicts: dict[str, Any]
    runs: list[Any]

    def output_for(self, number: str) -> str:
        """What it printed for one pull request, up to its reports."""
        return self.ended.done.stdout.split(f"pull request {number}: ")[1].split("\nreports: ")[0]

    def cases(self, name: str) -> dict[str, ET.Element]:
        """The test cases of a pull request by their name."""
        # The file is made by this test.
        junit = ET.parse(self.project.root / "build" / "demo" / name / "junit.xml")  # noqa: S314
        return {case.get("name", ""): case for case in junit.iter("testcase")}


def play(project: Project) -> Demo:
    """Run the demo in `project`."""
    ended = project.run("demo")
    verdicts = {}
    for name in (GREEN, RED):
        assert (project.root / "build" / "demo" / name).is_dir(), ended.text
        verdicts[name] = project.verdict(f"build/demo/{name}")
    return Demo(project, ended, verdicts, runs_of(project))


def runs_of(project: Project) -> list[Any]:
    """Every run of the embedded store."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{project.root}/mlruns/mlflow.db")
    experiment = client.get_experiment_by_name("clockwork")
    assert experiment
    return list(client.search_runs([experiment.experiment_id]))


@pytest.fixture(scope="module")
def demo(project: Projects) -> Demo:
    return play(project("demo"))


def of_the_gate(verdict: Any) -> list[Any]:
    """The checks of a verdict but for the team's own tests.

    A model that got worse may lose a golden incident, too.
    """
    return [check for check in verdict["checks"] if check["id"] != CheckId.REGRESSION_TESTS]


def words(title: str) -> str:
    """A title by its words alone, however the signs between them are written."""
    return " ".join(re.findall(r"\w+", title.replace("\\xb7", " ")))


def parents_and_children(demo: Demo) -> list[tuple[Any, list[Any]]]:
    """Each parent run with its children."""
    parents = [run for run in demo.runs if "mlflow.parentRunId" not in run.data.tags]
    return [
        (p, [r for r in demo.runs if r.data.tags.get("mlflow.parentRunId") == p.info.run_id])
        for p in parents
    ]


def test_the_demo_ends_well_with_a_green_and_a_red_pull_request(demo: Demo) -> None:
    assert demo.ended.code == 0, demo.ended.text
    assert [(v["outcome"], v["exit_code"]) for v in demo.verdicts.values()] == [
        ("pass", 0),
        ("regression", 1),
    ]


def test_the_red_one_is_red_because_gating_models_got_worse(demo: Demo) -> None:
    red = [
        c for c in of_the_gate(demo.verdicts[RED]) if c["outcome"] == "regression" and c["gating"]
    ]
    assert {check["algorithm"] for check in red} <= {"lightgbm", "logistic"}
    assert any(
        check["metric"] == "average_precision" and check["estimate"]["upper"] < 0 for check in red
    )


def test_it_shows_both_verdicts_and_says_where_to_read_on(demo: Demo) -> None:
    assert "PASS" in demo.output_for("17")
    assert "REGRESSION" in demo.output_for("18")
    assert all(name in demo.output_for(number) for number in ("17", "18") for name in ALGORITHMS)
    glance = demo.ended.done.stdout.split("Two pull requests against HEAD")[1]
    assert "pass (exit 0)" in glance
    assert "regression (exit 1)" in glance
    assert "make ui" in glance


@pytest.mark.parametrize("name", [GREEN, RED])
def test_it_says_the_whole_path_of_each_report(demo: Demo, name: str) -> None:
    assert f"build/demo/{name}/report.html" in demo.ended.text


@pytest.mark.parametrize("name", [GREEN, RED])
def test_it_keeps_verdict_reports_and_junit_of_each(demo: Demo, name: str) -> None:
    folder = demo.project.root / "build" / "demo" / name
    assert {path.name for path in folder.iterdir()} == {
        "verdict.json",
        "report.md",
        "report.html",
        "junit.xml",
    }
    assert all(path.stat().st_size > 500 for path in folder.iterdir())
    summary = demo.verdicts[name]["outcome"]
    assert summary.lower() in (folder / "report.md").read_text(encoding="utf-8").lower()


def test_it_leaves_the_checkout_clean_and_only_the_base_as_a_worktree(demo: Demo) -> None:
    assert not demo.project.git("status", "--porcelain")
    head = demo.project.git("rev-parse", "HEAD").strip()
    worktrees = demo.project.git("worktree", "list", "--porcelain").split("\n\n")
    places = [
        line.removeprefix("worktree ") for block in worktrees for line in block.splitlines()[:1]
    ]
    kept = [
        path.name for path in (demo.project.root / "build" / "worktrees").iterdir() if path.is_dir()
    ]
    assert [Path(place).name for place in places] == ["project", *kept]
    assert [name[:12] for name in kept] == [head[:12]]
    assert demo.project.git("branch", "--format=%(refname:short)").split() == ["main"]


def test_the_verdicts_fit_the_schema_that_the_project_prints_and_keeps(demo: Demo) -> None:
    printed = demo.project.run("schema")
    assert printed.code == 0, printed.text
    schemas = [json.loads(printed.done.stdout)]
    kept = ROOT / "docs" / "verdict.schema.json"
    if kept.exists():
        schemas.append(json.loads(kept.read_text(encoding="utf-8")))
    for schema in schemas:
        validator = jsonschema.Draft202012Validator(schema)
        for verdict in demo.verdicts.values():
            assert not list(validator.iter_errors(verdict))
        assert list(validator.iter_errors({**demo.verdicts[RED], "exit_code": "none"}))


def test_the_harmless_one_trained_anew_and_scored_the_same_to_the_bit(demo: Demo) -> None:
    assert re.search(r"(?m)^train@logistic +[\d.]+ s$", demo.output_for("17"))
    assert "train@lightgbm" not in demo.output_for("17"), (
        "what did not change must come from the cache"
    )
    compared = [check for check in demo.verdicts[GREEN]["checks"] if check["metric"]]
    assert {check["outcome"] for check in compared} == {"unchanged"}


@pytest.mark.parametrize("name", [GREEN, RED])
def test_every_check_is_a_test_case_and_fails_where_the_gate_is_red(demo: Demo, name: str) -> None:
    cases = {
        words(case.split("[")[1]): found
        for case, found in demo.cases(name).items()
        if "test_check[" in case
    }
    checks = {
        words(
            " ".join(filter(None, [title_of(c["id"]), c["algorithm"], c["metric"], c["slice"]]))
        ): c
        for c in of_the_gate(demo.verdicts[name])
    }
    assert cases.keys() == checks.keys()
    green = {"pass", "unchanged", "improved"}
    bad = {
        title
        for title, check in checks.items()
        if check["gating"] and check["outcome"] not in green
    }
    assert {title for title, case in cases.items() if case.find("failure") is not None} == bad
    assert bool(bad) == (name == RED)
    others = {case: found for case, found in demo.cases(name).items() if "test_check[" not in case}
    lost = {case for case, found in others.items() if found.find("skipped") is None and len(found)}
    assert lost == {
        c["slice"] for c in demo.verdicts[name]["checks"] if c["id"] == CheckId.REGRESSION_TESTS
    }


def test_the_names_of_test_cases_can_be_read_by_people(demo: Demo) -> None:
    assert not [name for name in demo.cases(RED) if "\\x" in name or "\\u" in name]


def test_mlflow_holds_both_runs_with_a_child_for_each_algorithm(demo: Demo) -> None:
    found = parents_and_children(demo)
    assert {parent.data.tags["pr"] for parent, _ in found} == {"17", "18"}
    assert len(demo.runs) == 2 * (1 + len(ALGORITHMS))
    for parent, children in found:
        verdict = demo.verdicts[GREEN if parent.data.tags["pr"] == "17" else RED]
        assert {child.info.run_name for child in children} == set(ALGORITHMS)
        assert {run.info.status for run in (parent, *children)} == {"FINISHED"}
        assert parent.data.tags["verdict"] == verdict["outcome"]
        for run in (parent, *children):
            assert run.data.tags["head"] == verdict["head"]["sha"]
            assert run.data.tags["base"] == verdict["base"]["sha"]
            assert run.data.tags["branch"] == verdict["context"]["branch"]


@pytest.mark.slow
def test_a_second_demo_takes_all_from_the_cache_and_says_the_same(demo: Demo) -> None:
    again = play(demo.project)
    assert again.ended.code == 0, again.ended.text
    assert not re.search(r"(?m)^(tune|train)@\S+ +[\d.]+ s$", again.ended.text), again.ended.text
    for name in (GREEN, RED):
        assert again.verdicts[name]["checks"] == demo.verdicts[name]["checks"]
        assert again.verdicts[name]["evaluation"] == demo.verdicts[name]["evaluation"]


@pytest.mark.slow
def test_the_demo_fails_when_its_defect_does_no_harm(demo: Demo) -> None:
    recipe = demo.project.root / "seeds" / "defects" / "labels-late.yaml"
    recipe_head = recipe.read_text(encoding="utf-8").split("edits:")[0]
    edit = (
        "edits:\n"
        '  - {file: seeds/fleet.yaml, find: "seed: 20", replace: "seed: 20  # any number"}\n'
    )
    recipe.write_text(recipe_head + edit, encoding="utf-8")
    demo.project.commit("Make the defect harmless")
    done = demo.project.run("demo")
    assert done.code == 1, done.text
    assert demo.project.verdict(f"build/demo/{RED}")["exit_code"] == 0
