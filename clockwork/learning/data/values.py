"""Which values a reader gives: a digest per column, and how two tables differ, value by value."""

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.data.parts import Parts
from clockwork.learning.keys import ENTITY, TIME, RowKeys, when

ROWS = "rows"
LENGTH = 16


@dataclass(frozen=True)
class Difference:
    """A column whose values differ, or `ROWS`: how, in words, and the digest of what head reads."""

    column: str
    message: str
    digest: str


def digests(rows: pd.DataFrame) -> dict[str, str]:
    """A digest for each column of `rows`, the same whatever the order of the entities is."""
    order = _order(rows)
    return {
        str(name): _digest(rows[name] if order is None else rows[name].iloc[order])
        for name in rows.columns
    }


def digests_of(rows: Parts) -> dict[str, str]:
    """The digests of rows in parts; a whole column at a time where entities do not come by name."""
    if rows.count == 1:
        return digests(rows.whole())
    columns, texts = list(map(str, rows.header.columns)), _texts(rows)
    if not _by_name(rows, texts[ENTITY]):
        return {name: _by_column(rows, name, texts) for name in columns}
    found = {name: hashlib.sha256() for name in columns}
    for at, part in enumerate(rows):
        for name, digest in found.items():
            if not at:
                digest.update("\n".join(texts.get(name, [str(part[name].dtype)])).encode())
            digest.update(np.ascontiguousarray(_values(part, name, texts)).data)
    return {name: digest.hexdigest()[:LENGTH] for name, digest in found.items()}


def _by_column(rows: Parts, name: str, texts: dict[str, list[str]]) -> str:
    # The rows of each entity, which lie together, go to their place in the order of the names.
    counts = [
        np.bincount(_values(part, ENTITY, texts), minlength=len(texts[ENTITY]))
        for part in rows.read([ENTITY])
    ]
    starts = np.cumsum(np.r_[0, np.sum(counts, axis=0)])
    header = rows.header
    whole = np.empty(starts[-1], dtype=_values(header, name, texts).dtype)
    for part in rows.read(list(dict.fromkeys([ENTITY, name]))):
        some, values = _values(part, ENTITY, texts), _values(part, name, texts)
        edges = [0, *(np.flatnonzero(some[1:] != some[:-1]) + 1).tolist(), len(some)]
        for begin, end in pairwise(edges):
            at = starts[some[begin]]
            whole[at : at + end - begin] = values[begin:end]
    found = hashlib.sha256("\n".join(texts.get(name, [str(header[name].dtype)])).encode())
    found.update(whole.data)
    return found.hexdigest()[:LENGTH]


def _values(part: pd.DataFrame, name: str, texts: dict[str, list[str]]) -> npt.NDArray[Any]:
    return _places(part[name], texts[name]) if name in texts else part[name].to_numpy()


def _texts(rows: Parts) -> dict[str, list[str]]:
    # Of each column that is no number the values, in their order.
    header = rows.header
    names = [str(name) for name in header.columns if not _numeric(header[name])]
    found: dict[str, set[str]] = {name: set() for name in names}
    for part in rows.read(names):
        for name, values in found.items():
            values.update(map(str, part[name].dropna().unique()))
    return {name: sorted(values) for name, values in found.items()}


def _by_name(rows: Parts, names: list[str]) -> bool:
    last = -1
    for part in rows.read([ENTITY]):
        codes = np.r_[last, _places(part[ENTITY], names)]
        if (codes[1:] < codes[:-1]).any():
            return False
        last = codes[-1]
    return True


def _places(column: pd.Series, names: list[str]) -> npt.NDArray[np.int64]:
    # The place of each value among `names`, -1 where it is missing.
    column, place = column.astype("category"), {name: at for at, name in enumerate(names)}
    known = [place.get(str(name), -1) for name in column.cat.categories]
    return np.array([*known, -1], dtype=np.int64)[column.cat.codes.to_numpy()]


def differences(head: pd.DataFrame, base: pd.DataFrame) -> list[Difference]:
    """Where two tables of raw rows differ, in rows and in the columns that both have."""
    new, old = _in_order(head), _in_order(base)
    where, before = _matched(new, old)
    found, names = [], RowKeys(new).names
    if len(where) < len(new) or len(before) < len(old):
        text = (
            f"{len(old) - len(before)} of base's {len(old)} "
            f"rows are gone and {len(new) - len(where)} are new"
        )
        found.append(
            Difference(ROWS, text, _digest(pd.Series([_digest(new[name]) for name in names])))
        )
    for name in [name for name in new.columns if name in old.columns and name not in names]:
        one, other = new[name].iloc[where], old[name].iloc[before]
        at = np.flatnonzero(_unequal(one, other))
        if len(at):
            row = new.iloc[where[at[0]]]
            text = (
                f"'{name}' differs in {len(at)} of {len(where)} rows, "
                f"such as entity '{row[ENTITY]}'{when(int(row[TIME]))}: "
                f"{_shown(one.iloc[at[0]])}, base {_shown(other.iloc[at[0]])}"
            )
            found.append(Difference(str(name), text, _digest(new[name])))
    return found


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    order = _order(rows)
    return rows if order is None else rows.iloc[order]


def _order(rows: pd.DataFrame) -> npt.NDArray[np.intp] | None:
    # By the name of the entity, None where they lie so; in time they do, for the contract of the
    # raw rows asks for it.
    code, _ = _coded(rows[ENTITY])
    return None if (code[1:] >= code[:-1]).all() else np.argsort(code, kind="stable")


def _coded(column: pd.Series) -> tuple[npt.NDArray[np.int64], list[str]]:
    # Codes that follow the order of the values' names, without names that no row has.
    column = column.astype("category").cat.remove_unused_categories()
    names = [str(name) for name in column.cat.categories]
    rank = np.empty(len(names) + 1, dtype=np.int64)
    # The code of a missing value is -1.
    rank[np.argsort(names)], rank[-1] = (np.arange(len(names)), -1)
    return rank[column.cat.codes.to_numpy()], sorted(names)


def _numeric(column: pd.Series) -> bool:
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf"


def _digest(column: pd.Series) -> str:
    found = hashlib.sha256()
    if _numeric(column):
        values, names = column.to_numpy(), [str(column.dtype)]
    else:
        values, names = _coded(column)
    found.update("\n".join(names).encode())
    found.update(np.ascontiguousarray(values).data)
    return found.hexdigest()[:LENGTH]


def _matched(
    new: pd.DataFrame, old: pd.DataFrame
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    # Positions of the rows that both have, in the order of `new`.
    at = RowKeys(old).places(RowKeys(new))
    where = np.flatnonzero(at >= 0)
    return where, at[where].astype(np.intp)


def _unequal(new: pd.Series, old: pd.Series) -> npt.NDArray[np.bool_]:
    missing = new.isna().to_numpy(), old.isna().to_numpy()
    if _numeric(new) and _numeric(old):
        unequal = new.to_numpy() != old.to_numpy()
    else:
        unequal = new.astype(str).to_numpy() != old.astype(str).to_numpy()
    return np.asarray(
        (unequal & ~(missing[0] & missing[1])) | (missing[0] != missing[1]), dtype=np.bool_
    )


def _shown(value: Any) -> str:
    return f"{value:.7g}" if isinstance(value, float | np.floating) else str(value)
