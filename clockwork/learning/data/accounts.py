"""How many rows, entities and positives go into a step and come out, and who is lost on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pandas as pd

from clockwork.learning.keys import ENTITY, QUERY, TARGET
from clockwork.learning.targets import task_of
from clockwork.support.errors import BadRows, named

MOST = 5  # names in a message


@dataclass(frozen=True)
class Account:
    """One step: counts before and after it, why they differ, and what is lost.

    Lost are the entities and slice values with no row after. Where targets are numbers or several
    classes, no row is positive: None.
    """

    reason: str
    rows: tuple[int, int]
    entities: tuple[int, int]
    positives: tuple[int, int] | None
    lost: dict[str, list[str]]

    def as_dict(self) -> dict[str, Any]:
        """The account as plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Tally:
    """What is counted of rows: how many, how many positive, the values of each name. Parts add up.

    `positives` is None where no row is positive, see `Account`.
    """

    rows: int
    positives: int | None
    values: dict[str, set[str]]

    def __add__(self, other: "Tally") -> "Tally":
        positives = (
            None
            if self.positives is None or other.positives is None
            else self.positives + other.positives
        )
        values = {name: found | other.values[name] for name, found in self.values.items()}
        return Tally(self.rows + other.rows, positives, values)

    def difference(self, after: "Tally", reason: str) -> Account:
        """The account of a step from these rows to those `after` it."""
        entities = self.values[ENTITY], after.values[ENTITY]
        lost = {name: sorted(was - after.values[name]) for name, was in self.values.items()}
        if len(entities[0]) == self.rows:  # a row by itself is counted, and not named
            del lost[ENTITY]
        positives = None
        if self.positives is not None and after.positives is not None:
            positives = self.positives, after.positives
        named = {name: values for name, values in lost.items() if values}
        return Account(
            reason, (self.rows, after.rows), (len(entities[0]), len(entities[1])), positives, named
        )


def tally(keys: pd.DataFrame) -> Tally:
    """What is counted of the rows with these `keys` (entity, label, slices as categories)."""
    text = [str(name) for name in keys.columns if isinstance(keys[name].dtype, pd.CategoricalDtype)]
    # Lists come and go with their rows.
    values = {name: _values(keys[name]) for name in text if name != QUERY}
    positive = task_of(keys).name in ("binary", "ranking")
    return Tally(len(keys), int((keys[TARGET] > 0).sum()) if positive else None, values)


def account(before: pd.DataFrame, after: pd.DataFrame, reason: str) -> Account:
    """The account of a step from the keys `before` to the keys `after`."""
    return tally(before).difference(tally(after), reason)


def _values(column: "pd.Series[Any]") -> set[str]:
    return set(column.unique().astype(str))


def check_none_lost(one: Account, remedy: str) -> None:
    """Raise `BadRows` where an entity or a slice value has no row after the step."""
    for name, values in one.lost.items():
        raise BadRows(
            f"{len(values)} of column '{name}' keep no row ({one.reason}): "
            f"{_some(values)}; {remedy}"
        )


def tallies(rows: pd.DataFrame, parts: Mapping[str, "pd.Series[bool]"]) -> dict[str, Tally]:
    """What is counted of `all` rows, of each of `parts` (masks), and of rows in none: `neither`."""
    neither = ~np.logical_or.reduce([mask.to_numpy() for mask in parts.values()])
    masks = {name: mask.to_numpy() for name, mask in parts.items()} | {"neither": neither}
    return {"all": tally(rows)} | {name: tally(rows[mask]) for name, mask in masks.items()}


def accounts(counted: Sequence[Mapping[str, Tally]]) -> dict[str, Account]:
    """The account of each part of the rows, from the `tallies` of some of them after the other."""
    whole = {name: reduce(add, [one[name] for one in counted]) for name in counted[0]}
    before = whole.pop("all")
    return {name: before.difference(part, f"split: {name}") for name, part in whole.items()}


def summary(
    read: Mapping[str, Any], kept: Mapping[str, Any], split: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Lines for people: the rows' way from files to both sides of the split, who is on neither."""
    train, evaluate, neither = (split[name]["rows"][1] for name in ("train", "evaluate", "neither"))
    left = (
        f" -> {read['rows'][1]:,} {read.get('reason', 'read')}"
        if read["rows"][0] != read["rows"][1]
        else ""
    )
    reached = f"{train:,} train, {evaluate:,} evaluate, {neither:,} in neither"
    lines = [
        (
            f"rows: {read['rows'][0]:,} raw{left} -> "
            f"{kept['rows'][1]:,} kept ({kept['reason']}) -> {reached}"
        )
    ]
    missed = {name: split[name]["lost"] for name in ("train", "evaluate")}
    for name in sorted(set(missed["train"]) & set(missed["evaluate"])):
        both = sorted(set(missed["train"][name]) & set(missed["evaluate"][name]))
        if both:
            lines.append(
                f"rows: {len(both)} of '{name}' neither train nor evaluate, such as '{both[0]}'"
            )
    for side, columns in missed.items():
        lines += [
            f"rows: no row of {name} '{value}' is there to {side}"
            for name, values in columns.items()
            if name != ENTITY
            for value in values[:MOST]
        ]
    return lines


def columns(validated: Mapping[str, Any]) -> list[str]:
    """The columns that tell a model nothing, as lines for people.

    `validated` is what the stage validate found.
    """
    unused, empty = validated.get("unused", []), validated.get("empty", [])
    lines = (
        [f"columns: {len(unused)} are neither key nor feature: {_some(unused)}"] if unused else []
    )
    if validated.get("partial"):
        lines.append(
            "columns: some files lack a feature, which is a missing value in their rows: "
            f"{named(validated['partial'])}; write it in all, or name it under `exclude`"
        )
    if empty:
        lines.append(
            f"columns: no row has a value of {_some(empty)}; mend the data, "
            "or name what is of no use under `exclude` in configs/data.yaml"
        )
    return lines


def _some(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:MOST]) + (", ..." if len(names) > MOST else "")
