"""A team's server, verbs against it, and a client with MLflow and nothing of this repository."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.pipeline.conftest import KEPT, Project, Projects
from tests.engine.pipeline.mlflow.server import ADMIN, PASSWORD, Server
from tests.engine.pipeline.tiny import ALGORITHMS
from tests.engine.services import Postgres

CLIENT = """
import importlib.util, json, pickle, sys
assert importlib.util.find_spec("clockwork") is None, "the repository can be imported"
unpickled = []
sys.addaudithook(
    lambda event, args: unpickled.append(args) if event == "pickle.find_class" else None
)
import mlflow, numpy, pandas

experiment = mlflow.get_experiment_by_name("clockwork")
runs = mlflow.search_runs([experiment.experiment_id], output_format="list")
lightgbm = [run for run in runs if run.info.run_name == "lightgbm"]
names = [f"{prefix}average_precision" for prefix in ("", "baseline.", "delta.")]
compared = [[run.data.metrics[name] for name in names] for run in lightgbm]

raw = pandas.concat([pandas.read_parquet(path) for path in sys.argv[2:]], ignore_index=True)
minute = raw["time"].astype("datetime64[s]").astype("int64") // 60
unpickled.clear()
model = mlflow.pyfunc.load_model("models:/clockwork-lightgbm@champion")
found = model.predict(raw[model.metadata.get_input_schema().input_names()])["score"]
during = len(unpickled)
pickle.loads(pickle.dumps(numpy.float64))
assert len(unpickled) == during + 1, "the hook hears nothing"
scored = pandas.read_parquet(sys.argv[1]).astype({"entity": str})
answers = pandas.DataFrame({"entity": raw["device"], "time": minute, "found": found})
both = scored.merge(answers, on=["entity", "time"], how="left")
print(json.dumps({
    "runs": sorted(run.info.run_name for run in runs), "compared": compared, "unpickled": during,
    "apart": float(numpy.abs(both["found"] - both["score_101"]).max()), "rows": len(both),
}))
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A team's server, which asks who it is."""
    server = Server(
        postgres.database("team"), tmp_path_factory.mktemp("team"), postgres.database("team_users")
    )
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def environ(server: Server) -> dict[str, str]:
    """What CI sets to send to it."""
    names = {"URI": server.url, "USERNAME": ADMIN, "PASSWORD": PASSWORD}
    return {f"MLFLOW_TRACKING_{name}": value for name, value in names.items()}


@pytest.fixture(scope="module")
def promoted(project: Projects, environ: dict[str, str]) -> Project:
    """A project whose last pull request was judged in full, merged, promoted, all on the server."""
    project_ = project("team")
    shutil.rmtree(project_.root / "mlruns")  # the embedded store
    merge(project_, environ, "7")
    return project_


def merge(project: Project, environ: dict[str, str], number: str) -> None:
    """Judge and promote a change that trains nothing anew, and yet is other code that serves."""
    code = project.root / "clockwork" / "learning" / "serving" / "model_code.py"
    code.write_text(f"{code.read_text(encoding='utf-8')}# {number}\n", encoding="utf-8")
    project.commit("Write a comment")
    env = {**environ, "CLOCKWORK_PULL_REQUEST": number}
    for words in (("regression", "--base", "HEAD~1"), ("promote",)):
        ended = project.run(*words, env=env)
        assert ended.code == 0, ended.text
        assert PASSWORD not in ended.text


def ask(project: Project, environ: dict[str, str], folder: Path) -> Any:
    """What the foreign client finds, in a folder with nothing in it."""
    rows = sorted(map(str, (project.root / "data").glob("*.parquet")))
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    scores = str(project.root / "build" / "scores" / "lightgbm.parquet")
    done = subprocess.run(
        [sys.executable, "-I", "-c", CLIENT, scores, *rows],
        cwd=folder,
        env={**kept, **environ, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_foreign_client_lists_compares_loads_and_scores_as_the_pipeline_did(
    promoted: Project, environ: dict[str, str], tmp_path: Path
) -> None:
    found = ask(promoted, environ, tmp_path)
    head = promoted.git("rev-parse", "HEAD")[:7]
    assert found["runs"] == sorted([f"PR 7 · {head} · regression", *ALGORITHMS])
    ((value, base, delta),) = found["compared"]
    assert (value, delta) == (base, 0)
    assert found["rows"] > 1000
    assert found["apart"] < 1e-12
    assert found["unpickled"] == 0


def test_the_outbox_is_empty_and_nothing_went_into_an_embedded_store(
    promoted: Project, environ: dict[str, str]
) -> None:
    assert "0 results wait" in promoted.run("outbox", env=environ).text
    assert not (promoted.root / "mlruns" / "mlflow.db").exists()


def test_the_champion_before_comes_back_with_one_command(
    promoted: Project, environ: dict[str, str]
) -> None:
    first = champion(promoted, environ)
    merge(promoted, environ, "8")
    assert champion(promoted, environ) != first
    back = promoted.run("rollback", env=environ)
    assert back.code == 0, back.text
    assert champion(promoted, environ) == first
    ended = promoted.run("history", env=environ)
    assert ended.code == 0
    assert ended.flat.count("lightgbm") == 2


def champion(project: Project, environ: dict[str, str]) -> str:
    """The commit of the champion, by the REST API."""
    import requests

    name = {"name": "clockwork-lightgbm", "alias": "champion"}
    address = f"{environ['MLFLOW_TRACKING_URI']}/api/2.0/mlflow/registered-models/alias"
    tags = requests.get(address, params=name, auth=(ADMIN, PASSWORD), timeout=30).json()[
        "model_version"
    ]["tags"]
    (commit,) = [tag["value"] for tag in tags if tag["key"] == "commit"]
    assert project.git("cat-file", "-t", commit).strip() == "commit"
    return str(commit)
