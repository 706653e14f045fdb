"""Two classes, several, numbers and lists.

A tiny table of each is learnt from by configs/ alone, and served.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.gate.registry import TASKS as GATE
from clockwork.learning.keys import QUERY, TARGET
from clockwork.learning.scores import seeds_of
from clockwork.learning.serving.contents import Contents
from clockwork.learning.serving.package import save
from clockwork.learning.stages import features, score, split, train, tune, validate
from clockwork.learning.tables import read_json
from clockwork.learning.targets import classes_of
from clockwork.support.errors import BadInput
from clockwork.support.paths import FEATURES, METRICS, MODELS, SCORES, SPLIT, TUNING

from .conftest import Project, clone, declare

ROOT = Path(__file__).resolve().parents[3]
ROWS = 600
ALGORITHMS = ("lightgbm", "linear", "naive")
PRIMARY = {name: GATE[name].primary for name in ("binary", "multiclass", "regression", "ranking")}
DATA: dict[str, str] = {
    "binary": "rows: data/*.csv\ntarget: left\npositive: yes\nslices: [plan]\n",
    "multiclass": "rows: data/*.csv\ntask: multiclass\ntarget: kind\n",
    "regression": "rows: data/*.parquet\ntask: regression\ntarget: price\nslices: [plan]\n",
    "ranking": "rows: data/*.csv\ntask: ranking\ntarget: relevance\nquery: search\n",
}
CONFIGS = {
    "features.yaml": "# The columns themselves.\nevery: 1\n",
    "expectations.yaml": (
        "# None.\nexpectations:\n  - {expect: column_values_to_not_be_null, columns: [label]}\n"
    ),
    "alerts.yaml": "# None.\nthresholds: {}\n",
    "training.yaml": "# Seeds.\nseeds: [101, 102]\npool: [103]\n",
    "models/lightgbm.yaml": """# Trees.
