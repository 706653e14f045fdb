"""Every planted change still fits today's code, so that none of them tests nothing."""

import shutil
from pathlib import Path

import pytest

from pipelines.errors import BadInput
from seeds.defects.edits import Change, Edit, all_changes, apply

ROOT = Path(__file__).parents[3]
CHANGES = all_changes()


@pytest.mark.parametrize("change", CHANGES, ids=[change.name for change in CHANGES])
def test_a_planted_change_changes_what_it_names_and_nothing_else(change: Change, tmp_path: Path) -> None:
    for edit in change.edits:
        (tmp_path / edit.file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / edit.file, tmp_path / edit.file)
    apply(change, tmp_path)
    for edit in change.edits:
        assert edit.replace in (tmp_path / edit.file).read_text(encoding="utf-8")
        compile((tmp_path / edit.file).read_text(encoding="utf-8"), edit.file, "exec")


def test_there_is_a_defect_and_a_harmless_change() -> None:
    assert {change.harmless for change in CHANGES} == {True, False}


@pytest.mark.parametrize("text", ["", "x\nx\n"])
def test_a_change_that_fits_nowhere_or_twice_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "code.py").write_text(text, encoding="utf-8")
    change = Change(name="odd", title="t", why="w", edits=[Edit(file="code.py", find="x", replace="y")])
    with pytest.raises(BadInput, match=r"odd\.yaml: code\.py has \d such places"):
        apply(change, tmp_path)
    assert (tmp_path / "code.py").read_text(encoding="utf-8") == text
