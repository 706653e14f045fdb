"""`make ui` tells in one line what keeps it from starting, and ends cleanly."""

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from clockwork.settings.tracking import TrackingSettings
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput
from clockwork.tracking import store, ui
from clockwork.tracking.record import Record

SERVE = """
import sys
from pathlib import Path
from clockwork.settings.tracking import TrackingSettings
from clockwork.support.checkout import Checkout
from clockwork.tracking.ui import serve
settings = TrackingSettings(experiment="trial", store="mlruns", timeout=5, port=int(sys.argv[2]))
sys.exit(serve(Checkout(Path(sys.argv[1])), settings))
"""


def test_without_results_it_says_how_to_get_some(
    settings: TrackingSettings, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="make demo"):
        ui.serve(Checkout(tmp_path), settings)


def test_a_port_in_use_names_the_setting(settings: TrackingSettings, tmp_path: Path) -> None:
    (tmp_path / "mlruns").mkdir()
    (tmp_path / "mlruns" / "mlflow.db").touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=r"configs/tracking.yaml: key 'port': \d+ is in use"):
            ui.serve(Checkout(tmp_path), settings.model_copy(update={"port": port}))


@pytest.mark.slow
def test_it_serves_the_runs_and_ends_with_ctrl_c(fresh: Record, root: Path, uri: str) -> None:
    sent = store.send(fresh, None, uri)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(root), port], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    reported = [server.stdout.readline(), server.stdout.readline()]
    assert f"http://127.0.0.1:{port}/#/experiments/{sent.experiment_id}/runs" in reported[1]
    page = f"http://127.0.0.1:{port}/api/2.0/mlflow/runs/get?run_id={sent.run_id}"
    with urllib.request.urlopen(page, timeout=30) as answer:
        assert fresh.key in answer.read().decode()
    server.send_signal(signal.SIGINT)
    assert server.wait(30) == 0
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", int(port)))
