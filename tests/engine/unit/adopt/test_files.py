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


@pytest.mark.parametrize("name", ["a.csv.gz", "A.CSV.GZ"])
def test_what_is_packed_is_looked_into(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress("a;b\n1,5;x\n2,5;y\n".encode("latin1")))
    assert sniff(tmp_path / name) == {"separator": ";", "decimal": ","}


PACKED = gzip.compress(customers().to_csv(index=False).encode())


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.csv.gz", b"left,region\n", "Not a gzipped file"),
        ("a.csv.gz", PACKED[:2000], "Compressed file ended before"),
        ("a.csv.gz", PACKED[:1000] + bytes(1000) + PACKED[2000:], "Error -3 while decompressing"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_that_names_it(
    tmp_path: Path, name: str, content: bytes, fault: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=rf"/{name}: not a readable .*{fault}.*; export it again$"):
        find_files(tmp_path / name)


def test_a_cell_of_a_long_text_is_a_cell(found: Look) -> None:
    table = customers(note=["word " * 50_000, *["some words here"] * (ROWS - 1)])
    assert found(table).proposal.text == ()


def test_what_the_engine_reads_amiss_is_reported_of_the_file_itself(
    tmp_path: Path, bring: Bring
) -> None:
    with pytest.raises(BadInput, match=rf"^{tmp_path}/customers.parquet: not a readable Parquet"):
        bring(b"PAR1", "customers.parquet")


def test_a_header_with_a_name_twice_says_which(tmp_path: Path, bring: Bring) -> None:
    with pytest.raises(
        BadInput, match=rf"^{tmp_path}/customers.csv: 2 columns are called 'age'; rename all but"
    ):
        bring("left,age,age\nYes,1,2\nNo,3,4\n")


def test_a_folder_of_files_is_one_table(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    table = customers()
    for start, name in enumerate(("0", "one more", "one_more", "客户", "订单")):
        table[start * 120 :][:120].to_parquet(tmp_path / "in" / f"{name}.parquet")
    for name in ("a.json", "b.csv.bz2", ".hidden.csv"):
        (tmp_path / "in" / name).touch()
    (tmp_path / "in" / "older.parquet").mkdir()
    what, problems = look(tmp_path / "in", Given("left"), None, tmp_path / "out")
    assert problems == []
    assert what is not None
    assert what.files.rows == "data/*.parquet"
    assert list(what.files.paths) == [
        "0.parquet",
        "one_more.parquet",
        "one_more-2.parquet",
        "rows.parquet",
        "rows-2.parquet",
    ]
    assert what.files.others == ("a.json", "b.csv.bz2", "older.parquet")
    assert what.proposal.target.rows == ROWS


def test_files_with_another_separator_each_are_no_table(tmp_path: Path) -> None:
    for name, separator in (("0.tsv", "\t"), ("1.csv", ",")):
        (tmp_path / "in").mkdir(exist_ok=True)
        customers().to_csv(tmp_path / "in" / name, sep=separator, index=False)
    with pytest.raises(BadInput, match=r"/1.csv: one column only .*; write all with one separator"):
        look(tmp_path / "in", Given("left"), None, tmp_path / "out")


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


def test_all_names_that_are_wrong_are_reported_at_once_each_with_the_nearest(bring: Bring) -> None:
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


@pytest.mark.parametrize(
    ("slices", "fault"),
    [
        ("region", "column 'region': 300 rows have none, the first is row 1; fill or drop them"),
        ("left", "configs/data.yaml: 'left' has two roles; give each column one"),
    ],
)
def test_a_slice_that_can_be_none_is_one_line(bring: Bring, slices: str, fault: str) -> None:
    table = customers(region=[None if at % 2 else "north" for at in range(ROWS)])
    (problem,) = bring(table, slices=(slices,))[1]
    assert problem.startswith(fault)


def test_more_slices_than_the_gate_takes_are_refused(bring: Bring) -> None:
    _, problems = bring(customers(), slices=("region", "age"))
    assert problems == ["--slices region,age: 74 values; the gate takes 12"]


def test_a_file_of_one_column_has_another_separator(bring: Bring) -> None:
    _, problems = bring("left\nYes\nNo\n")
    assert problems == ["one column only ('left'); is the separator another than , ; | or a tab?"]
