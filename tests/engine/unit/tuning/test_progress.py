"""A search tells how far it has come: lines in a log, a bar on a terminal."""

import io
import sys

import pytest

from clockwork.learning.tuning.progress import progress


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_for_each_trial(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("some", 2) as tell:
        tell(1, 0.51234)
        tell(2, 0.6)
    assert capsys.readouterr().out == "trial 1/2 best 0.5123\ntrial 2/2 best 0.6000\n"


def test_a_terminal_gets_a_bar_with_the_best_score(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress("some", 2) as tell:
        tell(1, 0.51234)
        tell(2, 0.6)
    shown = terminal.getvalue()
    assert "tune some" in shown
    assert "2/2" in shown
    assert "0.6000" in shown
