"""Row keys: a row's name, its entity, time, target and slices; how rows of two commits match."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.settings.columns import ENTITY as ENTITY
from clockwork.settings.columns import QUERY as QUERY
from clockwork.settings.columns import RESERVED
from clockwork.settings.columns import ROW as ROW
from clockwork.settings.columns import TARGET as TARGET
from clockwork.settings.columns import TIME as TIME

# Minutes: later ones are taken for time since the epoch, earlier ones count from the data's zero.
STAMPED = 5_000_000


def moment(minute: int) -> str:
    """A minute as people write it: a time stamp, or its number where not counted from the epoch."""
    if minute < STAMPED:
        return f"minute {minute}"
    return str(np.datetime64(int(minute), "m")).replace("T", " ")


def when(minute: int) -> str:
    """The same for a message about a row: empty for 0, which all rows of data without time have."""
    return f" at {moment(minute)}" if minute else ""


def holds(table: pd.DataFrame, outer: str, inner: str) -> bool:
    """Whether each value of column `inner` is within one of `outer`, of which some have several."""
    pairs = table[[outer, inner]].drop_duplicates()
    return not pairs[inner].duplicated().any() and bool(pairs[outer].duplicated().any())


@dataclass(frozen=True)
class RowKeys:
    """The key columns of `table`, a row each.

    They are entity, time, target, slices, and a name where more is needed.
    """

    table: pd.DataFrame

    @property
    def names(self) -> list[str]:
        """The columns that name a row over data versions."""
        return [ENTITY, TIME, *(name for name in (ROW,) if name in self.table)]

    @property
    def scored(self) -> pd.DataFrame:
        """What stands beside scores: the columns that name a row, its query, and its target."""
        query = [QUERY] if QUERY in self.table else []
        return self.table[[*self.names, *query, TARGET]].reset_index(drop=True)

    @property
    def slices(self) -> list[str]:
        """The columns that are slices."""
        own = (*RESERVED, *self.names)
        return [
            str(name)
            for name in self.table.columns
            if name not in own and not str(name).startswith("score_")
        ]

    @property
    def index(self) -> pd.MultiIndex:
        """The name of each row, the same in every commit."""
        others = [self.table[name] for name in self.names[1:]]
        return pd.MultiIndex.from_arrays([self.table[ENTITY].astype(str), *others])

    def places(self, wanted: "RowKeys") -> npt.NDArray[np.int64]:
        """Where each row of `wanted` stands in these; -1 where it does not.

        None does where `wanted` is named by other columns.
        """
        if self.names != wanted.names:
            return np.full(len(wanted.table), -1, dtype=np.int64)
        return np.asarray(self.index.get_indexer(wanted.index), dtype=np.int64)

    def fingerprint(self) -> str:
        """SHA-256 of the rows: which entities, when, with which targets."""
        code, names = pd.factorize(self.table[ENTITY])
        digest = hashlib.sha256("\n".join(map(str, names)).encode())
        digest.update(code.astype(np.int64).tobytes())
        digest.update(self.table[TIME].to_numpy(dtype=np.int64).tobytes())
        for name in self.names[2:]:
            digest.update("\n".join(self.table[name].astype(str)).encode())
        if QUERY in self.table:
            digest.update("\n".join(self.table[QUERY].astype(str)).encode())
        digest.update(self._target_bytes())
        return digest.hexdigest()

    def _target_bytes(self) -> bytes:
        # Of classes their names: another class that no row of these has must not make them other
        # rows.
        target = self.table[TARGET]
        if isinstance(target.dtype, pd.CategoricalDtype):
            return "\n".join(target.astype(str)).encode()
        return (
            target.to_numpy().astype(np.float64 if target.dtype.kind == "f" else np.int8).tobytes()
        )

    def clusters(self, block: int | None = None) -> npt.NDArray[np.intp]:
        """For each row the number of what is resampled whole.

        That is its query or its entity, or the part of that within `block` minutes. An entity with
        several queries, such as a user, is drawn with all of them.
        """
        names = [self.clusters_are]
        table = self.table
        if block is not None:
            table, names = table.assign(block=table[TIME] // block), [*names, "block"]
        return table.groupby(names, observed=True, sort=False).ngroup().to_numpy().astype(np.intp)

    @property
    def clusters_are(self) -> str:
        """The column whose values are resampled whole."""
        return QUERY if QUERY in self.table and not holds(self.table, ENTITY, QUERY) else ENTITY

    @property
    def times(self) -> npt.NDArray[np.int64] | None:
        """The minute of each row; None where the data have no time."""
        minutes = self.table[TIME].to_numpy(dtype=np.int64)
        return minutes if minutes.any() else None

    def first(self, some: npt.NDArray[np.bool_]) -> int:
        """The place of that of `some` rows whose number in the table's index is the lowest."""
        places = np.flatnonzero(some)
        return int(places[self.table.index.to_numpy()[places].argmin()])

    def message(self, at: int) -> str:
        """The row at a place, for a message: who, when, and its number in the table's index."""
        row = self.table.iloc[at]
        when = f" at {moment(int(row[TIME]))}" if self.times is not None else ""
        return f"entity '{row[ENTITY]}'{when} (row {self.table.index[at]})"
