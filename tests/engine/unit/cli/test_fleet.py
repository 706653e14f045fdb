"""The verbs of a fleet: what cannot be scored is one line and exit code 2."""

from pathlib import Path

import pytest

from clockwork.cli import main


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["serve", "--algorithm", "lightgmb"], "no model of 'lightgmb'; run `make run`"),
        (["watch-folder", "inbox"], "no model of 'lightgbm'"),
        (["score", "in", "out"], "no model of 'lightgbm'"),
    ],
)
def test_without_a_model_a_fleet_is_one_line(
    args: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(args) == 2
    assert words in capsys.readouterr().err