params: {rounds: 30, min_data_in_leaf: 5}
search: {num_leaves: {low: 4, high: 15}}
start: [{num_leaves: 7}]
trials: 2
""",
}


def table(task: str) -> pd.DataFrame:
    """A target that two numbers, of which some are missing, and a plan say much of."""
    rng = np.random.default_rng(5)
    plan, size, age = rng.integers(0, 4, ROWS), rng.normal(size=ROWS), rng.normal(size=ROWS)
    worth = size + np.array([0, 3, 1, 2])[plan] + rng.normal(size=ROWS) / 4
    target: dict[str, Any] = {
        "binary": {"left": np.where(worth > 2, "yes", "no")},
        "multiclass": {"kind": np.array(["2", "10", "b c"])[np.digitize(worth, [1, 2.5])]},
        "regression": {"price": np.round(100 * np.exp(worth / 2), 2)},
        "ranking": {
            "relevance": np.digitize(worth, [1.5, 3]),
            "search": rng.permutation(np.arange(ROWS) // 8),
        },
    }[task]
    shown = {
        "plan": np.array(["a", "b", "c", "d"])[plan],
        "size": size,
        "age": np.where(age > 1, np.nan, age),
    }
    return pd.DataFrame({**target, **shown})


def write(task: str, root: Path) -> None:
    (root / "data").mkdir(exist_ok=True)
    if "parquet" in DATA[task]:
        table(task).to_parquet(root / "data" / "rows.parquet", index=False)
    else:
        table(task).to_csv(root / "data" / "rows.csv", index=False)
    for name, text in {**CONFIGS, "data.yaml": f"# The data.\n{DATA[task]}"}.items():
        (root / "configs" / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module", params=list(DATA))
def learned(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """A task, and a checkout in which the stages from the raw rows to the scores have run."""
    task, root = request.param, tmp_path_factory.mktemp(request.param)
    for name in ("clockwork", "pipelines"):
        (root / name).symlink_to(ROOT / name)
    (root / "configs" / "models").mkdir(parents=True)
    for name in ("engine", "tuning", "models/linear", "models/naive"):
        (root / "configs" / f"{name}.yaml").write_bytes(
            (ROOT / "configs" / f"{name}.yaml").read_bytes()
        )
    write(task, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for stage in (validate, features, split):
            stage.main()
        for name in ALGORITHMS:
            for of_algorithm in (tune, train, score):
                of_algorithm.main(name)
        yield task, root


def test_what_is_learnt_beats_the_naive_model_by_the_metric_of_the_task(
    learned: tuple[str, Path],
) -> None:
    task, root = learned
    found = {name: read_json(root / METRICS / f"{name}.json") for name in ALGORITHMS}
    sign, primary = GATE[task].metrics[PRIMARY[task]].sign, PRIMARY[task]
    for name in ("lightgbm", "linear"):
        assert sign * found[name][primary] > sign * found["naive"][primary]
        assert set(found[name]) <= set(GATE[task].metrics)
        assert np.isfinite(list(found[name].values())).all()


def test_score_files_have_the_columns_of_the_task(learned: tuple[str, Path]) -> None:
    task, root = learned
    scored = pd.read_parquet(root / SCORES / "lightgbm.parquet")
    seeds = seeds_of(scored)
    assert list(seeds) == ["101", "102"]
    classes = ["2", "10", "b c"] if task == "multiclass" else []
    assert seeds["101"] == ([f"score_101_{name}" for name in classes] or ["score_101"])
    assert list(classes_of(scored)) == classes
    assert read_json(root / MODELS / "lightgbm" / "about.json")["classes"] == classes
    assert scored[TARGET].dtype == {"binary": np.int8, "multiclass": scored[TARGET].dtype}.get(
        task, np.float64
    )
    assert (QUERY in scored) is (task == "ranking")


def test_the_search_went_by_the_metric_of_the_task(learned: tuple[str, Path]) -> None:
    task, root = learned
    found = read_json(root / TUNING / "lightgbm.json")
    assert len(found["trials"]) == 2
    assert (found["score"] < 0) is (task in ("multiclass", "regression"))
    assert len(found["trials"][0]["curve"]) > 1


def test_lists_stand_on_one_side_and_in_one_fold(learned: tuple[str, Path]) -> None:
    task, root = learned
    rows = pd.read_parquet(root / SPLIT)
    if task == "ranking":
        assert (rows.groupby(QUERY, observed=True)[["part", "fold"]].nunique() == 1).all().all()
    accounts = read_json(root / FEATURES / "account.json")
    assert (accounts["positives"] is None) is (task in ("multiclass", "regression"))


def test_a_served_model_answers_as_its_task_does(learned: tuple[str, Path], tmp_path: Path) -> None:
    import mlflow

    task, root = learned
    save(Contents(root, "linear"), tmp_path / "packed")
    model = mlflow.pyfunc.load_model(str(tmp_path / "packed"))
    rows = table(task)[["plan", "size", "age"]][:40].assign(
        plan=lambda some: some["plan"].where(some.index > 0, "new")
    )
    answers = model.predict(rows)
    assert list(answers) == model.metadata.get_output_schema().input_names()
    named = {
        "multiclass": ["score_2", "score_10", "score_b c", "prediction"],
        "regression": ["score", "prediction"],
    }
    assert list(answers) == named.get(task, ["score"])
    scores = answers.filter(like="score").to_numpy()
    assert np.isfinite(scores).all()
    if task == "multiclass":
        assert answers["prediction"].tolist() == [
            ["2", "10", "b c"][at] for at in scores.argmax(axis=1)
        ]
        np.testing.assert_allclose(scores.sum(axis=1), 1)


def test_a_learner_of_two_classes_alone_is_one_line(learned: tuple[str, Path]) -> None:
    task, root = learned
    (root / "configs" / "models" / "robust_z.yaml").write_text(
        "params: {top: 3}\n", encoding="utf-8"
    )
    if task == "binary":
        tune.main("robust_z")
        return
    with pytest.raises(
        BadInput, match=rf"pipelines/models/robust_z\.py learns binary, and the target .* is {task}"
    ):
        tune.main("robust_z")


@pytest.mark.slow
@pytest.mark.parametrize("task", ["multiclass", "regression", "ranking"])
def test_the_whole_graph_runs_and_every_probe_holds(task: str, tmp_path: Path) -> None:
    project: Project = clone(tmp_path / "project")
    project.commit("The project as it is")
    write(task, project.root)
    gate = project.root / "configs" / "gate.yaml"
    text = gate.read_text(encoding="utf-8")
    roles = "algorithms: {lightgbm: gating, linear: watched, naive: watched}\n"
    text = re.sub(r"(?s)algorithms:\n.*?(?=primary:)", roles, text)
    text = re.sub(r"primary: \w+", f"primary: {PRIMARY[task]}", text)
    gate.write_text(
        re.sub(r"(?s)guardrails:.*?(?=slices:)", "guardrails: {}\n", text), encoding="utf-8"
    )
    project.pin()
    declare(project)
    ran = project.run("run")
    assert ran.code == 0, ran.text
    probes = json.loads((project.root / "build" / "probes.json").read_text(encoding="utf-8"))[
        "probes"
    ]
    assert [probe["message"] for probe in probes if not probe["held"]] == []
