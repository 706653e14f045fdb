"""What was sent is in MLflow once and in full; what was not sent in full does not look whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from clockwork.settings.tracking import TrackingSettings
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.support.git import git
from clockwork.tracking import embedded, store
from clockwork.tracking.experiment import Experiment
from clockwork.tracking.record import Record
from clockwork.tracking.store import NotSent, Unreachable
from clockwork.tracking.view import SHARED_VIEW
from tests.engine.unit.conftest import commit
from tests.engine.unit.tracking.conftest import Look

SEND = """
import os, signal, sys
from pathlib import Path
from mlflow import MlflowClient
from clockwork.tracking import store
from clockwork.tracking.experiment import Experiment
from clockwork.tracking.record import Record
record, uri, dies = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "dies"
if dies:
    MlflowClient.finalize_logged_model = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
store.send(Record.model_validate_json(record.read_text()), record.parent / "packed", uri)
"""


def start(record: Record, folder: Path, uri: str, word: str) -> "subprocess.Popen[bytes]":
    """A process that sends `record` and what is in `folder`.

    One that `dies` does so before a model is whole.
    """
    path = folder / f"{record.key}.json"
    path.write_text(record.model_dump_json(), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-c", SEND, str(path), uri, word], stderr=subprocess.PIPE
    )


def test_the_environment_decides_where_results_go(
    settings: TrackingSettings, tmp_path: Path
) -> None:
    environ = {"MLFLOW_TRACKING_URI": "http://mlflow.example"}
    assert store.uri(Checkout(tmp_path), settings, environ) == "http://mlflow.example"
    assert store.uri(Checkout(tmp_path), settings, {}) == f"sqlite:///{tmp_path}/mlruns/mlflow.db"


def test_the_user_knows_better_how_long_a_server_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "99")
    store.bound(5)
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == "99"
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "1"


def test_a_run_is_complete(
    fresh: Record, files: list[Path], packed: Path, uri: str, look: Look, root: Path
) -> None:
    sent = store.send(fresh, packed, uri)
    runs = {run.info.run_name: run for run in look(fresh.key)}
    parent = runs.pop(fresh.name)
    assert parent.info.run_id == sent.run_id
    assert fresh.tags.items() <= parent.data.tags.items()
    assert parent.data.metrics == fresh.metrics
    for child in fresh.children:
        run = runs.pop(child.name)
        assert run.info.run_id == sent.children[child.name]
        assert {**child.tags, "mlflow.parentRunId": sent.run_id}.items() <= run.data.tags.items()
        assert (run.data.metrics, run.data.params) == (child.metrics, child.params)
        rows = {
            (one.dataset.name, one.dataset.digest, one.tags[0].value)
            for one in run.inputs.dataset_inputs
        }
        assert rows == {("data", "d0", "training"), ("evaluation rows", "f" * 36, "evaluation")}
    assert runs == {}
    kept = root / "mlruns" / "artifacts" / sent.run_id / "artifacts"
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == {
        f.name: f.read_bytes() for f in files
    }


def test_every_run_is_finished_at_the_time_of_the_verdict(
    fresh: Record, uri: str, look: Look
) -> None:
    store.send(fresh, None, uri)
    assert {(run.info.status, run.info.end_time) for run in look(fresh.key)} == {
        ("FINISHED", fresh.ended)
    }


def test_the_experiment_opens_with_the_columns_that_matter(fresh: Record, uri: str) -> None:
    from mlflow import MlflowClient

    store.send(fresh, None, uri)
    tags = MlflowClient(uri).get_experiment_by_name("trial").tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert "metrics.`boosting/delta.precision`" in tags[SHARED_VIEW]


def test_sending_twice_leaves_one_run_and_names_it_again(
    fresh: Record, uri: str, look: Look
) -> None:
    first = store.send(fresh, None, uri)
    assert store.send(fresh, None, uri) == first
    assert len(look(fresh.key)) == 1 + len(fresh.children)


def test_what_fails_half_way_leaves_no_run_and_no_model(
    fresh: Record, uri: str, look: Look, there: Experiment, packed: Path
) -> None:
    (packed / "children" / "0" / "model" / "MLmodel").unlink()
    with pytest.raises(NotSent, match="MLmodel"):
        store.send(fresh, packed, uri)
    assert look(fresh.key) == []
    assert models(there, fresh.key) == []


def test_a_model_is_an_entity_with_the_metrics_and_the_hashes_of_its_run(
    fresh: Record, uri: str, there: Experiment, packed: Path
) -> None:
    child = fresh.children[0].model_copy(
        update={"tags": {**fresh.children[0].tags, "served": "s0"}}
    )
    sent = store.send(
        fresh.model_copy(update={"children": [child, *fresh.children[1:]]}), packed, uri
    )
    (model,) = models(there, fresh.key)
    assert (model.name, model.source_run_id, str(model.status)) == (
        "boosting",
        sent.children["boosting"],
        "READY",
    )
    assert model.tags["served"] == "s0"
    assert {metric.key: metric.value for metric in model.metrics} == child.metrics
    (output,) = there.client.get_run(sent.children["boosting"]).outputs.model_outputs
    assert output.model_id == model.model_id


def models(there: Experiment, key: str) -> list[Any]:
    """The models of a record that MLflow shows."""
    return list(there.client.search_logged_models([there.id], f"tags.`clockwork.key` = '{key}'"))


def test_a_killed_send_leaves_nothing_that_looks_whole_and_the_next_completes_it(
    fresh: Record, uri: str, look: Look, packed: Path, tmp_path: Path, there: Experiment
) -> None:
    assert start(fresh, tmp_path, uri, "dies").wait(60) == -signal.SIGKILL
    left = [run.info.status for run in look(fresh.key)]
    assert left == ["RUNNING"] * 2, "the parent, and the first child, whose model was on its way"
    sent = store.send(fresh, packed, uri)
    assert {run.info.run_id for run in look(fresh.key)} == {sent.run_id, *sent.children.values()}
    assert [model.source_run_id for model in models(there, fresh.key)] == [
        sent.children["boosting"]
    ]


def test_a_store_that_was_moved_is_not_filled_at_its_old_place(
    fresh: Record, uri: str, tmp_path: Path, root: Path
) -> None:
    store.send(fresh, None, uri)
    artifacts = root / "mlruns" / "artifacts"
    artifacts.mkdir(exist_ok=True)
    moved = tmp_path / "mlflow.db"
    moved.write_bytes((root / "mlruns" / "mlflow.db").read_bytes())
    aside = artifacts.rename(tmp_path / "aside")
    try:
        with pytest.raises(NotSent, match="cannot move"):
            store.send(fresh, None, f"sqlite:///{moved}")
    finally:
        aside.rename(artifacts)


@pytest.mark.parametrize("more", ["", "?timeout=30"])
def test_a_store_in_a_checkout_leaves_nothing_there_that_git_sees(
    fresh: Record, repo: Path, packed: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    commit(repo, ".gitignore", "/mlflow.db\n")
    monkeypatch.chdir(repo)
    store.send(fresh, packed, f"sqlite:///mlflow.db{more}")
    assert git(repo, "status", "--porcelain") == ""
    assert sorted(path.name for path in repo.iterdir() if path.suffix != ".txt") == [
        ".git",
        ".gitignore",
        "mlflow.db",
        "mlruns",
    ]


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("http://[bad:5000", "Invalid IPv6 URL"),
        ("postgresql://ml:s3cr#et@db/mlflow", "No module named 'psycopg2'"),
    ],
)
def test_an_address_that_mlflow_cannot_use_is_one_line_and_what_was_to_be_sent_waits(
    fresh: Record, uri: str, why: str
) -> None:
    for call in (lambda: store.connect_or_refuse(uri), lambda: store.send(fresh, None, uri)):
        with pytest.raises((BadInput, Unreachable), match="MLFLOW_TRACKING_URI") as refused:
            call()
        assert why in str(refused.value)
        assert "postgresql+psycopg://" in str(refused.value)
        assert "et@" not in str(refused.value)


def test_a_store_that_the_user_named_does_not_make_the_checkout_dirty(repo: Path) -> None:
    (repo / "results.db").touch()
    (repo / "other.db").touch()
    environ = {"MLFLOW_TRACKING_URI": f"sqlite:///{repo}/results.db"}
    assert store.unsaved(Checkout(repo), environ) == ["other.db"]
    assert store.unsaved(Checkout(repo), {}) == ["other.db", "results.db"]
    assert store.unsaved(Checkout(repo), {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}) == [
        "other.db",
        "results.db",
    ]


@pytest.mark.parametrize(
    "uri",
    [
        "sqlite:///out/results.db",
        "sqlite+pysqlite:///out/results.db?timeout=9",
        "sqlite:///out/results.db#1?timeout=9",
        "file:./out/results.db",
        "file://{root}/out/results.db",
        "out/results.db",
        "out",
    ],
)
def test_a_store_of_any_kind_in_the_checkout_is_no_change(
    repo: Path, monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    monkeypatch.chdir(repo)
    environ = {"MLFLOW_TRACKING_URI": uri.format(root=quote(str(repo)))}
    (repo / "out" / "results.db").mkdir(parents=True)
    (repo / "out" / "results.db" / "meta.yaml").touch()
    if "#" in uri:
        (repo / "out" / "results.db").rename(repo / "out" / "results.db#1")
    assert store.unsaved(Checkout(repo), environ) == []
    (repo / "out" / "mine.txt").touch()
    assert store.unsaved(Checkout(repo), environ) == ([] if uri == "out" else ["out/"]), (
        "what is no store counts"
    )


def test_a_folder_that_is_made_for_a_store_is_ignored(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_fill", lambda draft, _: draft.touch())
    embedded.create(repo / "out" / "here" / "results.db")
    assert (repo / "out" / "here" / "results.db").exists()
    assert store.unsaved(Checkout(repo), {}) == []


@pytest.mark.slow
def test_eight_processes_that_start_at_once_make_one_sound_store(
    fresh: Record, tmp_path: Path
) -> None:
    from mlflow import MlflowClient

    uri = f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    records = [fresh.model_copy(update={"key": f"key{at}"}) for at in range(8)]
    senders = [start(record, tmp_path, uri, "lives") for record in records]
    reported = [sender.communicate(timeout=120)[1].decode() for sender in senders]
    assert [sender.returncode for sender in senders] == [0] * 8, reported
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("trial").experiment_id
    runs = client.search_runs([experiment], "attributes.status = 'FINISHED'")
    assert len(runs) == 8 * (1 + len(fresh.children))
