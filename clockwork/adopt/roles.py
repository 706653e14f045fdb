"""Which column is the time, whose row it is, what names a row and what is no feature.

All of it is guessed from types, counts and names.
"""

import re
from collections.abc import Sequence

from clockwork.adopt.guess import GIVEN, NONE, Given, Guess
from clockwork.adopt.inspect import Column
from clockwork.learning.data.columns import MANY
from clockwork.learning.probes.single_feature import MOST
from clockwork.settings.columns import RESERVED

# fmt: off
WHOSE = (
    "customer", "client", "user", "member", "account", "device", "machine", "sensor", "unit",
    "patient", "subject", "person", "employee", "store", "shop", "station", "vehicle", "household",
    "host", "server", "entity", "driver", "player", "student", "asset", "engine", "turbine",
    "meter", "site", "seller", "merchant", "visitor", "individual", "participant", "respondent",
    "worker", "pupil", "child", "animal", "firm", "company", "plant",
)
# fmt: on
IDS = ("id", "uuid", "guid")  # which name an entity where they come again
HOW_MANY = ("no", "nr", "num", "number", "n")  # of them, before what they are
NAMES = (*IDS, "key", "no", "nr", "num", "number", "code", "name", "index", "idx")
QUERIES = ("query", "qid", "query id", "search id", "session", "session id", "list id")
# fmt: off
WHEN = (
    "timestamp", "datetime", "time", "date", "day", "ts", "at", "on", "start", "started", "created",
    "event",
)
NOT_WHEN = (
    "birth", "born", "dob", "birthday", "end", "ended", "closed", "cancelled", "canceled",
    "expires", "until",
)
# fmt: on
EPOCHS = {"seconds": (3e8, 4e9), "milliseconds": (3e11, 4e12)}
NAMED_BY = {
    "minute": "minutes",
    "minutes": "minutes",
    "hour": "hours",
    "epoch": "seconds",
    "unixtime": "seconds",
}
BESIDE = ("unix", "utc", "of", "sample", "log")
LARGEST_PART = 60  # of a date: its minute
FEWEST, DOMINANT, UNLIKE, WORDY = 30, 0.2, 0.9, 3.0
ALMOST_ALL = 0.99  # of a target that is not binary
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


def spoken(name: str) -> list[str]:
    """The words in a column's name."""
    return [word.lower() for word in CAMEL.split(name) if word]


def query_of(columns: Sequence[Column], given: Given) -> Guess:
    """Which rows are one list."""
    if given.query is not None:
        return Guess("query", None if given.query == NONE else given.query, GIVEN)
    for column in columns:
        if (
            " ".join(spoken(column.name)) in QUERIES
            and 2 <= column.distinct <= column.rows / 2
            and not column.missing
        ):
            return Guess("query", column.name, f"{column.distinct:,} lists, by its name")
    return Guess("query", None, "no column says which rows are one list")


def time_of(columns: Sequence[Column], given: Given) -> list[Guess]:
    """When a row was, and the unit of a time that is a number."""
    if given.time is not None:
        named = None if given.time == NONE else given.time
        column = next((one for one in columns if one.name == named), None)
        return [Guess("time", named, GIVEN), _unit(column, given)]
    days = [one for one in columns if one.kind == "date" and not one.missing and one.distinct > 1]
    days = [one for one in days if not set(spoken(one.name)) & set(NOT_WHEN)]
    ranked = sorted(days, key=lambda one: (not set(spoken(one.name)) & set(WHEN), -one.distinct))
    if ranked:
        first = ranked[0]
        ask, doubt = "", 0.0
        if len(ranked) > 1:
            others = ", ".join(one.name for one in ranked[1:4])
            ask, doubt = f"is '{first.name}' when a row was, or {others}? (--time)", 0.5
        return [
            Guess(
                "time", first.name, f"a date in every row, {first.distinct:,} of them", ask, doubt
            )
        ]
    for column in columns:
        guess = _unit(column, given)
        if guess.value and column.distinct > FEWEST and not column.missing and _counts_time(column):
            return [
                Guess("time", column.name, "a number that counts time, by its name and size"),
                guess,
            ]
    return [Guess("time", None, "no column is a date in every row: there is no before and after")]


def _unit(column: Column | None, given: Given) -> Guess:
    if given.unit is not None:
        return Guess("unit", given.unit, GIVEN)
    if column is None or column.kind not in ("number", "whole number"):
        return Guess("unit", None, "dates need none")
    epoch = _epoch(column)
    if epoch is not None:
        return Guess("unit", epoch, f"since 1970, as {column.examples[0]}")
    named = next((NAMED_BY[word] for word in spoken(column.name) if word in NAMED_BY), None)
    return Guess("unit", named, "by its name" if named else "not a time")


def _epoch(column: Column) -> str | None:
    # The unit of a number that counts from 1970 on.
    least, most = column.least or 0.0, column.most or 0.0
    named = set(spoken(column.name)) & {"time", "timestamp", "ts", "epoch", "unixtime"}
    return next(
        (unit for unit, (low, high) in EPOCHS.items() if named and low <= least and most <= high),
        None,
    )


