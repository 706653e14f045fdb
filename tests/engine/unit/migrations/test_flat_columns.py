"""The settings configs/data.yaml means are the same after its migration; so are its comments."""

from pathlib import Path

import pytest
import yaml

from clockwork.migrations import MIGRATIONS, migrate
from clockwork.migrations.flat_columns import flatten
from clockwork.settings.data import DataSettings
from clockwork.settings.strict import parse
from clockwork.support.errors import BadInput

NESTED = """# Where the rows come from.
rows: data/*.parquet
step: 1  # from row to row
columns:
  entity: device
  time: time
  unit: minutes
  # What is true.
  label: failed  # 0 or 1
  slices: [kind]
  metrics: [cpu, memory,
    disk]

# Who trains.
split:
  embargo: 60
"""
FLAT = """# Where the rows come from.
rows: data/*.parquet
step: 1  # from row to row
entity: device
time: time
unit: minutes
# What is true.
target: failed  # 0 or 1
slices: [kind]
features: [cpu, memory,
  disk]

# Who trains.
split:
  embargo: 60
"""


def settings(text: str) -> DataSettings:
    """What the engine reads in `text`; a unit means nothing where there is no time."""
    found = parse(yaml.safe_load(text), DataSettings, "data.yaml")
    return (
        found
        if found.columns.time
        else found.model_copy(update={"columns": found.columns.model_copy(update={"unit": None})})
    )


def test_the_block_goes_to_the_top_with_its_comments_and_its_new_names() -> None:
    assert flatten(NESTED) == FLAT


def test_what_is_flat_already_stays_as_it_is() -> None:
    assert flatten(FLAT) == FLAT
    assert flatten("rows: x\ntarget: y") == "rows: x\ntarget: y"


@pytest.mark.parametrize(
    "text",
    [
        NESTED,
        NESTED.replace("  unit: minutes\n", ""),
        NESTED.replace("  unit: minutes\n", "  unit: hours\n"),
        "rows: a.csv\ncolumns: {label: y, metrics: ['a*', 'b'], exclude: [c]}\n",
        (
            "rows: a.csv\n"
            "columns:\n"
            "    label: label\n"
            "    metrics:\n"
            "    - a\n"
            "    - metrics\n"
            "split: {folds: 4}\n"
        ),
        "rows: a.csv\ncolumns:\n  label: 'label'\n  time: null\n  key: [a, b]",
        "rows: a.csv\ncolumns:\n  label: y  # 0 or 1\n  unit: hours\n",
        'columns: # them\n  "label": y\n  positive: "yes"\nrows: a.csv\n',
        "rows: a.csv\n'columns':\n  label: y\n",
    ],
)
def test_the_engine_reads_the_same_settings_before_and_after(text: str) -> None:
    after = flatten(text)
    assert "columns" not in yaml.safe_load(after)
    assert settings(after) == settings(text)
    assert flatten(after) == after


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("columns: [a]\n", "`columns` is no block of columns"),
        ("target: y\ncolumns:\n  label: y\n", "a key of `columns` stands at the top as well"),
        ("columns: {\n", "not readable as YAML"),
        ("- a\n", "holds no keys"),
        ("{rows: a.csv, columns: {label: y}}\n", "`columns` does not begin a line"),
    ],
)
def test_what_cannot_be_moved_is_one_line_that_names_the_file(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "configs").mkdir()
    place = tmp_path / "configs" / "data.yaml"
    place.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"^configs/data.yaml: cannot be migrated: ") as refused:
        migrate(tmp_path)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert place.read_text(encoding="utf-8") == text


def test_a_migration_says_what_it_did_once(tmp_path: Path) -> None:
    assert migrate(tmp_path) == {}
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "data.yaml").write_text(NESTED, encoding="utf-8")
    assert migrate(tmp_path) == {"configs/data.yaml": MIGRATIONS[0].what}
    assert migrate(tmp_path) == {}
