"""A table of one's own, adopted in a clone.

What comes of it is one commit, a pipeline that has run, and nothing of the demo left or missed.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from .conftest import Ended, Project, clone

ROWS = 800


def machines() -> pd.DataFrame:
    """Parts that failed, by heat and load.

    They are a file of one country's decimals, with a leak and a row number.
    """
    rng = np.random.default_rng(5)
    heat, load = rng.normal(60, 10, ROWS), rng.normal(size=ROWS)
    failed = rng.random(ROWS) < 1 / (1 + np.exp(-(heat - 62) / 5 - load))
    return pd.DataFrame(
        {
            "id": np.arange(1, ROWS + 1),
            "Hitze": heat.round(2),
            "Last": load.round(3),
            "Stra\u00dfe": rng.choice(["Nord", "S\u00fcd"], ROWS),
            "seit": (
                pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS) % 360, "D")
            ).strftime("%d.%m.%Y"),
            "repair_cost": np.where(failed, rng.gamma(2, 100, ROWS), 0).round(1),
            "state": np.where(failed, "failed", "ok"),
        }
    )


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Ended]:
    """This project after the adoption, and what that printed."""
    place = tmp_path_factory.mktemp("machines")
    project = clone(place / "project")
    project.set("configs/tuning.yaml", "trials", 1)
    project.set("configs/training.yaml", "seeds", "[101, 102]")
    project.set("configs/training.yaml", "pool", "[103, 104]")
    project.commit("The project as it is")
    for key, value in (("name", "Somebody"), ("email", "somebody@example.org")):
        project.git("config", f"user.{key}", value)
    machines().to_csv(place / "machines.csv", index=False, sep=";", decimal=",", encoding="latin1")
    return project, project.run("adopt", "--data", str(place / "machines.csv"), "--target", "state")


def test_the_branch_has_one_commit_and_the_tree_is_clean(adopted: tuple[Project, Ended]) -> None:
    project, ended = adopted
    assert ended.code == 0, ended.text
    assert project.git("log", "--format=%s").splitlines() == [
        "Predict state in machines",
        "The project as it is",
    ]
    assert project.git("symbolic-ref", "--short", "HEAD").strip() == "adopt-machines"
    assert project.git("status", "--porcelain") == ""
    assert [
        line.split(" ", 2)[2][:6]
        for line in ended.text.splitlines()
        if line.startswith("question 1")
    ] == ["'repai"]


def test_the_configs_say_what_the_file_is(adopted: tuple[Project, Ended]) -> None:
    data = yaml.safe_load((adopted[0].root / "configs" / "data.yaml").read_text(encoding="utf-8"))
    assert data["csv"] == {"separator": ";", "decimal": ",", "encoding": "latin1"}
    assert (data["target"], data["positive"], data["time"]) == ("state", "failed", "seit")
    assert data["dates"] == {"seit": "%d.%m.%Y"}
    assert data["exclude"] == ["id", "repair_cost"]


def test_the_pipeline_has_run_and_every_probe_holds(adopted: tuple[Project, Ended]) -> None:
    root = adopted[0].root
    probes = json.loads((root / "build" / "probes.json").read_text(encoding="utf-8"))["probes"]
    assert [probe["message"] for probe in probes if not probe["held"]] == []
    assert adopted[0].call("run").text.startswith("nothing changed")
    gate = yaml.safe_load((root / "configs" / "gate.yaml").read_text(encoding="utf-8"))
    assert gate["margin"] >= 0.03


@pytest.mark.slow
def test_its_own_pull_request_is_a_first_baseline(adopted: tuple[Project, Ended]) -> None:
    project = adopted[0]
    ended = project.run("regression")
    assert ended.code == 0, ended.text
    verdict = project.verdict()
    assert (verdict["outcome"], verdict["base"]["sha"]) == (
        "first baseline",
        project.git("rev-parse", "main").strip(),
    )
    assert "base has the models of the template's demo" in verdict["summary"]
    assert {check["algorithm"] for check in verdict["checks"] if check["estimate"]} >= {
        "lightgbm",
        "logistic",
    }


@pytest.mark.slow
def test_the_projects_tests_and_lint_hold_nothing_of_the_demo(
    adopted: tuple[Project, Ended],
) -> None:
    project = adopted[0]
    assert not (project.root / "seeds").exists()
    assert not (project.root / "tests" / "engine").exists()
    tests = project.python("pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow")
    assert tests.returncode == 0, tests.stdout
    for words in (("check",), ("format", "--check")):
        assert project.python("ruff", *words, ".").returncode == 0
    assert "demo" not in (project.root / "README.md").read_text(encoding="utf-8")
    assert "tests/engine" not in (project.root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert project.python("pytest", "-q", "-p", "no:cacheprovider", "-m", "slow").returncode == 5


@pytest.mark.slow
def test_the_next_pull_request_gets_a_verdict(adopted: tuple[Project, Ended]) -> None:
    project = adopted[0]
    (project.root / "notes.md").write_text("Nothing.\n", encoding="utf-8")
    project.commit("Note nothing")
    ended = project.run("regression", "--base", "HEAD~1")
    assert ended.code == 0, ended.text
    assert project.verdict()["outcome"] == "pass"


def test_adopting_again_proposes_and_writes_nothing(
    adopted: tuple[Project, Ended], tmp_path: Path
) -> None:
    project = adopted[0]
    machines().assign(wear=np.arange(ROWS) % 7).to_csv(tmp_path / "machines.csv", index=False)
    before = project.git("status", "--porcelain")
    ended = project.call("adopt", "--data", str(tmp_path / "machines.csv"), "--target", "state")
    assert ended.code == 0, ended.text
    assert "configs/data.yaml (proposed)" in ended.text
    assert project.git("status", "--porcelain") == before


@pytest.mark.slow
def test_the_audit_is_of_its_own_data_and_says_so(adopted: tuple[Project, Ended]) -> None:
    project = adopted[0]
    ended = project.run("audit")
    assert ended.code in (0, 1), ended.text
    assert "no planted defects here" in ended.flat
    found = json.loads(
        (project.root / "build" / "audit" / "audit.json").read_text(encoding="utf-8")
    )
    assert found["planted"] == 0
    assert [one["algorithm"] for one in found["replay"]] == ["lightgbm"]
    assert found["replay"][0]["blocked"] <= 0.015


@pytest.mark.slow
def test_an_existing_repository_gets_it_on_a_branch_and_keeps_what_it_has(tmp_path: Path) -> None:
    engine, theirs = clone(tmp_path / "engine"), Project(tmp_path / "theirs")
    engine.set("configs/tuning.yaml", "trials", 2)
    engine.commit("The project as it is")
    (theirs.root / "tests" / "unit").mkdir(parents=True)
    for name in ("README.md", "Makefile", "tests/unit/__init__.py", ".gitignore"):
        (theirs.root / name).write_text("# ours\n", encoding="utf-8")
    theirs.git("init", "--quiet", "--initial-branch", "trunk")
    for key, value in (("name", "Somebody"), ("email", "somebody@example.org")):
        theirs.git("config", f"user.{key}", value)
    theirs.commit("Ours")
    machines().to_csv(tmp_path / "machines.csv", index=False)
    table = str(tmp_path / "machines.csv")
    ended = engine.run("adopt", "--data", table, "--target", "state", "--into", str(theirs.root))
    assert ended.code == 0, ended.text
    assert engine.git("status", "--porcelain") == ""
    assert theirs.git("log", "--format=%s").splitlines() == ["Predict state in machines", "Ours"]
    assert theirs.git("status", "--porcelain") == ""
    changed = theirs.git("diff", "--name-status", "trunk", "HEAD").splitlines()
    assert [line for line in changed if not line.startswith("A")] == ["M\t.gitignore"]
    assert {"A\tMakefile.clockwork", "A\tREADME.md.clockwork", "A\tdvc.yaml"} <= set(changed)
    judged = theirs.run("regression", "--base", "trunk", "--quick")
    assert judged.code == 0, judged.text
    assert theirs.verdict()["outcome"] == "first baseline"
