"""Rows are counted on their way, and whoever is lost there is named."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.learning.data.accounts import (
    account,
    accounts,
    check_none_lost,
    columns,
    summary,
    tallies,
)
from clockwork.learning.data.rows import empty_columns
from clockwork.support.errors import BadInput

ROWS = pd.DataFrame(
    {
        "entity": pd.Categorical(["a", "a", "b", "b", "c", "c"]),
        "site": pd.Categorical(["north"] * 4 + ["south"] * 2),
        "time": [0, 1] * 3,
        "label": [0, 1, 0, 1, 0, 1],
        "load": np.arange(6.0),
    }
)


def test_a_step_is_counted_and_its_losses_have_names() -> None:
    one = account(ROWS, ROWS[:3], "half")
    assert one.as_dict() == {
        "reason": "half",
        "rows": (6, 3),
        "entities": (3, 2),
        "positives": (3, 1),
        "lost": {"entity": ["c"], "site": ["south"]},
    }


def test_whoever_keeps_no_row_is_named_with_the_remedy() -> None:
    with pytest.raises(
        BadInput, match=r"1 of column 'entity' keep no row \(every 5 minutes\): 'c'; mend it"
    ):
        check_none_lost(account(ROWS, ROWS[:3], "every 5 minutes"), "mend it")
    check_none_lost(account(ROWS, ROWS[::2], "every 5 minutes"), "mend it")


def test_the_summary_tells_what_no_side_of_the_split_has() -> None:
    early = ROWS["entity"] == "a"
    made: dict[str, Any] = {
        name: one.as_dict()
        for name, one in accounts(
            [tallies(ROWS, {"train": early, "evaluate": ROWS["entity"] == "b"})]
        ).items()
    }
    kept = account(ROWS, ROWS, "every 4 minutes").as_dict()
    lines = summary({"rows": (8, 6)}, kept, made)
    assert lines[0] == (
        "rows: 8 raw -> 6 read -> 6 kept (every 4 minutes) -> 2 train, 2 evaluate, 2 in neither"
    )
    assert "rows: 1 of 'entity' neither train nor evaluate, such as 'c'" in lines
    assert "rows: no row of site 'south' is there to evaluate" in lines


def test_a_column_that_is_empty_everywhere_is_named_with_the_remedy() -> None:
    rows = ROWS.assign(gone=np.nan, never=pd.Categorical([None] * 6), once=[1.0, *[np.nan] * 5])
    assert empty_columns(rows, ["load", "gone", "never", "once"]) == ["gone", "never"]
    lines = columns({"unused": ["id"], "empty": ["gone", "never"]})
    assert lines[0] == "columns: 1 are neither key nor feature: 'id'"
    assert "no row has a value of 'gone', 'never'; mend the data" in lines[1]
    assert "`exclude`" in lines[1]
    assert columns({"unused": [], "empty": []}) == []
