"""The server dies while a run is written: once it is back, every run is there once and whole."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from clockwork.tracking import outbox, store
from clockwork.tracking.outbox import Failure
from clockwork.tracking.record import KEY, Child, Record, record
from clockwork.tracking.runs import PARENT, Sent
from clockwork.verdict.schema import Verdict
from tests.engine.pipeline.mlflow.conftest import SETTINGS
from tests.engine.pipeline.mlflow.server import Server, fresh_settings
from tests.engine.services import Postgres
from tests.engine.unit.tracking.conftest import NOW, packing

KILLS = 8


@pytest.fixture
def server(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of a test's own, to be killed."""
    server = Server(postgres.database(tmp_path.name), tmp_path / "server")
    fresh_settings(monkeypatch, server)
    try:
        yield server.start()
    finally:
        server.kill()


@dataclass(frozen=True)
class Shown:
    """What MLflow shows of the records `of`, to whoever looks; each has a parent with `files`."""

    client: Any
    of: list[Record]
    files: list[str]

    def runs(self, record: Record) -> list[Any]:
        """The runs of `record`."""
        return self._of(record, self.client.search_runs)

    def models(self, record: Record) -> list[Any]:
        """The models of `record`."""
        return self._of(record, self.client.search_logged_models)

    def _of(self, record: Record, search: Callable[..., Any]) -> list[Any]:
        experiment = self.client.get_experiment_by_name(record.experiment)
        wanted = f"tags.`{KEY}` = '{record.key}'"
        return list(search([experiment.experiment_id], wanted)) if experiment else []

    def has_nothing_half_finished(self) -> None:
        """What says that it is finished is whole."""
        for one in self.of:
            runs = [run for run in self.runs(one) if run.info.status == "FINISHED"]
            for run in runs:
                if PARENT in run.data.tags:
                    self._is_whole_child(
                        run,
                        next(child for child in one.children if child.name == run.info.run_name),
                    )
                else:
                    self.has_once_and_whole(one)
            assert all(map(self._has_its_files, self.models(one)))

    def has_once_and_whole(self, one: Record) -> None:
        """A parent and each child once, all finished, with all that belongs to them."""
        runs = {run.info.run_name: run for run in self.runs(one)}
        assert sorted(run.info.run_name for run in self.runs(one)) == sorted(
            [one.name, *(c.name for c in one.children)]
        )
        parent = runs[one.name]
        assert (parent.info.status, parent.data.metrics) == ("FINISHED", one.metrics)
        assert one.tags.items() <= parent.data.tags.items()
        assert (
            sorted(file.path for file in self.client.list_artifacts(parent.info.run_id))
            == self.files
        )
        for child in one.children:
            assert runs[child.name].data.tags[PARENT] == parent.info.run_id
            self._is_whole_child(runs[child.name], child)
        (model,) = self.models(one)
        assert (model.source_run_id, str(model.status)) == (runs["boosting"].info.run_id, "READY")

    def _is_whole_child(self, run: Any, child: Child) -> None:
        assert (run.info.status, run.data.metrics, run.data.params) == (
            "FINISHED",
            child.metrics,
            child.params,
        )
        assert len(run.inputs.dataset_inputs) == 2
        first = child.name == "boosting"
        names = [file.path for file in self.client.list_artifacts(run.info.run_id)]
        assert names == (["tuning.json"] if first else [])
        assert len(run.outputs.model_outputs if run.outputs else []) == first

    def _has_its_files(self, model: Any) -> bool:
        found = self.client.list_logged_model_artifacts(model.model_id)
        return str(model.status) != "READY" or [file.path for file in found] == ["MLmodel"]


@contextmanager
def killed(server: Server, after: float, hits: list[float]) -> Iterator[float]:
    """Kills the server `after` so many seconds and starts it again.

    A hit is a kill before the body has ended. Gives `after`, by which a hit is known.
    """
    ended = threading.Event()

    def kill() -> None:
        time.sleep(after)
        if not ended.is_set():
            hits.append(after)
        server.kill()
        server.start()

    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(kill)
        yield after
        ended.set()
        done.result()


@pytest.mark.slow
def test_every_run_is_there_once_and_whole_however_often_the_server_is_killed(
    server: Server, verdict: Verdict, files: list[Path], tmp_path: Path
) -> None:
    shown = Shown(store.connect(server.url), [], [file.name for file in files])
    waiting, luck, hits, failed = tmp_path / "outbox", Random(17), list[float](), 0  # noqa: S311

    def keep() -> None:
        shown.of.append(record(verdict, NOW, f"key-{len(shown.of)}", "trial"))
        outbox.keep(waiting, shown.of[-1], packing(files))

    def deliver() -> list[Sent | Failure]:
        return outbox.deliver(waiting, server.url, SETTINGS.timeout)

    keep()
    before = time.monotonic()
    (first,) = deliver()
    assert isinstance(first, Sent), first
    whole = time.monotonic() - before
    for _ in range(10 * KILLS):
        if len(hits) == KILLS:
            break
        keep()
        before = time.monotonic()
        with killed(server, luck.uniform(0, whole), hits) as kill:
            failed += any(isinstance(result, Failure) for result in deliver())
            took = time.monotonic() - before
        # It came too late: a warm server is quicker than the first delivery was.
        if kill not in hits:
            whole = min(whole, took)
        shown.has_nothing_half_finished()
    assert len(hits) == KILLS
    assert failed, "no kill came in the middle of anything"
    assert all(isinstance(result, Sent) for result in deliver())
    for one in shown.of:
        shown.has_once_and_whole(one)
    assert not [entry for entry in waiting.iterdir() if entry.name[0] != "."]
