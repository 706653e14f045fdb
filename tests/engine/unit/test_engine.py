"""Work is done in processes of its own that answer, end and fail one by one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clockwork.learning.executors import cluster, executor, spread
from clockwork.settings.engine import EngineSettings
from clockwork.support.errors import BadInput
from clockwork.support.processes import Defect, Lost, Processes
from tests.engine import calls

ROOT = Path(__file__).resolve().parents[3]
TWO = EngineSettings(workers=2, scheduler=None, storage=None)


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_workers_are_processes_of_their_own_whatever_a_call_prints() -> None:
    with executor(TWO) as pool:
        assert list(pool.map(calls.times, [2, 3], [5, 7])) == [10, 21]
        assert pool.submit(calls.pid).result() != os.getpid()


def test_a_call_starts_in_the_checkout_that_asks_and_not_where_the_worker_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with executor(TWO) as pool:
        monkeypatch.chdir(tmp_path)
        assert pool.submit(calls.where).result() == str(ROOT)


def test_bad_input_of_a_worker_is_the_same_line_here() -> None:
    with (
        executor(TWO) as pool,
        pytest.raises(BadInput, match=r"^configs/x\.yaml: key 'y' is wrong$"),
    ):
        pool.submit(calls.bad).result()


def test_a_defect_keeps_its_traceback() -> None:
    with executor(TWO) as pool, pytest.raises(Defect, match=r"code 70:\nTraceback(.|\n)*of ours"):
        pool.submit(calls.broken).result()


def test_a_killed_process_is_lost_and_takes_no_other_along() -> None:
    with executor(TWO) as pool:
        dead, other = pool.submit(calls.dies), pool.submit(calls.times, 2, 3)
        assert other.result() == 6
        with pytest.raises(Lost, match="ended by signal 9"):
            dead.result()


def test_a_lost_call_is_made_again_and_not_for_ever(tmp_path: Path) -> None:
    spread(TWO, calls.dies_once, [(str(tmp_path / "a"),), (str(tmp_path / "b"),)])
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}
    spread(TWO, calls.dies, [])
    with pytest.raises(BadInput, match="1 of 1 calls lost their worker 3 times"):
        spread(TWO, calls.dies, [()])


def test_a_checkout_that_a_worker_does_not_have_is_reported_in_one_line(tmp_path: Path) -> None:
    with (
        ThreadPoolExecutor(1) as threads,
        pytest.raises(BadInput, match=r"a worker has no .*elsewhere"),
    ):
        Processes(threads, tmp_path / "elsewhere").submit(calls.pid).result()


def test_a_process_ends_when_whoever_asked_is_gone(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    asks = (
        "from pathlib import Path; from clockwork.learning.executors import executor; from "
        "tests.engine import calls; from clockwork.settings.engine import EngineSettings as S\n"
        "with executor(S(workers=2, scheduler=None, storage=None)) as pool: "
        f"pool.submit(calls.sleeps, {str(mark)!r})"
    )
    asker = subprocess.Popen([sys.executable, "-c", asks], cwd=ROOT)
    wait_for(lambda: mark.exists() and mark.read_text(encoding="utf-8") != "")
    asker.send_signal(signal.SIGKILL)
    asker.wait()
    wait_for(lambda: not alive(int(mark.read_text(encoding="utf-8"))))


def test_a_scheduler_that_is_not_there_is_one_line_that_names_the_local_default() -> None:
    pytest.importorskip("distributed")
    expected = (
        "scheduler tcp://127.0.0.1:9 cannot be reached; "
        "start it, or set scheduler to null for this machine"
    )
    with pytest.raises(BadInput, match=expected), cluster("tcp://127.0.0.1:9", 0.5):
        pass


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)
