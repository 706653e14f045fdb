"""Which columns together name a row, tried on the rows themselves."""

from collections.abc import Sequence
from math import prod

import pyarrow as pa

from clockwork.adopt.guess import NONE, Guess
from clockwork.adopt.inspect import Column
from clockwork.adopt.roles import DOMINANT, FEWEST, names_something, spoken

PERIODS = (
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "date",
    "period",
    "season",
    "round",
    "wave",
    "hour",
    "time",
)
# Entities to ask about; and so many that half of them can carry a verdict.
SOME, BOTH_SIDES = 8, 2 * FEWEST
EACH, TOGETHER = 3, 2  # rows of an entity, and of a period, at least in the mean


def key_beside(table: pa.Table, columns: Sequence[Column], entity: str, time: str) -> Guess:
    """What names a row of an entity at a time: these two, or what tells rows of one time apart."""
    both = tuple(one for one in columns if one.name in (entity, time))
    if _unique(table, *both):
        return Guess("key", None, "entity and time name a row")
    free = [
        one
        for one in columns
        if one.name not in (entity, time) and not one.missing and not one.numbered
    ]
    named = [
        one
        for one in free
        if one.kind == "text" or (one.kind == "whole number" and names_something(one))
    ]
    for others in (tuple(one for one in both if one.name == entity), both):
        for column in named:
            if _unique(table, *others, column):
                why = (
                    f"'{entity}' may have several rows at a time, which '{column.name}' tells apart"
                )
                return Guess("key", [*(one.name for one in others), column.name], why)
    return Guess("key", None, "entity and time, which are there twice")


def panel_of(
    table: pa.Table, columns: Sequence[Column], least: int = BOTH_SIDES
) -> tuple[Guess, ...]:
    """The entity and the key of rows that follow at least `least` over some periods; else nothing.

    Where they are fewer than `BOTH_SIDES` there is a question: no entity, and both columns stay
    features.
    """
    whole = [one for one in columns if not one.missing]
    whose = [
        one
        for one in whole
        if one.kind == "text" and one.largest <= DOMINANT and one.distinct >= least
    ]
    when = [
        one for one in whole if one.kind == "date" or (one.kind == "whole number" and _period(one))
    ]
    for column in whose:
        for period in when:
            few = (
                column.rows >= EACH * column.distinct and period.rows >= TOGETHER * period.distinct
            )
            if few and _unique(table, column, period):
                return _panel(column, period)
    return ()


def _panel(column: Column, period: Column) -> tuple[Guess, ...]:
    name, many = column.name, f"{column.distinct:,} of them"
    if column.distinct < BOTH_SIDES:
        why = (
            f"'{name}' has {column.distinct} values, too few to carry a verdict: "
            "each row stands by itself"
        )
        ask = (
            f"do rows of one '{name}' belong together? "
            f"(--entity {name} if so; with {many} small losses stay unseen)"
        )
        return (Guess("entity", None, why, ask, 0.6),)
    why = f"{many}, each with a row of its own for a '{period.name}'"
    ask = f"do rows of one '{name}' belong together? (--entity {NONE} if not)"
    both = f"'{name}' and '{period.name}' name a row"
    return Guess("entity", name, why, ask, 0.4), Guess("key", [name, period.name], both)


def _period(column: Column) -> bool:
    return bool(set(spoken(column.name)[-1:]) & set(PERIODS))


def _unique(table: pa.Table, *columns: Column) -> bool:
    names = [one.name for one in columns]
    if prod(one.distinct for one in columns) < table.num_rows:
        return False
    try:
        groups = table.select(names).unify_dictionaries().group_by(names).aggregate([])
    except pa.ArrowNotImplementedError:  # of a type that is no name: the reader says so
        return True
    return bool(groups.num_rows == table.num_rows)
