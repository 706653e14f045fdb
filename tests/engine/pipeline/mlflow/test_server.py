"""The real server on PostgreSQL with MLflow's sign-in: all of a run is there for who may see it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from clockwork.tracking import outbox, store
from clockwork.tracking.experiment import Experiment
from clockwork.tracking.outbox import Failure
from clockwork.tracking.record import record
from clockwork.tracking.registry import Registered, model_name
from clockwork.tracking.runs import Sent
from clockwork.verdict.schema import Verdict
from tests.engine.pipeline.mlflow.conftest import SETTINGS, Log
from tests.engine.pipeline.mlflow.server import (
    ADMIN,
    PASSWORD,
    Server,
    block,
    documented,
    fresh_settings,
)
from tests.engine.services import Postgres
from tests.engine.unit.tracking.conftest import NOW, packing

pytestmark = pytest.mark.slow
CI = ("ci", "the build server's password")


@pytest.fixture(scope="module")
def server(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks who it is; `ci` may write there, made with the document's own command."""
    databases = postgres.database("mlflow"), postgres.database("users")
    server = Server(databases[0], tmp_path_factory.mktemp("server"), sign_in=databases[1])
    try:
        server.start()
        environ = {"MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD, "MLFLOW_TRACKING_PASSWORD": CI[1]}
        words = ["sh", "-c", block("users/create")]
        env = {**os.environ, **environ, "MLFLOW_TRACKING_URI": server.url}
        made = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        yield server
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def signed_in(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the document tells CI to set."""
    fresh_settings(monkeypatch, server)
    for name, value in zip(("USERNAME", "PASSWORD"), CI, strict=True):
        monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)


def ask(
    server: Server, path: str, who: tuple[str, str] | None = CI, **words: Any
) -> requests.Response:
    """What the server answers to a request for `path`: GET with `params`, POST with `json`."""
    verb = "POST" if "json" in words else "GET"
    return requests.request(verb, f"{server.url}/{path}", auth=who, timeout=30, **words)


def answer(server: Server, path: str, **words: Any) -> Any:
    """The answer of MLflow's REST API."""
    found = ask(server, f"api/2.0/mlflow/{path}", **words)
    assert found.status_code == 200, found.text
    return found.json()


def test_nobody_reads_without_signing_in(server: Server) -> None:
    wanted = {"json": {"max_results": 1}}
    assert ask(server, "api/2.0/mlflow/experiments/search", None, **wanted).status_code == 401
    assert (
        ask(server, "api/2.0/mlflow/experiments/search", (ADMIN, "guess"), **wanted).status_code
        == 401
    )
    assert ask(server, "api/2.0/mlflow/experiments/search", CI, **wanted).status_code == 200


def test_a_host_that_the_document_does_not_allow_is_turned_away(server: Server) -> None:
    allowed = documented()["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")[0]
    codes = [
        ask(server, "", headers={"Host": host}).status_code for host in (allowed, "evil.example")
    ]
    assert codes == [200, 403]


def test_it_listens_on_loopback_alone() -> None:
    assert documented()["MLFLOW_HOST"] == "127.0.0.1"


def test_a_verdict_is_there_in_full(server: Server, files: list[Path], log: Log) -> None:
    sent = log()
    assert isinstance(sent, Sent), sent
    wanted = {
        "experiment_ids": [sent.experiment_id],
        "filter": f"tags.`clockwork.key` = '{sent.key}'",
    }
    runs = {
        run["info"]["run_name"]: run for run in answer(server, "runs/search", json=wanted)["runs"]
    }
    assert {run["info"]["status"] for run in runs.values()} == {"FINISHED"}
    assert runs.keys() == {"PR 17 · a1b2c3d · regression", "boosting", "linear"}
    tags = {tag["key"]: tag["value"] for tag in runs["boosting"]["data"]["tags"]}
    assert (tags["mlflow.parentRunId"], tags["served"]) == (sent.run_id, "s0")
    metrics = {metric["key"]: metric["value"] for metric in runs["boosting"]["data"]["metrics"]}
    assert metrics["delta.precision"] == -0.25
    listed = answer(server, "artifacts/list", params={"run_id": sent.run_id})["files"]
    assert {file["path"] for file in listed} == {file.name for file in files}
    whole = ask(server, "get-artifact", params={"run_uuid": sent.run_id, "path": "verdict.json"})
    assert whole.text == "this is verdict.json"
    (model,) = answer(server, "logged-models/search", json=wanted)["models"]
    assert model["info"]["source_run_id"] == sent.children["boosting"]
    assert model["info"]["status"] == "LOGGED_MODEL_READY"
    kept = answer(server, f"logged-models/{model['info']['model_id']}/artifacts/directories")[
        "files"
    ]
    assert [file["path"] for file in kept] == ["MLmodel"]


def test_with_a_wrong_password_the_run_waits_and_the_right_one_sends_it(
    server: Server,
    log: Log,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "an old password")
    failure = log()
    assert isinstance(failure, Failure)
    assert "\n" not in failure.message
    assert "401" in failure.message
    printed = capfd.readouterr()
    assert "an old password" not in failure.message + printed.out + printed.err
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", CI[1])
    (sent,) = outbox.deliver(tmp_path / "mlruns" / "outbox", server.url, SETTINGS.timeout)
    assert isinstance(sent, Sent)
    assert sent.key == failure.key


def test_a_password_in_the_address_is_never_printed(
    server: Server, log: Log, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("USERNAME", "PASSWORD"):
        monkeypatch.delenv(f"MLFLOW_TRACKING_{name}")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url.replace("//", "//ci:an-old-password@"))
    failure = log()
    assert isinstance(failure, Failure)
    printed = capfd.readouterr()
    assert "an-old-password" not in failure.message + printed.out + printed.err


def test_what_was_tested_is_promoted_there_and_rolled_back(
    server: Server, verdict: Verdict, files: list[Path], tmp_path: Path
) -> None:
    green = verdict.model_copy(update={"outcome": "pass", "exit_code": 0})
    client = store.connect(server.url)
    for served in ("s1", "s2"):
        key = uuid4().hex
        tags = {"boosting": {"model": "m", "served": served}}
        made = record(green, NOW, key, "promoting").with_tags(tags)
        packing(files)(tmp_path / key)
        sent = store.send(made, tmp_path / key, server.url)
        there = Experiment(client, sent.experiment_id, "promoting", server.url)
        model = Registered(client, model_name("promoting", "boosting"))
        (child,) = there.runs(f"tags.served = '{served}'")
        version = model.add(
            child.info.run_id, child.outputs.model_outputs[0].model_id, {"served": served}, "tested"
        )
        model.name_it(version, "champion")
    assert served_now(server, model.name) == "s2"
    model.roll_back(None, "2026-03-01 12:00")
    assert served_now(server, model.name) == "s1"


def served_now(server: Server, name: str) -> str:
    """What the champion serves, as the REST API tells it."""
    found = answer(server, "registered-models/alias", params={"name": name, "alias": "champion"})
    (served,) = [tag["value"] for tag in found["model_version"]["tags"] if tag["key"] == "served"]
    return str(served)


def test_a_backup_brings_back_what_was_there(
    server: Server, postgres: Postgres, tmp_path: Path
) -> None:
    dump, restore = block("pg_dump").splitlines()
    client = store.connect(server.url)
    client.create_experiment("kept")
    in_database(postgres, dump, tmp_path)
    client.create_experiment("too late")
    in_database(postgres, restore, tmp_path)
    names = {
        one["name"]
        for one in answer(server, "experiments/search", json={"max_results": 50})["experiments"]
    }
    assert "kept" in names
    assert "too late" not in names


def in_database(postgres: Postgres, command: str, folder: Path) -> None:
    """Run a command of the document with PostgreSQL's own tools."""
    import pgserver

    tools = Path(pgserver.__file__).parent / "pginstall" / "bin"
    env = {**os.environ, "DATABASE": postgres.server.get_uri(database="mlflow")}
    env["PATH"] = os.pathsep.join([str(tools), env["PATH"]])
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
