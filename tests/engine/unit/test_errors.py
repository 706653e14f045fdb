"""What a terminal cannot show, and bytes that are no text, end nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from clockwork.support.errors import exit_on_bad_input
from clockwork.support.subprocesses import run_module

ROOT = Path(__file__).parents[3]
SHOW = """# coding: utf-8
import sys
from rich.console import Console
from rich.table import Table
from clockwork.cli.report import report
from clockwork.support.errors import BadInput, exit_on_bad_input

def main():
    report("größe — ✓ \\udcfc")
    table = Table("Gerät", title="Δ Präzision")
    table.add_row("温度")
    Console().print(table)
    raise BadInput("größe — ✓ \\udcfc: not this one")

sys.exit(exit_on_bad_input(main))
"""
TERMINALS = [{"PYTHONIOENCODING": name} for name in ("ascii", "cp1252", "utf-8")]
POSIX = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize("terminal", [*TERMINALS, POSIX], ids=lambda one: "-".join(one.values()))
def test_a_terminal_that_cannot_show_a_character_ends_nothing(terminal: dict[str, str]) -> None:
    named = ("PYTHONIOENCODING", *POSIX)
    environ = {name: value for name, value in os.environ.items() if name not in named} | terminal
    done = subprocess.run(
        [sys.executable, "-"],
        cwd=ROOT,
        env=environ,
        input=SHOW.encode(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False), done.stderr.decode(
        errors="replace"
    )
    assert b"error: gr" in done.stderr
    assert done.stdout.startswith(b"gr")


def test_an_end_by_ctrl_c_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        signal.raise_signal(signal.SIGINT)
        return 0

    assert exit_on_bad_input(main) == 130
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_module_of_ours_may_print_any_character_whatever_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    (tmp_path / "prints.py").write_text(
        "import sys; print('größe ✓'); sys.stdout.buffer.write(b'\\xfc\\n')", "utf-8"
    )
    done = run_module(tmp_path, "prints")
    assert (done.returncode, sorted(done.stdout.splitlines())) == (0, ["größe ✓", "\ufffd"])
