"""Whatever is wrong with a settings file is one line naming the file, the key and what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import Field, ValidationError

from clockwork.settings.strict import Strict, load, parse, read_yaml
from clockwork.support.errors import BadInput


class Inner(Strict):
    depth: int = Field(ge=1)


class Outer(Strict):
    margin: float
    name: str = "a"
    flag: bool = False
    inner: Inner = Inner(depth=1)


def refusal(tmp_path: Path, content: str) -> str:
    """The line that an error in a file with this content becomes."""
    path = tmp_path / "gate.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        load(path, Outer)
    assert str(error.value).startswith(str(path))
    return str(error.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("{margin: 0.1, nmae: b}", "unknown key 'nmae'; did you mean 'name'?"),
        ("{margin: 0.1, inner: {dept: 1}}", "unknown key 'inner.dept'; did you mean 'depth'?"),
        (
            "{margin: 0.1, inner: {depth: 1, detph: 2}}",
            "unknown key 'inner.detph'; did you mean 'depth'?",
        ),
        ("{margin: 0.1, zzz: 1}", "unknown key 'zzz'; remove it"),
        ("{margin: 0.1, str: 1}", "unknown key 'str'; remove it"),
        ("{margin: 0.1, 'a[0]': 1}", "unknown key 'a[0]'; remove it"),
        ("{margin: 0.1, inner: {depth: 1, list: 1}}", "unknown key 'inner.list'; remove it"),
        ("{name: b}", "key 'margin' is missing; add it"),
        ("{margin: wide}", "key 'margin': input should be a valid number, got 'wide'"),
        ("{margin: '0.1'}", "key 'margin': input should be a valid number, got '0.1'"),
        ("{margin: 0.1, name: 7}", "key 'name': input should be a valid string, got 7"),
        ("{margin: 0.1, flag: 1}", "key 'flag': input should be a valid boolean, got 1"),
        (
            "{margin: 0.1, inner: {depth: 1.5}}",
            "key 'inner.depth': input should be a valid integer, got 1.5",
        ),
        (
            "{margin: 0.1, inner: {depth: true}}",
            "key 'inner.depth': input should be a valid integer, got True",
        ),
        (
            "{margin: 0.1, inner: {depth: 0}}",
            "key 'inner.depth': input should be greater than or equal to 1, got 0",
        ),
        ("{margin: .nan}", "key 'margin': input should be a finite number, got nan"),
        ("{margin: .inf}", "key 'margin': input should be a finite number, got inf"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_the_remedy(
    tmp_path: Path, content: str, line: str
) -> None:
    assert refusal(tmp_path, content) == line


@pytest.mark.parametrize("content", ["", "just words", "[1, 2]", "7"])
def test_a_file_that_is_no_mapping_is_named(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content).startswith(
        "key 'the file': input should be a valid dictionary"
    )


@pytest.mark.parametrize(
    "content",
    [
        "{margin: [1",
        "a: b: c",
        "\t- x",
        "!!python/object/apply:os.getcwd []",
        "margin: 2024-02-30",
        "[a]: 3",
    ],
)
def test_a_file_that_is_not_yaml_is_named(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content).startswith("not readable as YAML: ")


@pytest.mark.parametrize(
    ("content", "key", "line"),
    [
        ("margin: 0.1\nname: a\nmargin: 0.2", "margin", 3),
        ("margin: 0.1\ninner:\n  depth: 1\n  depth: 1\n", "depth", 4),
        ("{margin: 1, 'name': a, name: b}", "name", 1),
    ],
)
def test_a_key_that_is_there_twice_is_named_with_its_line(
    tmp_path: Path, content: str, key: str, line: int
) -> None:
    fault = rf"not readable as YAML: key '{key}' is there twice; keep one\s.* line {line},"
    assert re.match(fault, refusal(tmp_path, content))


def test_a_block_that_is_merged_in_twice_is_read(tmp_path: Path) -> None:
    text = "a: &a {x: 1}\nb: {b: &b {<<: *a, x: 2}}\nc: {<<: *b, x: 3}\nd:\n  <<: *a\n  <<: *b\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == yaml.safe_load(text)


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_bytes(b"margin: \xff\xfe")
    with pytest.raises(BadInput, match=r"gate\.yaml: not readable as YAML"):
        read_yaml(path)


def test_a_missing_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gate\.yaml: no such file; restore it from git"):
        load(tmp_path / "gate.yaml", Outer)


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").mkdir()
    with pytest.raises(BadInput, match=r"gate\.yaml: a folder, not a file; restore it from git"):
        load(tmp_path / "gate.yaml", Outer)


def test_a_long_value_is_cut_short(tmp_path: Path) -> None:
    assert len(refusal(tmp_path, yaml.safe_dump({"margin": "x" * 5000}))) < 150


def test_what_is_right_is_read_as_it_stands() -> None:
    document: dict[str, Any] = {"margin": 0.1, "name": "b", "inner": {"depth": 3}}
    read = parse(document, Outer, "here")
    assert read.model_dump() == {**document, "flag": False}
    assert parse({"margin": 1}, Outer, "here").margin == 1.0


def test_settings_cannot_be_changed_after_reading() -> None:
    read = parse({"margin": 0.1}, Outer, "here")
    with pytest.raises(ValidationError):
        read.margin = 0.2  # type: ignore[misc]
