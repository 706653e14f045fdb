"""Telemetry of real servers, brought in by files under configs/ alone.

The code does not know which data it judges.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from clockwork.settings.gate import gate_settings

from .conftest import ROOT, Ended, Project, clone, declare

PLACE = Path(
    os.environ.get("CLOCKWORK_REAL_DATA") or Path(__file__).parents[4] / "shared" / "data" / "smd"
)
MACHINES = sorted((PLACE / "test").glob("*.parquet"))[:6]
ALGORITHMS = set(gate_settings(ROOT).algorithms)
CONFIGS = {
    "data.yaml": """
rows: data/*.parquet
entity: device
time: minute
unit: minutes
step: 1
target: label
features: ["metric_*"]
split: {train_share_of_time: 0.5, train_share_of_entities: 1.0, embargo: 60, folds: 2,
        fold_by: time}
""",
    "expectations.yaml": """
expectations:
  - {expect: column_values_to_not_be_null, columns: [entity, time, label, metric_00, metric_37]}
  - {expect: column_values_to_be_in_set, columns: [label], value_set: [0, 1]}
""",
    "features.yaml": """
every: 5
windows: {30: [mean, std]}
missing: zero
""",
    "models/lightgbm.yaml": """
params: {max_bin: 63, bagging_freq: 1, bagging_fraction: 0.8, lambda_l2: 5.0, rounds: 40}
search: {num_leaves: {low: 7, high: 31, log: true}}
start: [{num_leaves: 15}]
""",
}
GOLDEN = "tests/regression/golden.yaml"
PRESENT = pytest.mark.skipif(
    len(MACHINES) < 6, reason="no real telemetry here: set CLOCKWORK_REAL_DATA"
)
pytestmark = [PRESENT, pytest.mark.slow]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """This project as its first commit; on top of it, another data set with settings of its own."""
    made = clone(tmp_path_factory.mktemp("real") / "project")
    made.commit("The project as it is")
    (made.root / "data").mkdir()
    for machine in MACHINES:
        shutil.copy2(machine, made.root / "data")
    made.pin()
    for name, text in CONFIGS.items():
        (made.root / "configs" / name).write_text(text.lstrip(), encoding="utf-8")
    (made.root / GOLDEN).write_text("incidents: []\nquiet: []\n", encoding="utf-8")
    made.set("configs/models/isolation_forest.yaml", "params", "{trees: 20, sample: 512}")
    made.set("configs/tuning.yaml", "trials", 2)
    made.set("configs/training.yaml", "seeds", "[101, 102]")
    made.set("configs/gate.yaml", "min_positive_clusters", 15)
    made.set("configs/gate.yaml", "resamples", "400\nblock: 1440")
    declare(made)
    made.commit("Watch real servers")
    return made


@pytest.fixture(scope="module")
def judged(real: Project) -> tuple[Ended, Any]:
    """A pull request that changes one setting of one algorithm, judged on the real rows."""
    real.edit("configs/models/robust_z.yaml", "top: 3", "top: 2")
    real.commit("Look at two features, not three")
    ended = real.run("regression", "--base", "HEAD~1")
    return ended, real.verdict() if (real.root / "build" / "verdict.json").exists() else None


def test_real_servers_get_a_real_verdict(judged: tuple[Ended, Any]) -> None:
    ended, verdict = judged
    assert (ended.code, verdict["exit_code"], verdict["outcome"]) == (0, 0, "pass"), ended.text
    assert verdict["evaluation"]["rows"] > 10_000
    assert verdict["evaluation"]["positive_clusters"] >= 15
    assert verdict["evaluation"]["cluster"] == "entity x 1440 minutes"
    assert all(one["success"] for one in verdict["findings"])


def test_every_algorithm_is_judged_on_real_servers(judged: tuple[Ended, Any]) -> None:
    ended, verdict = judged
    compared = [
        check
        for check in verdict["checks"]
        if check["estimate"] and check["metric"] == "average_precision"
    ]
    assert {check["algorithm"] for check in compared} == ALGORITHMS, ended.text
    assert all(0 < check["estimate"]["head"] <= 1 for check in compared)
    prevalence = verdict["evaluation"]["positives"] / verdict["evaluation"]["rows"]
    best = max(check["estimate"]["head"] for check in compared)
    assert best > 2 * prevalence, "the models must have learnt something"
    outcomes = {check["algorithm"]: check["outcome"] for check in compared}
    assert outcomes.pop("robust_z") != "unchanged", "what was changed must have been judged anew"
    assert set(outcomes.values()) == {"unchanged"}


def test_reports_are_written_for_real_servers(real: Project, judged: tuple[Ended, Any]) -> None:
    for name in ("report.html", "report.md", "junit.xml"):
        assert (real.root / "build" / name).stat().st_size > 1000, judged[0].text


@pytest.mark.usefixtures("judged")
def test_only_settings_and_data_differ_from_the_project_as_it_is(real: Project) -> None:
    first = real.git("rev-list", "--max-parents=0", "HEAD").strip()
    changed = real.git("diff", "--name-only", first, "HEAD").split()
    assert "data.dvc" in changed
    assert not [
        name
        for name in changed
        if not name.startswith("configs/") and name not in ("data.dvc", "dvc.lock", GOLDEN)
    ]


@pytest.mark.usefixtures("judged")
def test_a_defect_is_found_on_real_servers(real: Project) -> None:
    real.edit(
        "clockwork/learning/stages/train.py",
        "x, labels_of(rows[train]), names",
        "x, 1 - labels_of(rows[train]), names",
    )
    real.commit("Turn the labels round")
    ended = real.run("regression", "--base", "HEAD~2", "--quick")
    assert ended.code == 1, ended.text
    red = {
        check["algorithm"] for check in real.verdict()["checks"] if check["outcome"] == "regression"
    }
    assert "lightgbm" in red
