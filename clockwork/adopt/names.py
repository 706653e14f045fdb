"""Which columns together name a row, tried on the rows themselves."""

from collections.abc import Sequence

import pyarrow as pa

from clockwork.adopt.guess import NONE, Guess
from clockwork.adopt.inspect import Column
from clockwork.adopt.roles import DOMINANT, FEWEST, names_something, spoken

PERIODS = ("year", "quarter", "month", "week", "day", "date", "period", "season", "round", "wave")
BOTH_SIDES = 2 * FEWEST  # entities, so that half of them can carry a verdict
EACH, TOGETHER = 3, 2  # rows of an entity, and of a period, at least in the mean


def key_beside(table: pa.Table, columns: Sequence[Column], entity: str, time: str) -> Guess:
    """What names a row that is of an entity at a time: these two, or what tells rows of the same time apart."""
    if _unique(table, entity, time):
        return Guess("key", None, "entity and time name a row")
    free = [one for one in columns if one.name not in (entity, time) and not one.missing and not one.numbered]
    named = [one for one in free if one.kind == "text" or (one.kind == "whole number" and names_something(one))]
    for others in ((entity,), (entity, time)):
        for column in named:
            if _unique(table, *others, column.name):
                why = f"'{entity}' may have several rows at a time, which '{column.name}' tells apart"
                return Guess("key", [*others, column.name], why)
    return Guess("key", None, "entity and time, which are there twice")


def panel_of(table: pa.Table, columns: Sequence[Column]) -> tuple[Guess, Guess] | None:
    """The entity and the key of rows that follow many over some periods; None where they do not."""
    whole = [one for one in columns if not one.missing]
    whose = [one for one in whole if one.kind == "text" and one.largest <= DOMINANT and one.distinct >= BOTH_SIDES]
    when = [one for one in whole if one.kind == "date" or (one.kind == "whole number" and _period(one))]
    for column in whose:
        for period in when:
            few = column.rows >= EACH * column.distinct and period.rows >= TOGETHER * period.distinct
            if few and _unique(table, column.name, period.name):
                why = f"{column.distinct:,} of them, each with a row of its own for a '{period.name}'"
                ask = f"do rows of one '{column.name}' belong together? (--entity {NONE} if not)"
                both = f"'{column.name}' and '{period.name}' name a row"
                return Guess("entity", column.name, why, ask, 0.4), Guess("key", [column.name, period.name], both)
    return None


def _period(column: Column) -> bool:
    return spoken(column.name)[-1:] != [] and spoken(column.name)[-1] in PERIODS


def _unique(table: pa.Table, *names: str) -> bool:
    return bool(table.select(names).group_by(list(names)).aggregate([]).num_rows == table.num_rows)
