"""A row that cannot be read is refused by name, and the other rows of its minute are taken."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clockwork.fleet.rows import in_pandas, newest, read, refusals
from clockwork.settings.columns import Columns
from clockwork.support.errors import BadInput

COLUMNS = Columns(entity="machine", time="at", label="broken", slices=["site"], metrics=["load"])
DAY = np.arange(29_000_000, 29_001_440, 5)


def frame(*rows: object) -> pd.DataFrame:
    return pd.DataFrame(
        [row if isinstance(row, dict) else {"machine": "a", "at": 7, "load": row} for row in rows]
    )


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"machine": None, "at": 7, "load": 1.0}, "no 'machine'"),
        ({"machine": "b", "at": None, "load": 1.0}, "no 'at'"),
        ({"machine": "b", "at": 7.5, "load": 1.0}, "no timestamp"),
        (
            {"machine": "b", "at": 1_790_000_000, "load": 1.0},
            "no timestamp and no whole number of minutes",
        ),
        ({"machine": "b", "at": 1e30, "load": 1.0}, "no timestamp"),
        ({"machine": "b", "at": "tomorrow", "load": 1.0}, "no timestamp"),
        ({"machine": "b", "at": 7, "load": "much"}, "'load' is no number"),
        ({"machine": "b", "at": 7, "load": True}, "'load' is no number"),
        ({"machine": "b", "at": 7, "load": float("inf")}, "'load' is infinite"),
        ({"machine": "b", "at": 7, "load": 1e39}, "'load' is infinite or beyond float32"),
    ],
)
def test_one_bad_row_is_refused_and_the_rest_is_read(bad: dict[str, object], why: str) -> None:
    rows, at, refused = read(frame(1.0, bad, None), COLUMNS, ["load"])
    assert at.tolist() == [0, 2]
    assert rows.entity.tolist() == ["a", "a"]
    assert np.array_equal(rows.values[:, 0], [1.0, np.nan], equal_nan=True)
    assert list(refused.values()) == [[1]]
    assert why in refusals(refused, 3)[0]
    assert "1 of 3 rows refused" in refusals(refused, 3)[0]


@pytest.mark.parametrize(
    ("unit", "at", "minutes"),
    [
        ("seconds", [420, 479, 480.0], [7, 7, 8]),
        ("hours", [0.25, 2, 2.5], [15, 120, 150]),
        # Most of them are a little less than the minute once they were divided.
        ("days", (DAY / 1440).tolist(), DAY.tolist()),
    ],
)
def test_a_number_is_a_time_in_its_unit(unit: str, at: list[float], minutes: list[int]) -> None:
    columns = COLUMNS.model_copy(update={"unit": unit})
    rows, *_ = read(pd.DataFrame({"machine": "a", "at": at, "load": 1.0}), columns, ["load"])
    assert rows.time.tolist() == minutes


@pytest.mark.parametrize(
    ("load", "values"),
    [([True, None, False], [1, np.nan, 0]), ([Decimal("1.5"), None, 2], [1.5, np.nan, 2])],
)
def test_truth_values_and_decimals_are_numbers_as_in_training(
    load: list[object], values: list[float]
) -> None:
    rows, _, refused = read(frame(*load), COLUMNS, ["load"])
    assert refused == {}
    assert np.array_equal(rows.values[:, 0], values, equal_nan=True)


def test_a_null_among_whole_numbers_gives_no_entity_another_name() -> None:
    names, columns = [1, None, 2**53 + 1], {"at": [7, 7, 7], "load": [1.0, 1.0, 1.0]}
    table = pa.table({"machine": pa.array(names, pa.int64()), **columns, "load": names})
    sent = in_pandas(table, COLUMNS)
    assert sent.dtypes.astype(str).to_dict() == {
        "machine": "object",
        "at": "int64",
        "load": "float64",
    }
    doubles = pd.DataFrame({"machine": [1.0, None, 2.5], **columns})
    for frame_, known in ((sent, str(2**53 + 1)), (doubles, "2.5")):
        rows, _, refused = read(frame_, COLUMNS, ["load"])
        assert rows.entity.tolist() == ["1", known]
        assert refused == {"no 'machine'": [1]}


@pytest.mark.parametrize(
    "at", ["2026-03-01T00:07", "2026-03-01T01:07+01:00", 29538727, pd.Timestamp("2026-03-01 00:07")]
)
def test_minutes_come_as_numbers_stamps_or_text(at: object) -> None:
    rows, _, refused = read(frame({"machine": "a", "at": at, "load": 1}), COLUMNS, ["load"])
    assert refused == {}
    assert rows.time.tolist() == [int(pd.Timestamp("2026-03-01 00:07").timestamp()) // 60]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (["machine", "at"], "column 'load' must be there once"),
        (["machine", "at", "load", "laod"], "column 'laod' is unknown; drop it"),
    ],
)
def test_columns_that_do_not_fit_are_one_line(columns: list[str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(pd.DataFrame([[1] * len(columns)], columns=columns), COLUMNS, ["load"])


def test_a_wrong_clock_does_not_move_the_minute() -> None:
    rows, _, _ = read(frame(1, 2, {"machine": "c", "at": 99999, "load": 1}), COLUMNS, ["load"])
    assert newest(rows) == 7
