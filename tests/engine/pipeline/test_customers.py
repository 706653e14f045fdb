"""Customers in a CSV file, by configs/ alone, to a verdict.

They have no time and no entity, but categories, a date and text.
"""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from .conftest import Ended, Project, clone, declare

ROWS = 2400
pytestmark = pytest.mark.slow
PLANS = ["basic", "family", "gold", "old", "student", "trial"]
LEAVING = [0.2, 0.1, 0.05, 0.8, 0.15, 0.7]
WORDS = (["slow", "broken", "refund", "angry"], ["thanks", "fine", "quick", "friendly"])
CONFIGS = {
    "data.yaml": """
# Customers.
rows: data/*.csv
csv: {separator: ";"}
target: left
positive: yes
slices: [region]
text: [note]
""",
    "expectations.yaml": """
# What must hold.
expectations:
  - {expect: column_values_to_be_in_set, columns: [label], value_set: [0, 1]}
""",
    "features.yaml": "# The columns themselves.\nevery: 1\n",
    "gate.yaml": """
# The gate.
algorithms: {lightgbm: gating, logistic: gating, robust_z: watched}
primary: average_precision
margin: 0.08
credible_gain: 0.3
alpha_pass: 0.05
alpha_block: 0.01
resamples: 400
min_positive_clusters: 30
guardrails: {roc_auc: {margin: 0.06}}
slices: {margin: 0.3, alpha: 0.05, min_positive_clusters: 20}
churn: 0.25
costs: {features: 3.0, scoring: 3.0, training: 3.0, size: 3.0}
cannot_tell: red
target_branch: main
""",
    "alerts.yaml": "# When to call.\nthresholds: {}\n",
    "training.yaml": "# Seeds.\nseeds: [101, 102]\npool: [103, 104]\n",
    "models/lightgbm.yaml": """
# Trees.
params: {max_bin: 63, bagging_freq: 1, bagging_fraction: 0.8, lambda_l2: 5.0, rounds: 40}
search: {num_leaves: {low: 7, high: 31, log: true}}
start: [{num_leaves: 15}]
""",
}


def customers() -> pd.DataFrame:
    """Who left, mostly by plan and by what they wrote."""
    rng = np.random.default_rng(8)
    plan = rng.integers(0, len(PLANS), ROWS)
    left = rng.random(ROWS) < np.array(LEAVING)[plan]
    notes = [
        " ".join(rng.choice(WORDS[int(bad)], 3))
        for bad in rng.random(ROWS) < np.where(left, 0.2, 0.8)
    ]
    return pd.DataFrame(
        {
            "left": np.where(left, "yes", "no"),
            "plan": np.array(PLANS)[plan],
            "region": rng.choice(["north", "south"], ROWS),
            "since": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 700, ROWS), unit="D"),
            "age": np.where(rng.random(ROWS) < 0.1, np.nan, rng.integers(18, 90, ROWS)),
            "note": notes,
        }
    )


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Ended]:
    """This project with the customers' rows and configs, and what its first run printed."""
    made = clone(tmp_path_factory.mktemp("customers") / "project")
    made.commit("The project as it is")
    (made.root / "data").mkdir()
    customers().to_csv(made.root / "data" / "customers.csv", sep=";", index=False)
    made.pin()
    for name, text in CONFIGS.items():
        (made.root / "configs" / name).write_text(text.lstrip(), encoding="utf-8")
    (made.root / "configs" / "models" / "isolation_forest.yaml").unlink()
    (made.root / "tests" / "regression" / "golden.yaml").write_text(
        "incidents: []\nquiet: []\n", encoding="utf-8"
    )
    made.set("configs/tuning.yaml", "trials", 2)
    declare(made)
    ran = made.call("run")
    made.commit("Customers")
    return made, ran


def judged(project: Project, subject: str, *words: str) -> tuple[Ended, Any]:
    """The verdict on what lies in the checkout, against the adoption."""
    project.commit(subject)
    ended = project.call("regression", "--base", "HEAD~1", *words)
    found = project.verdict() if (project.root / "build" / "verdict.json").exists() else {}
    project.git("reset", "--quiet", "--hard", "HEAD~1")
    return ended, found


def test_the_first_run_says_what_it_took_for_granted(adopted: tuple[Project, Ended]) -> None:
    ran = adopted[1]
    assert ran.code == 0, ran.text
    assert "entity: each row by itself" in ran.flat
    assert "split.by: random" in ran.flat


def test_every_probe_holds_or_says_that_it_does_not_apply(adopted: tuple[Project, Ended]) -> None:
    probes = json.loads((adopted[0].root / "build" / "probes.json").read_text(encoding="utf-8"))[
        "probes"
    ]
    assert [probe["message"] for probe in probes if not probe["held"]] == []
    assert sum("does not apply: the data have no time" in probe["message"] for probe in probes) == 2


def test_a_harmless_change_is_green(adopted: tuple[Project, Ended]) -> None:
    project = adopted[0]
    project.edit("configs/models/robust_z.yaml", "top: 3", "top: 2")
    ended, verdict = judged(project, "Look at two features, not three")
    assert (ended.code, verdict["outcome"]) == (0, "pass"), ended.text
    assert [account["stage"] for account in verdict["accounts"]][:2] == ["validate", "features"]
    assert "nan" not in ended.text.lower().replace("finan", "")


@pytest.mark.parametrize("column", ["plan", "note"])
def test_a_column_that_is_dropped_is_red(adopted: tuple[Project, Ended], column: str) -> None:
    project, text = adopted[0], "text: [note]"
    project.edit(
        "configs/data.yaml",
        text,
        f"exclude: [{column}]" + (f"\n{text}" if column != "note" else ""),
    )
    ended, verdict = judged(project, f"Do without the {column}", "--quick")
    assert ended.code == 1, ended.text
    losses = [
        check["outcome"]
        for check in verdict["checks"]
        if check["metric"] == "average_precision"
        and check["algorithm"] == "lightgbm"
        and check["estimate"]
    ]
    assert "regression" in losses, verdict["summary"]
