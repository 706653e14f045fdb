"""Raw rows in parts of whole entities, where there are many.

They are the rows of `read_rows`, in its order, never all at once. Files may hold some entities each
or all entities for a while: a part is read from the row groups that its entities have rows in.
Where a row has a meaning for those of other entities, all are read, and parts are cut from them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow.feather as feather

from clockwork.learning.data.row_groups import Names, planned, some_columns
from clockwork.learning.data.rows import read_rows
from clockwork.learning.kept import blocks
from clockwork.learning.keys import ENTITY
from clockwork.settings.data import DataSettings

LEAST = 1_000_000  # rows of a part
SPOOL = ".parts-"
Reader = Callable[[DataSettings, Path], pd.DataFrame]


@dataclass(frozen=True)
class Parts:
    """Rows in `count` parts.

    `read` gives them one after the other whenever it is asked; `held` are rows in memory.
    """

    count: int
    read: Callable[[Names], Iterator[pd.DataFrame]]
    held: pd.DataFrame | None = None

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return self.read(None)

    @cached_property
    def header(self) -> pd.DataFrame:
        """No row, with the columns of all and their types."""
        return next(self.read(None)).iloc[:0].copy()

    @cached_property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.held) if self.held is not None else sum(map(len, self.read([ENTITY])))

    def whole(self, names: Names = None) -> pd.DataFrame:
        """Some columns of all rows, or all of them."""
        if self.held is not None:
            return self.held if names is None else self.held[names]
        return pd.concat(self.read(names), ignore_index=True)


def read_parts(settings: DataSettings, reader: Reader, root: Path = Path()) -> Parts:
    """The rows of `reader` in parts of at least `LEAST` rows.

    Of another reader than `read_rows` all are read first.
    """
    plan = planned(settings, root, LEAST) if reader is read_rows else None
    if plan is not None:
        return Parts(len(plan.parts), plan.read)
    return parts_of(reader(settings, root))


def parts_of(rows: pd.DataFrame) -> Parts:
    """Rows that are in memory, in parts."""
    cut = blocks(rows[ENTITY], LEAST)
    if len(cut) == 1:
        return one_part(rows)
    return Parts(
        len(cut),
        lambda names: (some_columns(rows.iloc[part], names).reset_index(drop=True) for part in cut),
        rows,
    )


def one_part(rows: pd.DataFrame) -> Parts:
    """Rows that are in memory, together."""
    return Parts(1, lambda names: iter([some_columns(rows, names)]), rows)


@contextmanager
def spooled(rows: Parts, place: Path) -> Iterator[Parts]:
    """The same rows, to be read again and again by column.

    They lie in files below `place`, or together where they are held.
    """
    if rows.held is not None:
        yield one_part(rows.held)
        return
    place.mkdir(parents=True, exist_ok=True)
    for left in place.glob(f"{SPOOL}*"):  # by a run that was killed: as large as all rows
        rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=place, prefix=SPOOL) as folder:
        paths = [Path(folder) / f"{at}.arrow" for at in range(rows.count)]
        for path, part in zip(paths, rows, strict=True):
            feather.write_feather(part, str(path), compression="uncompressed")

        def read(names: Names) -> Iterator[pd.DataFrame]:
            for path in paths:
                yield feather.read_feather(path, columns=names, use_threads=False, memory_map=False)

        yield Parts(rows.count, read)


def read_entities(
    settings: DataSettings, reader: Reader, names: set[str], root: Path = Path()
) -> pd.DataFrame:
    """The rows of the entities `names`."""
    plan = planned(settings, root, LEAST) if reader is read_rows else None
    if plan is not None:
        codes = np.flatnonzero([name in names for name in plan.entities])
        return plan.rows_of(codes) if len(codes) else plan.rows_of(plan.parts[0]).iloc[:0]
    rows = reader(settings, root)
    wanted = rows[ENTITY].cat.categories.astype(str).isin(names)
    return rows[wanted[rows[ENTITY].cat.codes]].reset_index(drop=True)
