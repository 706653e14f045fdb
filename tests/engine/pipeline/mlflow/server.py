"""The real `mlflow server`, killed and started again.

It is started with the words and the settings of docs/operate.md.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[4]
DOCUMENT = ROOT / "docs" / "operate.md"
PLAIN, SIGN_IN = "mlflow server", "mlflow server --app-name basic-auth"
ADMIN, PASSWORD = "admin", "an admin's long password"
PATIENCE = 120


def fresh_settings(monkeypatch: pytest.MonkeyPatch, server: "Server") -> None:
    """Send to `server`; no setting of another test, or of `store.bound`, outlives the test."""
    for name in (
        "TRACKING_USERNAME",
        "TRACKING_PASSWORD",
        "HTTP_REQUEST_TIMEOUT",
        "HTTP_REQUEST_MAX_RETRIES",
    ):
        monkeypatch.setenv(f"MLFLOW_{name}", "")
        monkeypatch.delenv(f"MLFLOW_{name}")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)


def blocks(kind: str = "sh") -> list[str]:
    """The code blocks of the document."""
    return re.findall(rf"```{kind}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)


def block(holds: str, kind: str = "sh") -> str:
    """The one code block of the document that has `holds` in it."""
    (found,) = [text for text in blocks(kind) if holds in text]
    return found


def documented() -> dict[str, str]:
    """Every setting of the server that the document names, with its value there."""
    lines = [line for text in blocks() for line in text.splitlines()]
    pairs = [re.fullmatch(r"([A-Z_0-9]+)=(\S+)(\s+#.*)?", line) for line in lines]
    return {pair[1]: pair[2] for pair in pairs if pair}


@dataclass
class Server:
    """An MLflow server on a port of loopback. Its database, files and log outlive its processes."""

    database: str
    folder: Path
    sign_in: str | None = None  # the database of the users, where it asks for them
    port: int = field(default_factory=lambda: _free_port())
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder / "server.log"

    def start(self) -> "Server":
        """Start it and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = SIGN_IN if self.sign_in else PLAIN
        assert any(line == command for text in blocks() for line in text.splitlines())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", command],
                cwd=self.folder,
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()
        return self

    def kill(self) -> None:
        """End all its processes at once, with no time to say so."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as a system does that shuts down."""
        self._end(signal.SIGTERM)

    def _end(self, with_: signal.Signals) -> None:
        if self.process:
            os.killpg(self.process.pid, with_)
            self.process.wait(PATIENCE)
            self.process = None

    def _environment(self) -> dict[str, str]:
        here = {
            "MLFLOW_BACKEND_STORE_URI": self.database,
            "MLFLOW_ARTIFACTS_DESTINATION": (self.folder / "artifacts").as_uri(),
            "MLFLOW_PORT": str(self.port),
            "MLFLOW_WORKERS": "1",
        }
        signing = {
            "MLFLOW_AUTH_CONFIG_PATH": "auth.ini",
            "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": "a key",
        }
        variables = documented()
        assert variables.keys() >= here.keys() | signing.keys()
        if self.sign_in:
            text = re.sub(
                r"(?m)^(database_uri = ).*$", rf"\g<1>{self.sign_in}", block("database_uri", "ini")
            )
            (self.folder / "auth.ini").write_text(text, encoding="utf-8")
            here |= signing
        # The document adds the settings of the sign-in only where it is wanted.
        variables = {name: value for name, value in variables.items() if name not in signing}
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MLFLOW", "AWS"))
        }
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return {**kept, **variables, **here, "PATH": path}

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")[-3000:]
            assert time.monotonic() < end, self.log.read_text(encoding="utf-8")[-3000:]
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=5).ok
        except requests.RequestException:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
