"""Two tables row beside row: by their key, or in their order where they have none."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from clockwork.commands.files.read import Columns, refuse_missing
from clockwork.support.errors import BadInput

EXACT = 2**53  # the first whole number whose neighbour is no float


@dataclass(frozen=True)
class Matched:
    """Both tables in one order, row for row; `reason` says why they cannot be compared, if so."""

    base: pd.DataFrame
    head: pd.DataFrame
    reason: str | None = None


def match(
    base: pd.DataFrame, head: pd.DataFrame, columns: Columns, paths: tuple[Path, Path]
) -> Matched:
    """Both files' rows side by side. Raises `BadInput` for a column head lacks, or a repeated key.

    Rows or targets that differ are no bad input: the files are then not comparable.
    """
    lost = [name for name in columns.meaning if name not in head.columns]
    if lost:
        raise BadInput(f"{paths[1]}: no column '{lost[0]}', which {paths[0]} has")
    key = list(columns.key)
    for path, table in zip(paths, (base, head), strict=True):
        check_keys(path, table, key)
    if key:
        alike = [_alike(base[name], head[name]) for name in key]
        base, head = (
            table.assign(**dict(zip(key, columns, strict=True))).sort_values(
                key, kind="stable", ignore_index=True
            )
            for table, columns in zip((base, head), zip(*alike, strict=True), strict=True)
        )
    return Matched(base, head, _differs(base, head, columns))


def check_keys(path: Path, table: pd.DataFrame, key: list[str]) -> None:
    """Raise `BadInput` where a row of `table` has no key, or several rows have the same one."""
    if not key:
        return
    refuse_missing(path, table, key)
    again = table.duplicated(key, keep=False).to_numpy()
    if again.any():
        first = int(again.argmax())
        same = (table[key] == table[key].iloc[first]).all(axis=1).to_numpy().nonzero()[0]
        named = ", ".join(f"{name} {table[name].iloc[first]}" for name in key)
        raise BadInput(
            f"{path}: {named} is in rows {same[0]} and {same[1]}; name the columns with --key"
        )


def _differs(base: pd.DataFrame, head: pd.DataFrame, columns: Columns) -> str | None:
    key = list(columns.key)
    if not key and len(base) != len(head):
        return (
            f"head has {len(head)} rows, base {len(base)}; "
            "name the columns that tell rows apart with --key"
        )
    if len(base) != len(head) or any(_unequal(base[name], head[name]).any() for name in key):
        return _missing(base, head, key)
    for name in columns.meaning:
        unequal = _unequal(base[name], head[name])
        if unequal.any():
            row, count = int(unequal.argmax()), int(unequal.sum())
            what = "targets" if name == columns.target else f"values of '{name}'"
            where = ", ".join(f"{one} {base[one].iloc[row]}" for one in key) or f"row {row}"
            both = f"{base[name].iloc[row]} on base, {head[name].iloc[row]} on head"
            remedy = (
                ""
                if key
                else "; rows were matched by their order: name what tells them apart with --key"
            )
            return f"{count} {what} differ, first at {where}: {both}{remedy}"
    return None


def _missing(base: pd.DataFrame, head: pd.DataFrame, key: list[str]) -> str:
    head_keys, base_keys = (
        set(map(tuple, table[key].astype(str).to_numpy())) for table in (head, base)
    )
    gone, new = sorted(base_keys - head_keys), sorted(head_keys - base_keys)
    parts = [
        (
            f"{len(rows)} rows {what}, "
            f"such as {', '.join(map(' '.join, zip(key, rows[0], strict=True)))}"
        )
        for rows, what in ((gone, "are base's alone"), (new, "head's alone"))
        if rows
    ]
    return (
        "; ".join(parts)
        or f"keys differ in type: {base[key].dtypes.tolist()} and {head[key].dtypes.tolist()}"
    )


def _unequal(one: pd.Series, other: pd.Series) -> pd.Series:
    left, right = _alike(one, other)
    unequal = (left != right).fillna(True).astype(bool)  # a missing number is none
    return unequal & ~(left.isna() & right.isna())


def _alike(one: pd.Series, other: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Both of one type: numbers where both are, else text; categories in one order, or text."""
    if all(pd.api.types.is_numeric_dtype(column) for column in (one, other)):
        return (one, other) if one.dtype == other.dtype else _as_numbers(one, other)
    if one.dtype != other.dtype:
        return one.astype(str), other.astype(str)
    if isinstance(one.dtype, pd.CategoricalDtype):
        of_both = one.cat.categories.equals(other.cat.categories)
        return (one, other) if of_both else (one.astype(str), other.astype(str))
    return one, other


def _as_numbers(one: pd.Series, other: pd.Series) -> tuple[pd.Series, pd.Series]:
    # Numbers of Python where floats would round whole ones: they compare by value.
    left, right = one.astype(float), other.astype(float)
    if (left.abs() >= EXACT).any() or (right.abs() >= EXACT).any():
        return one.astype(object), other.astype(object)
    return left, right
