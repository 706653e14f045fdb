"""A table that cannot be learnt from is refused, with the first row at fault and what to do."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clockwork.learning.data.contract import check_clock, check_contract, check_minutes_apart
from clockwork.settings.data import DataSettings, Split
from clockwork.support.errors import BadInput
from tests.engine.unit.data.conftest import COLUMNS, Read, table

M1, M2 = ["m1"] * 4, ["m2"] * 4
BREACHES: dict[str, tuple[dict[str, Any], str]] = {
    "one class only, negative": ({"failed": [0] * 8}, r"label.* is 0; both classes are needed"),
    "one class only, positive": ({"failed": [1] * 8}, r"label.* is 1; both classes are needed"),
    "a row twice": (
        {"at": [10, 11, 12, 12, 10, 11, 12, 13]},
        r"'m1' at minute 12 \(row 3\) is there twice, as row 2 too; drop",
    ),
    "an entity missing": (
        {"machine": [*M1, None, *M2[:3]]},
        r"'machine': 1 rows have none, the first is row 4; fill or drop",
    ),
    "an entity without a name": (
        {"machine": [*M1, " ", "", *M2[:2]]},
        r"'machine': 2 rows have none, the first is row 4; fill or drop",
    ),
    "an entity that is no number": (
        {"machine": [1.0] * 4 + [np.inf] * 4},
        r"'machine': 4 rows have none, the first is row 4; fill or drop",
    ),
    "a slice of empty text": (
        {"site": pa.array(["a", "", "", "a"] * 2).dictionary_encode()},
        r"'site': 4 rows have none, the first is row 1; fill or drop",
    ),
    "a time missing": (
        {"at": [10, 11, None, 13] * 2},
        r"'at': 2 rows have no time, the first is row 2; drop",
    ),
    "a slice missing": (
        {"site": ["a", None, None, "a"] * 2},
        r"'site': 4 rows have none, the first is row 1; fill or drop",
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_one_line_with_row_and_remedy(read: Read, breach: str) -> None:
    changes, pattern = BREACHES[breach]
    with pytest.raises(BadInput, match=pattern) as error:
        read(table(**changes))
    assert "\n" not in str(error.value)


BY_MINUTE = {"machine": ["m1", "m2"] * 4, "at": np.repeat([10, 11, 12, 13], 2)}
IN_OTHER_ORDER: dict[str, tuple[dict[str, Any], str]] = {
    "a row twice": (
        {"at": [10, 10, 11, 11, 12, 12, 12, 13]},
        r"'m1' at minute 12 \(row 6\) is there twice, as row 4 too; drop",
    ),
    "a time off the grid": (
        {"at": np.array([0, 0, 5, 5, 10, 10, 12, 15])},
        r"'m1' at minute 12 \(row 6\) is off the 5-minute grid",
    ),
    "a slice missing": (
        {"site": ["a", "a", "a", "a", "a", None, None, "a"]},
        r"'site': 2 rows have none, the first is row 5; fill or drop",
    ),
    "an infinity": (
        {"metric_a": [0, 1, 2, np.inf, np.inf, 5, 6, 7]},
        r"'metric_a': 2 infinite values.*'m2' at minute 11 \(row 3\)",
    ),
    "more digits than a double has": (
        {"metric_b": pa.array([1, None, 3, 2**53, 2**53 + 1, 6, 7, 8], pa.int64())},
        r"'metric_b': numbers of more digits.*\(9007199254740992\) in row 3",
    ),
    "an offset that rounds the signal away": (
        {"metric_a": [0, 1e9, 1, 1e9 + 1, 2, 1e9 + 2, 3, 1e9 + 3]},
        r"'metric_a'.*float32 cannot hold.*'m2' at minute 10 \(row 1\)",
    ),
}


@pytest.mark.parametrize("breach", IN_OTHER_ORDER)
def test_rows_are_counted_as_the_file_holds_them_in_whatever_order_it_does(
    read: Read, settings: DataSettings, breach: str
) -> None:
    changes, pattern = IN_OTHER_ORDER[breach]
    step = 5 if "grid" in breach else 1
    with pytest.raises(BadInput, match=pattern):
        read(table(**{**BY_MINUTE, **changes}), how=settings.model_copy(update={"step": step}))


def test_rows_in_any_order_are_sorted_by_entity_and_time(read: Read) -> None:
    at = [10, 11, 10, 11, 12, 13, 13, 12]
    rows = read(table(machine=[*M1[:2], *M2, *M1[:2]], at=at))
    assert rows["entity"].tolist() == M1 + M2
    assert rows["time"].tolist() == [10, 11, 12, 13] * 2
    assert rows["metric_a"].tolist() == [0, 1, 7, 6, 2, 3, 4, 5], "each row keeps its values"


def test_a_table_without_rows_is_refused(read: Read) -> None:
    with pytest.raises(BadInput, match=r"data/\*\.parquet: the table has no rows; check"):
        read(table()[:0])


def test_a_time_off_the_grid_is_refused_and_one_on_it_is_not(
    read: Read, settings: DataSettings
) -> None:
    how = settings.model_copy(update={"step": 5})
    assert len(read(table(at=[0, 5, 20, 25, 3, 8, 13, 113]), how=how)) == 8
    with pytest.raises(
        BadInput,
        match=r"'m1' at minute 12 \(row 2\) is off the 5-minute grid; align it, or fix `step`",
    ):
        read(table(at=[0, 5, 12, 17, 0, 5, 10, 15]), how=how)


def test_a_row_beyond_all_others_on_a_grid_is_a_clock_that_was_reset(
    read: Read, settings: DataSettings
) -> None:
    at = [*range(10, 510), 10 - 366 * 24 * 60, *range(11, 510)]
    changes = {"machine": ["m1"] * 500 + ["m2"] * 500, "failed": [0, 1] * 500, "site": ["a"] * 1000}
    rows = read(
        table(at=at, metric_a=[1.0] * 1000, metric_b=[1] * 1000, remark=["-"] * 1000, **changes)
    )
    with pytest.raises(
        BadInput, match=r"'m2' at minute -527030 \(row 500\) is 366 days away from the others; mend"
    ):
        check_clock(rows, settings)
    check_clock(rows, settings.model_copy(update={"step": None}))  # events may be far apart


def test_a_year_without_rows_is_fine(read: Read, settings: DataSettings) -> None:
    check_clock(read(table(at=[10, 11, 600_000, 600_001] * 2)), settings)


def test_what_a_probe_cuts_out_may_lie_years_apart(read: Read) -> None:
    assert len(read(table(at=[10, 11, 6_000_000, 6_000_001] * 2))) == 8


def test_windows_of_a_minute_with_two_rows_are_refused(read: Read, settings: DataSettings) -> None:
    halves = pa.array([600, 630, 660, 720] * 2, pa.timestamp("s"))
    rows = read(table(at=halves), how=settings.model_copy(update={"step": None}))
    with pytest.raises(
        BadInput,
        match=r"one row a minute.*'m1' at minute 10 \(row 1\) is one of 2 .*take `windows`",
    ):
        check_minutes_apart(rows)
    check_minutes_apart(read(table()))


def test_gaps_and_entities_of_differing_length_are_fine(read: Read, settings: DataSettings) -> None:
    rows = read(table(at=[0, 7, 8, 900, 10, 11, 12, 13]))
    check_contract(rows, settings)
    check_contract(rows.iloc[2:].reset_index(drop=True), settings)


def test_an_entity_may_end_where_the_next_begins_at_the_same_or_an_earlier_minute(
    read: Read,
) -> None:
    assert read(table(at=[10, 11, 12, 13, 13, 14, 15, 16]))["time"].tolist()[4] == 13
    assert read(table(at=[10, 11, 12, 13, 2, 3, 4, 5]))["time"].tolist()[4] == 2


@pytest.mark.parametrize(
    ("day", "advice"),
    [
        ("2026-10-25", "tells them apart; or, if clocks were set back then, write"),
        ("2026-10-26", "drop one of them, or name by `key` what tells them apart$"),
    ],
)
def test_an_hour_that_came_twice_is_kept_apart_from_a_row_that_did(
    read: Read, day: str, advice: str
) -> None:
    at = pd.to_datetime([f"{day} {time}" for time in ("01:00", "02:00", "02:00", "03:00")] * 2)
    how = DataSettings(rows="data/*.parquet", columns=COLUMNS, split=Split(by="time"))
    with pytest.raises(BadInput, match=advice):
        read(table(at=at), how=how)


def test_files_of_two_zones_are_refused_with_the_remedy(read: Read) -> None:
    at = pd.date_range("2026-11-01", periods=8, freq="min", tz="UTC")
    with pytest.raises(BadInput, match=r"the files disagree .*one zone, best in UTC, in all"):
        read(table(at=at), table(at=at.tz_convert("Europe/Berlin")))
