"""Two tables of raw rows, value by value.

What is the same is the same in any order, and what differs is counted.
"""

import numpy as np
import pandas as pd
import pytest

from clockwork.learning.data.values import Difference, differences, digests


def table(**changes: object) -> pd.DataFrame:
    """Three minutes of two entities; a change sets a column."""
    columns = {
        "entity": pd.Categorical(["a"] * 3 + ["b"] * 3),
        "kind": pd.Categorical(["camera"] * 3 + ["server"] * 3),
        "time": np.array([10, 11, 12] * 2),
        "label": np.array([0, 0, 1, 0, 0, 0], dtype=np.int8),
        "load": np.array([1, 2, np.nan, 4, 5, 6], dtype=np.float32),
        **changes,
    }
    return pd.DataFrame(columns)


def test_a_table_is_equal_to_itself_in_another_order_of_entities_and_columns() -> None:
    other = pd.concat([table()[3:], table()[:3]], ignore_index=True)[
        ["load", "time", "label", "kind", "entity"]
    ]
    assert digests(other) == digests(table())
    assert differences(other, table()) == []


def test_names_that_no_row_has_and_their_order_are_no_difference() -> None:
    other = table(entity=pd.Categorical(["a"] * 3 + ["b"] * 3, categories=["z", "b", "a"]))
    assert digests(other) == digests(table())
    assert differences(other, table()) == []


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        (
            "load",
            np.array([1, -327, np.nan, 4, 5, 7], np.float32),
            "2 of 6 rows, such as entity 'a' at minute 11: -327, base 2",
        ),
        (
            "load",
            np.array([1, 2, 0, 4, 5, 6], np.float32),
            "1 of 6 rows, such as entity 'a' at minute 12: 0, base nan",
        ),
        (
            "label",
            np.array([0, 1, 1, 0, 0, 0], np.int8),
            "1 of 6 rows, such as entity 'a' at minute 11: 1, base 0",
        ),
        (
            "kind",
            pd.Categorical(["camera"] * 4 + ["server"] * 2),
            "1 of 6 rows, such as entity 'b' at minute 10: camera, base server",
        ),
    ],
)
def test_a_column_that_differs_is_reported_with_a_count_and_an_example(
    column: str, values: object, expected: str
) -> None:
    head = table(**{column: values})
    assert differences(head, table()) == [
        Difference(column, f"'{column}' differs in {expected}", digests(head)[column])
    ]
    assert {name for name, one in digests(head).items() if one != digests(table())[name]} == {
        column
    }


def test_rows_without_a_time_are_named_without_one() -> None:
    rows = table(entity=pd.Categorical(list("abcdef")), time=np.zeros(6, np.int64))
    (found,) = differences(rows.assign(label=np.int8(1)), rows)
    assert found.message == "'label' differs in 5 of 6 rows, such as entity 'a': 1, base 0"


def test_numbers_that_are_equal_in_another_type_are_equal() -> None:
    assert differences(table(load=table()["load"].astype(np.float64)), table()) == []
    assert differences(table(label=table()["label"].astype(bool)), table()) == []


def test_rows_that_are_gone_or_new_are_reported_and_the_others_are_compared() -> None:
    head = table(
        time=np.array([10, 11, 12, 10, 11, 13]), load=np.array([1, 2, np.nan, 9, 5, 6], np.float32)
    )
    rows, load = differences(head, table())
    assert (rows.column, rows.message) == ("rows", "1 of base's 6 rows are gone and 1 are new")
    assert (
        load.message == "'load' differs in 1 of 5 rows, such as entity 'b' at minute 10: 9, base 4"
    )


def test_a_column_that_one_table_lacks_is_left_out() -> None:
    assert differences(table(), table().drop(columns="load")) == []
    assert differences(table().drop(columns="load"), table()) == []
