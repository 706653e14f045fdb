"""Real services for tests: a PostgreSQL and a Dask cluster of this machine, to stop and start."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server on a socket of this machine; `server` is pgserver's own handle."""

    server: Any

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        import psycopg

        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        url: str = self.server.get_uri(database=name)
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    def stop(self) -> None:
        """Stop it as a crash does: connections break, nothing is written down that was not."""
        words = ["-m", "immediate", "-w", "stop"]
        _pgserver().pg_ctl(words, pgdata=self.server.pgdata, user=self.server.system_user)

    def start(self) -> None:
        """Start it again on the same data."""
        self.server.ensure_postgres_running()


def _pgserver() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a missing XDG_RUNTIME_DIR, for which it has a place
        import pgserver

    return pgserver


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server with no database of ours in it; skips where it cannot be had."""
    # Not below pytest's folder: the server's own user must reach it, and a socket's path is short.
    place = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        server = _pgserver().get_server(place / "data")
    except Exception as error:  # noqa: BLE001 - whatever the reason, this machine has no server
        shutil.rmtree(place, ignore_errors=True)
        pytest.skip(f"PostgreSQL does not start here: {type(error).__name__}: {error}")
    running = Postgres(server)
    yield running
    running.stop()  # its own end would wait for connections that are still open
    server.cleanup()
    shutil.rmtree(place, ignore_errors=True)


@dataclass
class Cluster:
    """A Dask scheduler on a port of this machine and its worker processes, one thread each."""

    log: Path
    port: int
    size: int
    scheduler: "subprocess.Popen[bytes] | None" = None
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"tcp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the scheduler and its workers; whoever connects waits for them."""
        self.scheduler = self._run(
            "dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"
        )
        self.workers = [self.worker() for _ in range(self.size)]

    def worker(self) -> "subprocess.Popen[bytes]":
        """Start one more worker."""
        once = (
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--local-directory",
            str(self.log.parent),
        )
        return self._run("dask_worker", self.address, "--host", "127.0.0.1", *once)

    def kill(self) -> None:
        """End all of it at once, with no time to say so."""
        for process in filter(None, [self.scheduler, *self.workers]):
            process.send_signal(signal.SIGKILL)
            process.wait()

    def _run(self, module: str, *words: str) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", f"distributed.cli.{module}", *words]
            # In another folder than the checkout: a worker must not need to be started there.
            return subprocess.Popen(
                command,
                cwd=self.log.parent,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                stdout=log,
                stderr=log,
            )


@contextmanager
def _running(folder: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = Cluster(folder / "dask.log", port, size=2)
    cluster.start()
    yield cluster
    cluster.kill()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Dask cluster with two worker processes, to be left as it is."""
    with _running(tmp_path_factory.mktemp("dask")) as cluster:
        yield cluster


@pytest.fixture
def mortal_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A Dask cluster with two worker processes of a test's own, which may kill and start them."""
    with _running(tmp_path) as cluster:
        yield cluster
