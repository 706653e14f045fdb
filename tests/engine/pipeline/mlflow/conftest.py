"""What is sent: the verdict and the files of the unit tests, with settings of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from clockwork.settings.tracking import TrackingSettings
from clockwork.support.checkout import Checkout
from clockwork.tracking import outbox
from clockwork.tracking.outbox import Failure
from clockwork.tracking.runs import Sent
from clockwork.verdict.schema import Verdict
from tests.engine.unit.tracking.conftest import files, packing, verdict

__all__ = ["files", "verdict"]

SETTINGS = TrackingSettings(experiment="trial", store="mlruns", timeout=20, port=5055)
Log = Callable[[], Sent | Failure]


@pytest.fixture
def log(verdict: Verdict, files: list[Path], tmp_path: Path) -> Log:
    """Sends the verdict from a checkout at `tmp_path`."""
    return lambda: outbox.log_verdict(verdict, packing(files), Checkout(tmp_path), SETTINGS)
