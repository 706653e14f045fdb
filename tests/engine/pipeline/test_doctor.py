"""The doctor in a whole project.

What the rows cannot carry is said by `doctor` and by `run` in the same words.
"""

from pathlib import Path

import pytest

from tests.engine.pipeline.conftest import Project, Projects

FEW = "configs/gate.yaml min_positive_clusters: the evaluation rows have "


@pytest.fixture
def tiny(project: Projects) -> Project:
    """A tiny project in which everything has run."""
    return project("doctor")


def to_do(text: str, check: str = "") -> list[str]:
    """The lines of what needs doing, of one check or of `run`."""
    start = f"to do  {check:<9} " if check else "to do: "
    return [line.removeprefix(start) for line in text.splitlines() if line.startswith(start)]


def test_what_the_rows_cannot_carry_is_reported_by_both_verbs_alike(tiny: Project) -> None:
    tiny.set("configs/gate.yaml", "min_positive_clusters", 5000)
    examined, ran = tiny.run("doctor"), tiny.call("run")
    assert (examined.code, ran.code) == (1, 0), examined.text + ran.text
    assert to_do(examined.text, "rows") == to_do(ran.text)
    assert to_do(ran.text)[0].startswith(FEW)
    assert "Traceback" not in examined.text + ran.text
    assert not [line for line in examined.text.splitlines() if "not checked" in line]


def test_a_setting_that_cannot_be_read_is_reported_once_with_its_file_and_key(
    tiny: Project,
) -> None:
    tiny.edit("configs/gate.yaml", "resamples:", "resample:")
    examined = tiny.call("doctor")
    assert examined.code == 1
    (line,) = to_do(examined.text, "settings")
    assert "configs/gate.yaml: unknown key 'resample'; did you mean 'resamples'?" in line
    assert len(examined.text.splitlines()) < 24


def test_nothing_is_written_by_looking(tiny: Project) -> None:
    before = {
        path: path.stat().st_mtime_ns
        for path in tiny.root.rglob("*")
        if path.is_file() and looked_at(path)
    }
    assert tiny.call("doctor").code in (0, 1)
    after = {
        path: path.stat().st_mtime_ns
        for path in tiny.root.rglob("*")
        if path.is_file() and looked_at(path)
    }
    assert after == before


def looked_at(path: Path) -> bool:
    """Whether `path` is the project's: not bytecode, nor what DVC and git note for themselves."""
    return not {"__pycache__", ".git", "tmp"} & set(path.parts)
