"""Do features look ahead? A feature at minute t from the rows up to t must equal the one from the whole series."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.probes.probe import LOOKS_AHEAD, Probe

Build = Callable[[pd.DataFrame], tuple[pd.DataFrame, npt.NDArray[np.float32]]]
ENTITIES, CUTS = 5, (0.31, 0.62, 0.93)


def truncation(rows: pd.DataFrame, build: Build, names: list[str]) -> Probe:
    """Build the features of a few entities whole and cut off at several minutes; every shared row must be equal.

    `rows` are raw rows, `build` gives keys and features of some of them, `names` the features' names.
    """
    some = rows[rows["entity"].isin(spread(rows["entity"].cat.categories, ENTITIES))].reset_index(drop=True)
    keys, whole = build(some)
    first, last = int(some["time"].min()), int(some["time"].max())
    compared = 0
    for share in CUTS:
        cut = first + round((last - first) * share)
        cut = int(keys.loc[keys["time"] <= cut, "time"].max())  # a row at the cut itself shows the shortest look ahead
        part = some[some["time"] <= cut].reset_index(drop=True)
        _, truncated = build(part)
        expected = whole[(keys["time"] <= cut).to_numpy()]
        if truncated.shape != expected.shape:
            return Probe(LOOKS_AHEAD, False, f"cut at minute {cut}: {len(truncated)} rows, not {len(expected)}")
        differ = ~((truncated == expected) | (np.isnan(truncated) & np.isnan(expected)))
        if differ.any():
            row, column = np.argwhere(differ)[0]
            said = f"'{names[column]}' is {truncated[row, column]:.6g} from the rows up to minute {cut}"
            return Probe(LOOKS_AHEAD, False, f"{said}, {expected[row, column]:.6g} from the whole series")
        compared += len(expected)
    return Probe(
        LOOKS_AHEAD, True, f"{compared} rows of {len(keys['entity'].unique())} entities are equal, cut or whole"
    )


def spread(values: "pd.Index[str]", count: int) -> list[str]:
    """`count` of the `values`, evenly spread over them."""
    at = np.unique(np.linspace(0, len(values) - 1, count).round().astype(int))
    return [str(values[place]) for place in at]
