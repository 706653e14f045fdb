"""Every planted change still fits today's code, so that none of them tests nothing."""

import shutil
from pathlib import Path

import pytest
import yaml

from clockwork.selftest.edits import Change, Edit, all_changes, apply
from clockwork.support.errors import BadInput
from clockwork.support.libraries import LIBRARIES, pins

ROOT = Path(__file__).parents[4]
CHANGES = all_changes()
EXAMPLE = ROOT / "seeds" / "prices"
OF_THE_EXAMPLE = all_changes(EXAMPLE / "defects")
DEFECTS = [change for change in CHANGES if not change.harmless]
HARMLESS = {
    "another-rounds-per-step",
    "better-learning-rate",
    "columns-reordered",
    "docs-only",
    "faster-equal-code",
    "harmless-refactoring",
    "honest-feature",
    "module-renamed",
    "more-rounds",
    "new-comment-in-config",
    "new-seeds",
    "patched-dependency",
    "penalty-loosened",
    "smaller-steps",
    "useless-feature-dropped",
    "wider-window",
}


def parse(file: str, text: str) -> None:
    """Read `text` as what its file's name says; raises where it is not that."""
    if file.endswith(".py"):
        compile(text, file, "exec")
    elif file == LIBRARIES:
        assert pins(text)
    elif file.endswith((".yaml", ".lock")):
        assert isinstance(yaml.safe_load(text), dict)


def source(file: str, change: Change) -> Path:
    """Where `file` lies before the change: an example has files of its own."""
    own = EXAMPLE / "project" / file
    return own if change in OF_THE_EXAMPLE and own.exists() else ROOT / file


@pytest.mark.parametrize("change", [*CHANGES, *OF_THE_EXAMPLE], ids=lambda change: change.name)
def test_a_planted_change_changes_what_it_names_and_nothing_else(
    change: Change, tmp_path: Path
) -> None:
    before = {
        edit.file: source(edit.file, change).read_text(encoding="utf-8") for edit in change.edits
    }
    for file in [*before, *change.renames]:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source(file, change), tmp_path / file)
    apply(change, tmp_path)
    for edit in change.edits:
        assert edit.replace in (tmp_path / edit.file).read_text(encoding="utf-8")
    for file, text in before.items():
        after = (tmp_path / file).read_text(encoding="utf-8")
        assert after != text
        parse(file, after)
    assert all(
        (tmp_path / new).exists() and not (tmp_path / old).exists()
        for old, new in change.renames.items()
    )


def test_every_defect_and_every_harmless_change_is_there() -> None:
    assert len(DEFECTS) == 37
    assert {change.name for change in CHANGES if change.harmless} == HARMLESS


@pytest.mark.parametrize("text", ["", "x\nx\n"])
def test_a_change_that_fits_nowhere_or_twice_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "code.py").write_text(text, encoding="utf-8")
    change = Change(
        name="odd", title="t", why="w", edits=[Edit(file="code.py", find="x", replace="y")]
    )
    with pytest.raises(BadInput, match=r"odd\.yaml: code\.py has \d such places"):
        apply(change, tmp_path)
    assert (tmp_path / "code.py").read_text(encoding="utf-8") == text
