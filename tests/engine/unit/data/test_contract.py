"""A table that cannot be learnt from is refused, with the first row at fault and what to do about it."""

from typing import Any

import pytest

from clockwork.learning.data.contract import check_contract
from clockwork.settings.data import DataSettings
from clockwork.support.errors import BadInput
from tests.engine.unit.data.conftest import Read, table

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
    "a slice missing": (
        {"site": ["a", None, None, "a"] * 2},
        r"'site': 4 rows have none, the first is row 1; fill or drop",
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_one_line_with_row_and_remedy(read: Read, breach: str) -> None:
    changes, pattern = BREACHES[breach]
    with pytest.raises(BadInput, match=pattern) as told:
        read(table(**changes))
    assert "\n" not in str(told.value)


def test_rows_in_any_order_are_sorted_by_entity_and_time(read: Read) -> None:
    at = [10, 11, 10, 11, 12, 13, 13, 12]
    rows = read(table(machine=[*M1[:2], *M2, *M1[:2]], at=at))
    assert rows["entity"].tolist() == M1 + M2
    assert rows["time"].tolist() == [10, 11, 12, 13] * 2
    assert rows["metric_a"].tolist() == [0, 1, 7, 6, 2, 3, 4, 5], "each row keeps its values"


def test_a_table_without_rows_is_refused(read: Read) -> None:
    with pytest.raises(BadInput, match=r"data/\*\.parquet: the table has no rows; check"):
        read(table()[:0])


def test_a_time_off_the_grid_is_refused_and_one_on_it_is_not(read: Read, settings: DataSettings) -> None:
    how = settings.model_copy(update={"step": 5})
    assert len(read(table(at=[0, 5, 20, 25, 3, 8, 13, 113]), how=how)) == 8
    with pytest.raises(
        BadInput, match=r"'m1' at minute 12 \(row 2\) is off the 5-minute grid; align it, or fix `step`"
    ):
        read(table(at=[0, 5, 12, 17, 0, 5, 10, 15]), how=how)


def test_gaps_and_entities_of_differing_length_are_fine(read: Read, settings: DataSettings) -> None:
    rows = read(table(at=[0, 7, 8, 900, 10, 11, 12, 13]))
    check_contract(rows, settings)
    check_contract(rows.iloc[2:].reset_index(drop=True), settings)


def test_an_entity_may_end_where_the_next_begins_at_the_same_or_an_earlier_minute(read: Read) -> None:
    assert read(table(at=[10, 11, 12, 13, 13, 14, 15, 16]))["time"].tolist()[4] == 13
    assert read(table(at=[10, 11, 12, 13, 2, 3, 4, 5]))["time"].tolist()[4] == 2
