"""What a run hands over is a verdict to the letter, or nothing is published."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from clockwork.ci.handover import LARGEST, handed_over
from clockwork.gate.outcome import Outcome
from clockwork.support.errors import BadInput
from clockwork.verdict.schema import Verdict


def edited(folder: Path, **changes: Any) -> Path:
    """The folder, with a verdict of which some fields were changed."""
    path = folder / "verdict.json"
    path.write_text(
        json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8"
    )
    return folder


def test_a_verdict_is_read_as_it_was_written(folder: Path, red: Verdict) -> None:
    assert handed_over(folder).model_dump_json() == red.model_dump_json()


def test_a_folder_without_one_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no verdict there; run `make regression`"):
        handed_over(tmp_path)


def test_a_file_too_large_is_not_read(folder: Path) -> None:
    (folder / "verdict.json").write_bytes(b" " * (LARGEST + 1))
    with pytest.raises(BadInput, match="over 5,000,000 bytes"):
        handed_over(folder)


def test_a_link_is_not_followed(folder: Path) -> None:
    (folder / "verdict.json").rename(folder / "real.json")
    (folder / "verdict.json").symlink_to(folder / "real.json")
    with pytest.raises(BadInput, match="links are not followed"):
        handed_over(folder)


def test_a_pipe_nobody_writes_to_does_not_hold_us_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "verdict.json")
    with pytest.raises(BadInput, match="not a plain file"):
        handed_over(tmp_path)


def test_a_folder_in_its_place_is_no_verdict(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        handed_over(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema_version": "3.0"},
        {"outcome": "splendid"},
        {"exit_code": "zero"},
        {"run": "rm -rf /"},
        {"checks": {}},
        {"context": {"ci": "github", "token": "x"}},
        {"seconds": {"total": float("nan")}},
        {"seconds": {"total": float("inf")}},
    ],
)
def test_what_is_not_of_the_schema_is_refused(folder: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"not a verdict of schema 2\.0"):
        handed_over(edited(folder, **changes))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "[" * 100_000, '{"seconds": {"total": 1e999}}', "\ud800\udfff"]
)
def test_what_is_no_json_object_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "verdict.json").write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(BadInput, match="not a verdict") as refused:
        handed_over(tmp_path)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    ("number", "endless"),
    [("41.25", "1e999"), ("9000", "1" + "0" * 400), ("9000", "-1" + "0" * 5000)],
)
def test_a_number_without_end_is_refused_where_a_number_belongs(
    folder: Path, number: str, endless: str
) -> None:
    path = folder / "verdict.json"
    text = path.read_text(encoding="utf-8")
    assert number in text
    path.write_text(text.replace(number, endless), encoding="utf-8")
    with pytest.raises(BadInput, match=f"{endless[:20]}.* is no number"):
        handed_over(folder)


def test_a_verdict_that_its_own_checks_contradict_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="says 'pass', but its checks say 'regression'"):
        handed_over(edited(folder, outcome=Outcome.PASS, exit_code=0))
