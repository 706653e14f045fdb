"""Which rows are kept: one in so many of each entity, whatever minute of the hour it reports at."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.encoding import OF_A_SLICE
from clockwork.support.errors import BadInput


def kept(time: npt.NDArray[np.int64], step: int, every: int) -> npt.NDArray[np.bool_]:
    """Whether each minute is kept: multiples of `every`, moved by the phase of the entity's grid.

    An entity's minutes are `step` apart, so all of them leave the same remainder by what `step` and
    `every` have in common. That remainder is the phase; it can be read off any single row, so a
    history that is cut keeps the same.
    """
    mask: npt.NDArray[np.bool_] = time % every == time % math.gcd(step, every)
    return mask


def blocks(entity: "pd.Series[Any]", least: int) -> list[slice]:
    """Rows of whole entities, which lie together, in slices.

    Each has at least `least` rows where there are so many.
    """
    code = entity.cat.codes.to_numpy()
    edges = np.flatnonzero(code[1:] != code[:-1]) + 1
    return [slice(*ends) for ends in pairwise(cuts(np.r_[edges, len(code)], least))]


def cuts(ends: npt.NDArray[np.intp], least: int) -> list[int]:
    """Where to cut rows whose entities end at `ends`.

    That is at 0, every so many rows at the end of an entity, and at the last end.
    """
    found, rows, edges = [0], int(ends[-1]), ends[:-1]
    while rows - found[-1] >= 2 * least and (
        at := int(np.searchsorted(edges, found[-1] + least))
    ) < len(edges):
        found.append(int(edges[at]))
    return [*found, rows]


def keys_of(rows: pd.DataFrame, features: list[str], keep: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """The keys of the rows that `keep` marks: every column of `rows` that is none of `features`."""
    return rows.loc[keep, [name for name in rows.columns if name not in features]].reset_index(
        drop=True
    )


def numbers(rows: pd.DataFrame, names: list[str]) -> npt.NDArray[np.float64]:
    """The columns `names` as a matrix (rows, columns) of one's own.

    Raises `BadInput` where one is text.
    """
    check_no_text(rows, names)
    values = rows[names].to_numpy(dtype=np.float64)
    # Pandas lends its own where it need not convert.
    return values if values.flags.writeable else values.copy()


def check_no_text(rows: pd.DataFrame, names: list[str]) -> None:
    """Raise `BadInput` where one of the columns `names` is text."""
    texts = [name for name in names if not pd.api.types.is_numeric_dtype(rows[name])]
    if texts:
        raw = texts[0].removesuffix(OF_A_SLICE)
        name = raw if raw in rows else texts[0]
        raise BadInput(
            "configs/features.yaml: "
            f"windows are of numbers, and '{name}' is text; add it to `exclude`"
        )


def plain(columns: pd.DataFrame, missing: str) -> npt.NDArray[np.float32] | pd.DataFrame:
    """The `columns` themselves as features: a matrix, or a frame where some are categories.

    Where `missing` is `zero`, 0 stands for a number that is not there.
    """
    numeric = [name for name in columns if isinstance(columns[name].dtype, np.dtype)]
    if missing == "zero":
        columns = columns.assign(**{str(name): columns[name].fillna(0) for name in numeric})
    if len(numeric) == columns.shape[1]:
        return columns.to_numpy(dtype=np.float32)
    return columns.reset_index(drop=True)
