"""Dates that are written as text, in whatever order of day and month, are read as dates."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clockwork.learning.data.dates import as_date
from clockwork.learning.data.rows import read_rows
from clockwork.learning.data.sources import first_rows, schema_of
from clockwork.settings.data import DataSettings
from clockwork.settings.strict import parse
from clockwork.support.errors import BadInput

DAYS = ["31.01.2026", "01.02.2026", "03.12.2025", "05.02.2026"]


def settings(rows: str, **changes: Any) -> DataSettings:
    document = {"rows": rows, "target": "left", "dates": {"since": "%d.%m.%Y"}, **changes}
    return parse(document, DataSettings, "configs/data.yaml")


@pytest.fixture(params=["0.csv", "0.parquet"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    table = pd.DataFrame({"since": DAYS, "left": [0, 1, 0, 1], "age": [3, 4, 5, 6]})
    found = tmp_path / "data" / str(request.param)
    table.to_csv(found, index=False) if found.suffix == ".csv" else table.to_parquet(found)
    return found


def test_a_date_as_text_is_a_feature_by_its_parts(path: Path) -> None:
    rows = read_rows(settings(f"data/{path.name}"), path.parents[1])
    assert rows["since_month"].tolist() == [1, 2, 12, 2]
    assert rows["since_day"].tolist() == [31, 1, 3, 5]


def test_a_date_as_text_is_a_time(path: Path) -> None:
    rows = read_rows(settings(f"data/{path.name}", time="since"), path.parents[1])
    assert sorted(rows["time"] // 1440)[:2] == [20425, 20484]


def test_the_schema_and_the_first_rows_have_the_date(path: Path) -> None:
    how = settings(f"data/{path.name}")
    assert str(schema_of(path, how).field("since").type) == "date32[day]"
    assert (
        str(first_rows(path, how, ["since", "age"], 2).schema.field("since").type) == "date32[day]"
    )


def test_a_value_that_is_written_otherwise_is_one_line(path: Path) -> None:
    how = settings(f"data/{path.name}", dates={"since": "%m/%d/%Y"})
    with pytest.raises(
        BadInput, match=r"column 'since' is not all written as '%m/%d/%Y'.*fix `dates`"
    ):
        read_rows(how, path.parents[1])


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("%d.%m.%Y", "30.02.2026"),
        ("%Y-%m-%d", "2025-02-29"),
        ("%b %d, %Y", "Apr 31, 2026"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-02-30T00:00:00+0000"),
        ("%F %T", "2026-02-30 00:00:00"),
    ],
)
def test_a_day_that_is_in_no_calendar_is_one_line(tmp_path: Path, written: str, day: str) -> None:
    (tmp_path / "data").mkdir()
    days = [*pd.to_datetime(DAYS, format="%d.%m.%Y", utc=True).strftime(written)[1:], day]
    pd.DataFrame({"since": days, "left": [0, 1, 0, 1]}).to_csv(
        tmp_path / "data" / "0.csv", index=False
    )
    with pytest.raises(
        BadInput, match=rf"column 'since' .*{re.escape(day)} is no day of the calendar.*fix `dates`"
    ):
        read_rows(settings("data/0.csv", dates={"since": written}), tmp_path)


@pytest.mark.parametrize(
    "written", ["%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d %H:%M", "%m/%d/%Y %I:%M:%S %p", "%B %d, %Y"]
)
def test_the_first_days_of_a_month_are_days_however_they_are_written(
    tmp_path: Path, written: str
) -> None:
    (tmp_path / "data").mkdir()
    moments = pd.date_range("2026-03-01", periods=4, freq="D")
    days = [text.replace("03/0", "3/").strip() for text in moments.strftime(written)]
    pd.DataFrame({"since": days, "left": [0, 1, 0, 1]}).to_csv(
        tmp_path / "data" / "0.csv", index=False
    )
    rows = read_rows(settings("data/0.csv", dates={"since": written}), tmp_path)
    assert rows["since_day"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("%d.%m.%Y %T", 13),
        ("%d.%m.%Y %R", 13),
        ("%F %k:%M", 13),
        ("%F %l:%M %p", 13),
        ("%F %I %p", 13),
        ("%F%%H", None),
        ("%D", None),
    ],
)
def test_hours_are_there_where_the_pattern_has_some_however_they_are_written(
    tmp_path: Path, written: str, hour: int | None
) -> None:
    (tmp_path / "data").mkdir()
    times = [datetime(2026, 1, day, 13, 5, tzinfo=UTC).strftime(written) for day in (2, 3, 4)]
    pd.DataFrame({"since": times, "left": [0, 1, 0]}).to_csv(
        tmp_path / "data" / "0.csv", index=False
    )
    rows = read_rows(settings("data/0.csv", dates={"since": written}), tmp_path)
    assert rows["since_day"].tolist() == [2, 3, 4]
    assert ("since_hour" in rows) == (hour is not None)
    assert hour is None or rows["since_hour"].tolist() == [hour] * 3


@pytest.mark.parametrize("name", ["0.csv", "0.parquet"])
@pytest.mark.parametrize("kind", [int, str])
def test_a_day_as_one_number_is_a_date(tmp_path: Path, name: str, kind: type) -> None:
    (tmp_path / "data").mkdir()
    table = pd.DataFrame(
        {"since": [kind(day) for day in (20260131, 20260201, 20251203)], "left": [0, 1, 0]}
    )
    path = tmp_path / "data" / name
    table.to_csv(path, index=False) if path.suffix == ".csv" else table.to_parquet(path)
    rows = read_rows(settings(f"data/{name}", dates={"since": "%Y%m%d"}), tmp_path)
    assert rows["since_month"].tolist() == [1, 2, 12]
    assert rows["since_day"].tolist() == [31, 1, 3]


@pytest.mark.parametrize(
    ("days", "written"),
    [([1152024, 1162024], "%m%d%Y"), ([90115, 90116], "%y%m%d"), ([2024115, 20240116], "%Y%m%d")],
)
def test_numbers_that_may_have_lost_a_zero_are_no_dates(
    tmp_path: Path, days: list[int], written: str
) -> None:
    (tmp_path / "data").mkdir()
    pd.DataFrame({"since": days, "left": [0, 1]}).to_csv(tmp_path / "data" / "0.csv", index=False)
    with pytest.raises(BadInput, match=r"column 'since' is not all written as .*fix `dates`"):
        read_rows(settings("data/0.csv", dates={"since": written}), tmp_path)


def test_a_blank_or_no_number_is_a_missing_date() -> None:
    texts, numbers = (
        pa.chunked_array([["31.01.2026", " ", None]]),
        pa.chunked_array([np.array([20260131, np.nan])]),
    )
    assert as_date(texts, "%d.%m.%Y").null_count == 2
    assert as_date(numbers, "%Y%m%d").null_count == 1
