"""Many processes at once: on a store that does not exist yet, and on one outbox."""

import multiprocessing
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from clockwork.support.checkout import Checkout
from clockwork.tracking import outbox, store
from clockwork.tracking.record import KEY, record
from clockwork.tracking.runs import Sent
from clockwork.verdict.schema import Verdict
from tests.engine.pipeline.mlflow.conftest import SETTINGS
from tests.engine.unit.tracking.conftest import NOW, packing

NAMES = ["PR 17 · a1b2c3d · regression", "boosting", "linear"]
# Each process is forked from one that has imported everything and opened nothing: so they all start
# at once.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        "mlflow",
        "mlflow.store.tracking.sqlalchemy_store",
        "tests.engine.pipeline.mlflow.test_writers",
    ]
)


@pytest.fixture(autouse=True)
def _embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def write(start: Any, results_of: Any, verdict: Verdict, files: list[Path], root: Path) -> None:
    """Bring a verdict into the store of `root`, as `make regression` does at its end."""
    start.wait()
    results_of.put(outbox.log_verdict(verdict, packing(files), Checkout(root), SETTINGS))


def deliver(start: Any, results_of: Any, root: Path) -> None:
    """Send all that waits in the outbox of `root`."""
    start.wait()
    for result in outbox.deliver(root / "mlruns" / "outbox", uri(root), SETTINGS.timeout):
        results_of.put(result)


def at_once(
    job: Callable[..., None], argument_lists: Sequence[Sequence[Any]], results: int
) -> list[Any]:
    """So many `results` of processes that do `job` at the same moment."""
    start, results_of = PROCESSES.Barrier(len(argument_lists)), PROCESSES.Queue()
    processes = [
        PROCESSES.Process(target=job, args=(start, results_of, *each)) for each in argument_lists
    ]
    for process in processes:
        process.start()
    found = [results_of.get(timeout=120) for _ in range(results)]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * len(processes)
    assert results_of.empty()
    return found


def uri(root: Path) -> str:
    """The embedded store of `root`."""
    return store.uri(Checkout(root), SETTINGS, {})


def is_sound(root: Path) -> None:
    """The database has no fault that SQLite can find."""
    with closing(sqlite3.connect(root / "mlruns" / "mlflow.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []


def finished(root: Path) -> dict[str, list[str]]:
    """The names of the finished runs that the store shows, by the key of their record."""
    client = store.connect(uri(root))
    experiments = client.search_experiments(filter_string="name = 'trial'")
    names: dict[str, list[str]] = {}
    for run in client.search_runs([one.experiment_id for one in experiments], max_results=1000):
        assert run.info.status == "FINISHED"
        names.setdefault(run.data.tags[KEY], []).append(run.info.run_name)
    return {key: sorted(each) for key, each in names.items()}


def test_four_writers_at_once_make_one_sound_store(
    verdict: Verdict, files: list[Path], tmp_path: Path
) -> None:
    sent = at_once(write, [(verdict, files, tmp_path)] * 4, results=4)
    assert {type(one) for one in sent} == {Sent}, sent
    assert finished(tmp_path) == {one.key: NAMES for one in sent}
    assert len({one.key for one in sent}) == 4
    is_sound(tmp_path)
    models = store.connect(uri(tmp_path)).search_logged_models([sent[0].experiment_id])
    assert sorted(model.source_run_id for model in models) == sorted(
        one.children["boosting"] for one in sent
    )


def test_two_processes_send_one_outbox_once(
    verdict: Verdict, files: list[Path], tmp_path: Path
) -> None:
    keys = [f"key-{at}" for at in range(4)]
    for key in keys:
        outbox.keep(
            tmp_path / "mlruns" / "outbox", record(verdict, NOW, key, "trial"), packing(files)
        )
    sent = at_once(deliver, [(tmp_path,)] * 2, results=len(keys))
    assert sorted(one.key for one in sent if isinstance(one, Sent)) == keys, sent
    assert finished(tmp_path) == dict.fromkeys(keys, NAMES)
    is_sound(tmp_path)
