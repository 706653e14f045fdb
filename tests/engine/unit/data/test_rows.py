"""Rows come out the same however the files say it.

Whatever is wrong with a file is one line that names it.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from clockwork.learning.data.raw_columns import raw_features
from clockwork.learning.data.rows import feature_columns, read_rows
from clockwork.settings.columns import Columns
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput
from tests.engine.unit.data.conftest import COLUMNS, Read, table

START = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()) // 60


def test_rows_have_one_name_and_one_type_for_each_thing(read: Read) -> None:
    rows = read(table())
    assert list(rows.columns) == [
        "machine" and "entity",
        "site",
        "time",
        "label",
        "metric_a",
        "metric_b",
    ]
    assert rows["time"].tolist() == [10, 11, 12, 13] * 2
    assert rows["label"].tolist() == [0, 0, 1, 0, 0, 0, 0, 1]
    assert [str(rows[name].dtype) for name in ("entity", "site")] == ["category", "category"]
    assert [rows[name].dtype for name in ("time", "label", "metric_a", "metric_b")] == [
        np.int64,
        np.int8,
        np.float32,
        np.float32,
    ]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_timestamps_of_any_unit_and_zone_are_minutes_of_the_epoch(
    read: Read, unit: str, zone: str | None
) -> None:
    seconds = pa.array([(START + minute) * 60 for minute in (0, 1, 2, 3)] * 2, pa.timestamp("s"))
    at = seconds.cast(pa.timestamp(unit)).cast(pa.timestamp(unit, zone)) if zone is None else None
    at = at or seconds.cast(pa.timestamp("s", "UTC")).cast(pa.timestamp(unit, zone))
    assert read(table(at=at))["time"].tolist() == [START, START + 1, START + 2, START + 3] * 2


@pytest.mark.parametrize("kind", [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint32()])
def test_whole_minutes_of_any_width_stay_as_they_are(read: Read, kind: pa.DataType) -> None:
    assert (
        read(table(at=pa.array([10, 11, 12, 13] * 2, kind)))["time"].tolist()
        == [10, 11, 12, 13] * 2
    )


@pytest.mark.parametrize(
    "label",
    [
        [False, False, True, False] * 2,
        pa.array([0, 0, 1, 0] * 2, pa.uint8()),
        pa.array([0, 0, 1, 0] * 2, pa.int64()),
    ],
)
def test_labels_may_be_truth_values_or_numbers_of_any_width(read: Read, label: Any) -> None:
    assert read(table(failed=label))["label"].tolist() == [0, 0, 1, 0] * 2


@pytest.mark.parametrize(
    "machine", [[7] * 4 + [8] * 4, pa.array(["7"] * 4 + ["8"] * 4).dictionary_encode()]
)
def test_entities_may_be_numbers_texts_or_categories(read: Read, machine: Any) -> None:
    assert read(table(machine=machine))["entity"].astype(str).tolist() == ["7"] * 4 + ["8"] * 4


def test_a_missing_value_of_a_metric_stays_missing(read: Read) -> None:
    rows = read(table(metric_b=[1, None, 3, 4, 5, 6, 7, 8]))
    assert rows["metric_b"].isna().tolist() == [False, True] + [False] * 6


def encoded(values: list[str], index: pa.DataType, text: pa.DataType) -> pa.Array:
    return pa.array(values, text).dictionary_encode().cast(pa.dictionary(index, text))


@pytest.mark.parametrize("index", [pa.int8(), pa.int32()])
@pytest.mark.parametrize("text", [pa.string(), pa.large_string()])
def test_files_with_differing_dictionaries_become_one_table(
    read: Read, index: pa.DataType, text: pa.DataType
) -> None:
    first = table(site=encoded(["north"] * 4 + ["south"] * 4, index, text))
    second = table(
        machine=["m3"] * 4 + ["m0"] * 4,
        site=encoded(["west"] * 4 + ["north"] * 4, pa.int32(), pa.string()),
    )
    third = table(machine=["m5"] * 8, at=list(range(8)), site=["south"] * 8)
    rows = read(first, second, third)
    assert rows["site"].tolist() == [
        *["north"] * 4,
        *["south"] * 4,
        *["west"] * 4,
        *["north"] * 4,
        *["south"] * 8,
    ]
    assert rows["entity"].tolist() == ["m1"] * 4 + ["m2"] * 4 + ["m3"] * 4 + ["m0"] * 4 + ["m5"] * 8


def test_files_come_in_the_order_of_their_names_with_numbers_of_any_width(read: Read) -> None:
    later = table(
        at=pa.array([14, 15, 16, 17] * 2, pa.int32()), metric_a=pa.array(range(8), pa.int16())
    )
    rows = read(
        table(machine=["m1"] * 8, at=list(range(8))),
        later.set_column(0, "machine", pa.array(["m2"] * 8))[:4],
    )
    assert rows["time"].tolist() == [*range(8), 14, 15, 16, 17]
    assert rows["metric_a"].tolist() == [*range(8), 0, 1, 2, 3]


def test_patterns_name_metrics_in_their_own_order_each_once(settings: DataSettings) -> None:
    available = ["at", "cpu_b", "cpu_a", "heat"]

    def named(*patterns: str) -> list[str]:
        columns = settings.columns.model_copy(update={"metrics": list(patterns)})
        return raw_features(available, settings.model_copy(update={"columns": columns}))

    assert named("heat", "cpu_*", "cpu_a") == ["heat", "cpu_b", "cpu_a"]
    assert named("HEAT") == []
    assert named("*") == ["cpu_b", "cpu_a", "heat"]


@pytest.mark.parametrize(
    ("columns", "pattern"),
    [({}, "l*"), ({}, "t*"), ({}, "e*"), ({"label": "lasting"}, "la*"), ({"time": "tick"}, "ti*")],
)
def test_a_pattern_never_makes_a_metric_of_label_time_or_entity(
    read: Read, settings: DataSettings, columns: dict[str, str], pattern: str
) -> None:
    named = {"entity": "entity", "time": "time", "label": "label"} | columns
    own = {"entity": "machine", "time": "at", "label": "failed"}
    rows = table(
        load=np.arange(8.0), latency=np.arange(8.0), tilt=np.arange(8.0), errors=np.arange(8.0)
    )
    rows = rows.rename_columns(
        [{own[key]: name for key, name in named.items()}.get(n, n) for n in rows.column_names]
    )
    how = settings.model_copy(
        update={
            "columns": Columns.model_validate({**named, "slices": ["site"], "metrics": [pattern]})
        }
    )
    try:
        found = feature_columns(read(rows, how=how), how)
    except BadInput:
        return  # refusing such a pattern is as good
    assert found
    assert set(found) <= {"load", "latency", "tilt", "errors"}


BROKEN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no entity column": ({"machine": None}, ["0.parquet", "'machine'", "configs/data.yaml"]),
    "no time column": ({"at": None}, ["0.parquet", "'at'", "configs/data.yaml"]),
    "no label column": ({"failed": None}, ["0.parquet", "'failed'", "configs/data.yaml"]),
    "no slice column": ({"site": None}, ["0.parquet", "'site'", "configs/data.yaml"]),
    "no metric": (
        {"metric_a": None, "metric_b": None},
        ["0.parquet", "'metric_*'", "configs/data.yaml"],
    ),
    "a metric of lists": (
        {"metric_a": [[1]] * 8},
        ["0.parquet", "'metric_a'", "list", "convert it"],
    ),
    "a label missing": (
        {"failed": [0, 1, None, 0] * 2},
        ["'failed'", "2 rows have no label", "keep labelled"],
    ),
    "labels of text": ({"failed": ["0", "1"] * 4}, ["'failed'", "string", "`positive`"]),
    "labels with a fraction": ({"failed": [0.5, 1.0] * 4}, ["'failed'", "double", "`positive`"]),
    "a time missing": (
        {"at": [10, 11, None, 13] * 2},
        ["'at'", "2 rows have no time", "drop them"],
    ),
    "times of text": ({"at": ["noon"] * 8}, ["'at'", "string", "convert it"]),
    "times with a fraction": (
        {"at": [10.5, 11.5, 12.5, 13.5] * 2},
        ["'at'", "double", "convert it"],
    ),
    "a label that is not 0 or 1": ({"failed": [0, 0, 1, 2] * 2}, ["'failed'", "0 or 1", "2"]),
    "a label below 0": ({"failed": [0, 0, 1, -1] * 2}, ["'failed'", "0 or 1", "-1"]),
    "a label that wraps to 0": ({"failed": [0, 0, 1, 256] * 2}, ["'failed'", "0 or 1"]),
    "a label that wraps to 1": ({"failed": [0, 0, 0, 257] * 2}, ["'failed'", "0 or 1"]),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_table_is_one_line_that_names_it(read: Read, fault: str) -> None:
    changes, words = BROKEN[fault]
    with pytest.raises(BadInput) as error:
        read(table(**changes))
    assert all(word in str(error.value) for word in words), str(error.value)


def test_no_file_names_the_key_and_the_remedy(tmp_path: Path, settings: DataSettings) -> None:
    with pytest.raises(
        BadInput, match=r"configs/data\.yaml: rows 'data/\*\.parquet' match no file; run"
    ):
        read_rows(settings, tmp_path)


@pytest.mark.parametrize("rows", ["/data/*.parquet", ""])
def test_rows_that_cannot_be_a_pattern_name_the_key(
    tmp_path: Path, settings: DataSettings, rows: str
) -> None:
    with pytest.raises(BadInput, match=r"configs/data\.yaml"):
        read_rows(settings.model_copy(update={"rows": rows}), tmp_path)


@pytest.mark.parametrize("content", [b"", b"not parquet at all", b"PAR1 cut short"])
def test_an_unreadable_file_is_named(
    tmp_path: Path, settings: DataSettings, content: bytes
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "0.parquet").write_bytes(content)
    with pytest.raises(
        BadInput,
        match=r"data/0\.parquet: not a readable Parquet file .*; fetch it again, or leave it out "
        r"of "
        r"`rows`",
    ):
        read_rows(settings, tmp_path)


def test_the_file_at_fault_is_named_among_good_ones(read: Read) -> None:
    with pytest.raises(BadInput, match=r"data/1\.parquet: no column 'failed'"):
        read(table(), table(failed=None))


def test_files_that_disagree_on_the_kind_of_time_are_bad_input(read: Read) -> None:
    stamps = pa.array([0, 60, 120, 180] * 2, pa.timestamp("s"))
    with pytest.raises(BadInput, match="at"):
        read(table(), table(machine=["m3"] * 4 + ["m4"] * 4, at=stamps))


def test_columns_that_nobody_names_are_not_read(read: Read) -> None:
    assert "remark" not in read(table(remark=[None] * 8))
    assert "metric_b" not in read(table(), how=only_a())


def only_a() -> DataSettings:
    from tests.engine.unit.data.conftest import SPLIT

    columns = COLUMNS.model_copy(update={"metrics": ["metric_a"]})
    return DataSettings(rows="data/*.parquet", step=1, columns=columns, split=SPLIT)
