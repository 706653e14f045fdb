"""A server that is away is said within seconds; nothing is sent to one that answers."""

import time
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from clockwork.doctor.services import mlflow, remote
from clockwork.release.manifest import digest
from clockwork.support.checkout import Checkout
from clockwork.support.git import git
from clockwork.support.subprocesses import run_module
from tests.engine.unit.conftest import commit

TRACKING = "experiment: x\nstore: mlruns\ntimeout: 20\nport: 5055\n"


@pytest.fixture
def project(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with settings of tracking and of DVC, and no remote."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(repo / "none"))
    commit(repo, "configs/tracking.yaml", TRACKING)
    commit(repo, ".dvc/config", "")
    commit(repo, "data.dvc", "own")
    commit(repo, "clockwork/MANIFEST", f"{'0' * 64}  data.dvc\n")
    return repo


def test_the_store_of_this_machine_is_always_there(project: Path) -> None:
    assert mlflow(Checkout(project)).needs == ()


def test_a_server_that_answers_needs_nothing(
    project: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/health", method="GET").respond_with_data("OK")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", httpserver.url_for("/"))
    assert mlflow(Checkout(project)).needs == ()
    assert len(httpserver.log) == 1


def test_a_server_that_fails_is_reported(
    project: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/health").respond_with_data("no", status=503)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", httpserver.url_for("/"))
    assert [need.what for need in mlflow(Checkout(project)).needs] == ["it answers with status 503"]


def test_an_address_that_is_none_is_reported(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://[me:secret@bad")
    (need,) = mlflow(Checkout(project)).needs
    assert need.where == "MLflow at http://bad"


def test_a_server_that_is_away_is_reported_at_once_and_without_its_password(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    since = time.monotonic()
    (need,) = mlflow(Checkout(project)).needs
    assert time.monotonic() - since < 5
    assert need.where == "MLflow at http://127.0.0.1:9"
    assert "no answer within 3 s" in need.what
    assert "secret" not in str(need)


def test_data_of_ones_own_need_a_remote_and_the_demos_do_not(project: Path) -> None:
    assert [need.where for need in remote(Checkout(project)).needs] == [".dvc/config"]
    commit(project, "clockwork/MANIFEST", f"{digest(project / 'data.dvc')}  data.dvc\n")
    assert remote(Checkout(project)).needs == ()


def set_remote(project: Path, url: str) -> None:
    """Give DVC a default remote."""
    commit(
        project,
        ".dvc/config",
        f"[core]\n    remote = store\n['remote \"store\"']\n    url = {url}\n",
    )


def test_a_remote_that_lacks_the_data_is_reported_until_they_are_pushed(
    project: Path, tmp_path: Path
) -> None:
    commit(project, ".dvc/.gitignore", "/config.local\n/tmp\n/cache\n")
    set_remote(project, str(tmp_path / "store"))
    assert [need.what for need in remote(Checkout(project)).needs] == ["no such folder"]
    (tmp_path / "store").mkdir()
    (project / "data").mkdir()
    (project / "data" / "rows.csv").write_text("a,b\n", encoding="utf-8")
    (project / "data.dvc").unlink()
    assert run_module(project, "dvc", "add", "--quiet", "data").returncode == 0
    (need,) = remote(Checkout(project)).needs
    assert (need.what, need.remedy[:14]) == ("does not hold data, data/rows.csv", "run `dvc push`")
    assert run_module(project, "dvc", "push", "--quiet").returncode == 0
    assert remote(Checkout(project)).needs == ()


def test_a_remote_that_does_not_answer_is_reported(project: Path) -> None:
    set_remote(project, "http://me:secret@127.0.0.1:9/store")
    (need,) = remote(Checkout(project)).needs
    assert need.where == "DVC remote http://127.0.0.1:9/store"
    assert need.what.startswith("no answer within 3 s")
    assert git(project, "status", "--porcelain") == ""