def _counts_time(column: Column) -> bool:
    # Fractions, few values and other words beside the unit are of a duration or of an hour of the
    # day.
    plain = set(spoken(column.name)) <= {*NAMED_BY, *WHEN, *BESIDE}
    whole = column.kind == "whole number" and (column.most or 0.0) > LARGEST_PART
    return _epoch(column) is not None or (plain and whole)


def entity_of(columns: Sequence[Column], given: Given) -> Guess:
    """Whose row it is: rows of one entity stand or fall together."""
    if given.entity is not None:
        return Guess("entity", None if given.entity == NONE else given.entity, GIVEN)
    named = [one for one in columns if _is_whose(one)]
    for column in sorted(named, key=lambda one: -one.distinct):
        each = column.rows / max(column.distinct, 1)
        if column.distinct < FEWEST or column.largest > DOMINANT or each < 1.5 or column.missing:
            continue
        why = f"{column.distinct:,} of them with {each:.1f} rows each, by its name"
        ask = f"do rows of one '{column.name}' belong together? (--entity {NONE} if not)"
        return Guess("entity", column.name, why, ask, 0.4)
    few = next((one for one in named if one.distinct < FEWEST), None)
    if few is not None:
        why = (
            f"'{few.name}' has {few.distinct} values, fewer than {FEWEST}: "
            "each row stands by itself"
        )
        return Guess(
            "entity",
            None,
            why,
            f"'{few.name}' was not taken as --entity: it has too few values",
            0.3,
        )
    return Guess("entity", None, "no column names whose row it is: each row stands by itself")


def _is_whose(column: Column) -> bool:
    words = spoken(column.name)
    plain = [word for word in words if word not in NAMES]
    whose = len(plain) == 1 and plain[0].removesuffix("s") in WHOSE
    known = whose or (len(words) == 1 and words[0] in IDS)
    counts = (
        column.kind == "whole number"
        and bool(words)
        and (words[0] in HOW_MANY or words[-1].endswith("s"))
    )
    return known and not counts and column.kind in ("text", "whole number") and not column.written


def key_of(columns: Sequence[Column], given: Given, taken: set[str]) -> Guess:
    """What names a row over versions of the data."""
    if given.key is not None:
        return Guess("key", None if given.key == (NONE,) else list(given.key), GIVEN)
    for column in columns:
        names = (
            column.kind in ("text", "whole number") and not column.missing and not column.numbered
        )
        if (
            column.name not in taken
            and names
            and column.distinct == column.rows
            and names_something(column)
        ):
            return Guess("key", [column.name], "another value in every row, by its name")
    return Guess("key", None, "no column names a row: a hash of its content does")


def names_something(column: Column) -> bool:
    """Whether a column is called like one that names something."""
    words = spoken(column.name)
    # But for "name": it may be that of somebody else.
    return bool(words) and words[-1] in NAMES and words[-1] != "name"


def left_out(
    columns: Sequence[Column], given: Given, taken: set[str], task: str
) -> dict[str, Guess]:
    """The columns that are no features, each with the reason."""
    found = {name: Guess(name, name, GIVEN) for name in given.exclude}
    for column in columns:
        if column.name not in taken and column.name not in found:
            guess = _unfit(column, task)
            found |= {column.name: guess} if guess else {}
    return found


def _unfit(column: Column, task: str) -> Guess | None:
    name, least = column.name, MOST if task == "binary" else ALMOST_ALL
    if column.alone is not None and column.alone >= least:
        why = f"alone tells the target ({column.alone:.3f} of 1): known only once the target is?"
        ask = f"'{name}' alone tells the target ({column.alone:.3f} of 1). Is it known beforehand?"
        return Guess(
            name, name, why, f"{ask} It is left out; if it is, take it out of `exclude`", 0.9
        )
    if column.kind == "other":
        return Guess(name, name, "neither number, date nor text")
    if column.distinct <= 1:
        return Guess(name, name, "the same in every row" if column.distinct else "empty")
    if column.numbered:
        return Guess(name, name, "counts the rows")
    if column.odd:
        ask = (
            f"'{name}' has {column.odd} words among its numbers; "
            "write null where there is none, and take it in"
        )
        return Guess(name, name, f"{column.odd} words among numbers", ask, 0.7)
    if name in RESERVED or name.startswith("score_"):
        ask = f"'{name}' is a name of the pipeline's own tables; rename the column to use it"
        return Guess(name, name, "a name that the pipeline's own tables use", ask, 0.5)
    text = column.kind == "text" and not wordy(column)
    if text and (column.distinct >= MANY or column.distinct > UNLIKE * column.rows):
        return Guess(name, name, f"{column.distinct:,} different names")
    if column.kind == "whole number" and column.distinct == column.rows and names_something(column):
        return Guess(name, name, "another number in every row, by its name")
    return None


def wordy(column: Column) -> bool:
    """Whether it is text in which the words count."""
    return column.kind == "text" and column.length >= WORDY and column.distinct > 0.1 * column.rows
