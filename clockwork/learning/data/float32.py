"""Floats of 32 bits, as the features are, before Great Expectations."""

from typing import Any

import numpy as np
import pandas as pd

BETWEEN, TABLE = "column_values_to_be_between", "expect_table_"
ALIKE = (BETWEEN, "column_values_to_not_be_null", "column_values_to_be_null")  # of 32 and 64 bits


def widened(rows: pd.DataFrame, expectations: list[Any]) -> pd.DataFrame:
    """`rows` with floats of 64 bits for those of 32, where all `expectations` are answered alike.

    Great Expectations compares 64 bits all at once, and any others one by one in Python.
    """
    of_values = [one for one in expectations if not one.expectation_type.startswith(TABLE)]
    if any(
        getattr(one, "row_condition", None) or not getattr(one, "column", None) for one in of_values
    ):
        return rows  # they read other columns
    other = {one.column for one in of_values if not one.expectation_type.endswith(ALIKE)}
    asked = {one.column for one in of_values if one.column in rows} - other
    narrow = [name for name in asked if rows[name].dtype == np.float32]
    return rows.astype(dict.fromkeys(narrow, np.float64)) if narrow else rows


def held(bound: Any) -> Any:
    """A bound as 32 bits hold it: 0.8 is a little more there, in the data and as their bound.

    One that they cannot hold, such as 1e-60 for more than nothing, stays as it is.
    """
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        return bound
    with np.errstate(over="ignore", under="ignore"):
        narrow = float(np.float32(bound))
    return narrow if np.isfinite(narrow) and (narrow != 0 or bound == 0) else bound
