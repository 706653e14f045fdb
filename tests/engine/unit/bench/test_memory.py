"""The peak of a stage is that of its own processes, the greatest of them."""

import subprocess
from pathlib import Path

import pytest

from clockwork.selftest.bench.memory import peak

HOLD = "held = bytearray({} * 2**20); held[::4096] = b'1' * len(held[::4096])"


def test_a_peak_is_that_of_the_process_and_its_children(tmp_path: Path) -> None:
    little = peak(tmp_path, "-c", HOLD.format(1))
    child = (
        "import subprocess, sys; "
        f"subprocess.run([sys.executable, '-c', {HOLD.format(150)!r}], check=True)"
    )
    assert little < 100
    assert peak(tmp_path, "-c", HOLD.format(150)) > little + 140
    assert peak(tmp_path, "-c", child) > little + 140


def test_a_stage_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        peak(tmp_path, "-c", "raise SystemExit(3)")
