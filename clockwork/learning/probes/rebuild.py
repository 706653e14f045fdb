"""Features by head's whole way, from raw files to the matrix, and where two such ways differ."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.data.rows import feature_columns
from clockwork.learning.encoding import comparable
from clockwork.learning.keys import ENTITY, TIME, RowKeys
from clockwork.learning.probes.raw import Mask, Raw
from clockwork.project import build_features, feature_names, read_rows
from clockwork.settings.features import FeatureSettings


@dataclass(frozen=True)
class Built:
    """Values of rows, such as features: a column for each of `names`, a row for each of `rows`."""

    rows: RowKeys
    x: npt.NDArray[np.floating]
    names: list[str]

    def where(self, keep: Mask) -> "Built":
        """The rows that `keep` marks."""
        return Built(RowKeys(self.rows.table[keep]), self.x[keep], self.names)

    @property
    def time(self) -> npt.NDArray[np.int64]:
        """The minute of each row."""
        return self.rows.table[TIME].to_numpy(dtype=np.int64)

    @property
    def entities(self) -> set[str]:
        """The entities that have a row."""
        return set(self.rows.table[ENTITY].astype(str))


Rebuild = Callable[[Raw], Built]


def of_keys(
    keys: pd.DataFrame, x: npt.NDArray[np.floating] | pd.DataFrame, names: list[str]
) -> Built:
    """`x` with the keys that a stage wrote beside it; a category is the hash of its text."""
    return Built(RowKeys(keys), comparable(x), names)


def rebuilding(how: FeatureSettings) -> Rebuild:
    """What writes raw files apart, reads them with head's reader and builds head's features."""

    def rebuild(raw: Raw) -> Built:
        with tempfile.TemporaryDirectory(prefix="clockwork-") as place:
            raw.write(Path(place))
            rows = read_rows(raw.settings, Path(place))
        metrics = feature_columns(rows, raw.settings)
        return of_keys(
            *build_features(rows, metrics, raw.settings.grid, how), feature_names(metrics, how)
        )

    return rebuild


def difference(found: Built, expected: Built, close: float = 0.0) -> str | None:
    """Where a row of `expected` is not in `found`, or not with the same values; None where all are.

    Values are compared to the bit unless `close` is given; what is missing in both is equal.
    """
    if found.names != expected.names:
        return f"the columns are {found.names[:3]}..., not {expected.names[:3]}..."
    at = found.rows.places(expected.rows)
    if (at < 0).any():
        return f"{expected.rows.message(int(np.argmax(at < 0)))} is not there"
    x = found.x[at]
    with np.errstate(invalid="ignore"):  # infinite in both
        # Of numbers above 1 `close` is a share of them.
        near = np.abs(x - expected.x) <= close * np.maximum(1.0, np.abs(expected.x))
        equal = (x == expected.x) | (np.isnan(x) & np.isnan(expected.x)) | near
    if equal.all():
        return None
    row, column = np.argwhere(~equal)[0]
    values = f"is {x[row, column]:.6g}, not {expected.x[row, column]:.6g}"
    return f"'{expected.names[column]}' of {expected.rows.message(int(row))} {values}"
