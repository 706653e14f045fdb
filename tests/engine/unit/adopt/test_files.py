"""Files as people have them: other encodings, separators and decimals.

What cannot be adopted is said all at once.
"""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.adopt.guess import Given
from clockwork.adopt.look import find_files
from clockwork.adopt.sniff import sniff
from clockwork.commands.adopt.found import Found, look
from clockwork.support.errors import BadInput

from .conftest import ROWS, Bring, customers

Look = Callable[..., Found]


@pytest.mark.parametrize(
    ("encoding", "separator", "decimal", "expected"),
    [
        ("utf-8", ",", ".", {}),
        ("utf-8-sig", ",", ".", {}),
        ("latin1", ",", ".", {"encoding": "latin1"}),
        ("cp1252", ";", ",", {"separator": ";", "decimal": ",", "encoding": "cp1252"}),
        ("utf-8", "\t", ".", {"separator": "\t"}),
        ("utf-16", "|", ".", {"separator": "|", "encoding": "utf16"}),
    ],
)
def test_how_a_csv_file_is_written_is_found(
    found: Look, encoding: str, separator: str, decimal: str, expected: dict[str, str]
) -> None:
    dash = "\u2013" if encoding == "cp1252" else "é"
    table = customers(city=np.where(np.arange(ROWS) % 2, f"Orl{dash}ans", "Köln, am Rhein"))
    text = table.to_csv(index=False, sep=separator, decimal=decimal)
    what = found(text.encode(encoding))
    assert what.files.csv == expected
    spent = next(one for one in what.proposal.columns if one.name == "spent")
    assert spent.kind == "number"
    city = next(one for one in what.proposal.columns if one.name == "city")
    assert city.examples[0] == "Köln, am Rhein"


def test_what_is_packed_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress("a;b\n1,5;x\n2,5;y\n".encode("latin1")))
    assert sniff(tmp_path / "a.csv.gz") == {"separator": ";", "decimal": ","}


def test_a_folder_of_files_is_one_table(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    table = customers()
    table[:300].to_parquet(tmp_path / "in" / "0.parquet")
    table[300:].to_parquet(tmp_path / "in" / "one more.parquet")
    what, problems = look(tmp_path / "in", Given("left"), None, tmp_path / "out")
    assert problems == []
    assert what is not None
    assert what.files.rows == "data/*.parquet"
    assert list(what.files.paths) == ["0.parquet", "one_more.parquet"]
    assert what.proposal.target.rows == ROWS


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "neither Parquet nor CSV"),
        ({"notes.xlsx": b"x"}, "neither Parquet nor CSV"),
        ({"a.csv": b"x\n", "b.parquet": b"x"}, "files of several kinds"),
        ({"a.csv": b""}, "an empty file; export it again"),
    ],
)
def test_a_folder_that_cannot_be_adopted_is_one_line(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=message):
        find_files(tmp_path)


def test_all_names_that_are_wrong_are_said_at_once_each_with_the_nearest(bring: Bring) -> None:
    what, problems = bring(customers(), target="leftt", time="when", exclude=("agee",))
    assert what is None
    assert problems == [
        "--target 'leftt': there is no such column; did you mean 'left'?",
        "--time 'when': there is no such column; there are left, region, age, spent",
        "--exclude 'agee': there is no such column; did you mean 'age'?",
    ]


def test_too_few_rows_are_refused_with_what_to_do(bring: Bring) -> None:
    table = customers()
    few = pd.concat([table[table["left"] == "Yes"][:12], table[table["left"] == "No"][:40]])
    _, problems = bring(few)
    assert len(problems) == 1
    assert "bring more rows" in problems[0]


def test_more_slices_than_the_gate_takes_are_refused(bring: Bring) -> None:
    _, problems = bring(customers(), slices=("region", "age"))
    assert problems == ["--slices region,age: 74 values; the gate takes 12"]


def test_a_file_of_one_column_has_another_separator(bring: Bring) -> None:
    _, problems = bring("left\nYes\nNo\n")
    assert problems == ["one column only ('left'); is the separator another than , ; | or a tab?"]
