"""`make ui`: MLflow's pages on loopback, on the embedded store."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clockwork.settings.tracking import TrackingSettings
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.tracking import embedded, links, store

HOST = "127.0.0.1"
PATIENCE = 15


def serve(checkout: Checkout, settings: TrackingSettings) -> int:
    """Serve the embedded store of `checkout` until Ctrl-C; 0 then.

    Raises `BadInput` when there is no store yet, when the port is taken, or when MLflow does not
    start.
    """
    uri = store.uri(checkout, settings, {})
    folder = checkout.root.resolve() / settings.store
    if not (folder / "mlflow.db").exists():
        raise BadInput(f"{folder}: no results there yet; run `make demo` first")
    _check_port(settings.port)
    log = folder / "ui.log"
    try:
        with _running(_command(uri, settings.port), log) as server:
            print("MLflow is starting…", flush=True)  # noqa: T201
            experiment = store.experiment_id(settings.experiment, uri)
            _wait_until_up(server, settings.port)
            base = links.base(uri, settings.port)
            page = links.runs_page(base, experiment) if experiment else base
            print(f"MLflow: {page}\nCtrl-C ends it", flush=True)  # noqa: T201
            server.wait()
    except KeyboardInterrupt:
        return 0
    raise BadInput(f"MLflow ended with code {server.returncode}; see {log}")


def _command(uri: str, port: int) -> list[str]:
    words = f"-m mlflow server --host {HOST} --port {port} --workers 1".split()
    stores = ["--backend-store-uri", uri, "--registry-store-uri", uri]
    files = ["--artifacts-destination", embedded.artifacts(uri) or ""]
    return [sys.executable, *words, *stores, *files]


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            message = (
                "configs/tracking.yaml: key 'port': "
                f"{port} is in use (another `make ui`?); end it or set another"
            )
            raise BadInput(message) from None


@contextmanager
def _running(command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    # A shell starts what runs in the background deaf to Ctrl-C, so both signals are set here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    environ = {
        **os.environ,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, stdout=out, stderr=out, env=environ, start_new_session=True
        )
    try:
        yield server
    finally:
        _end(server)


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)


def _wait_until_up(server: "subprocess.Popen[bytes]", port: int) -> None:
    while server.poll() is None:
        probe = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            probe.request("GET", "/health")
            probe.getresponse()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            probe.close()
