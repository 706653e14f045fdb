"""Row keys: how rows of two commits match."""

import pandas as pd

from clockwork.learning.keys import RowKeys

ROWS = pd.DataFrame({"entity": pd.Categorical(["a", "b"]), "time": [1, 2], "label": [0, 1]})


def test_rows_match_by_their_names_in_any_order() -> None:
    assert RowKeys(ROWS).places(RowKeys(ROWS[::-1])).tolist() == [1, 0]
    assert RowKeys(ROWS).places(RowKeys(ROWS.assign(time=[1, 3]))).tolist() == [0, -1]


def test_rows_that_are_named_by_other_columns_are_other_rows() -> None:
    named = RowKeys(ROWS.assign(row=["x", "y"]))
    assert RowKeys(ROWS).places(named).tolist() == [-1, -1]
    assert named.places(RowKeys(ROWS)).tolist() == [-1, -1]
