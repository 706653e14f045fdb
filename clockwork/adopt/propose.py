"""From the columns of a table to a first configs/data.yaml: every key with the reason for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from clockwork.adopt.guess import Given, Guess
from clockwork.adopt.inspect import Column, inspect, present_values
from clockwork.adopt.names import SOME, key_beside, panel_of
from clockwork.adopt.roles import entity_of, key_of, left_out, query_of, time_of, wordy
from clockwork.adopt.target import positive_of, problems_of, task_of

KEYS = (
    "task",
    "target",
    "unlabelled",
    "positive",
    "entity",
    "time",
    "unit",
    "query",
    "key",
    "slices",
    "split",
)
MOST_QUESTIONS = 5


@dataclass(frozen=True)
class Counts:
    """How many rows train, how many evaluate, and how many clusters of these count as evidence."""

    train: int = 0
    evaluate: int = 0
    clusters: int = 0


@dataclass(frozen=True)
class Proposal:
    """What configs/data.yaml is to say.

    `guesses` are by its keys, `exclude` by column; `problems` say what to mend. `rows` is the
    pattern of the files, `csv` and `dates` how they are written, `text` the columns whose words
    count.
    """

    rows: str
    csv: Mapping[str, str]
    columns: tuple[Column, ...]
    guesses: Mapping[str, Guess]
    exclude: Mapping[str, Guess]
    text: tuple[str, ...] = ()
    dates: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    counts: Counts = Counts()

    def __getitem__(self, key: str) -> Any:
        """What is taken for a key of configs/data.yaml; None where it is left out."""
        return self.guesses[key].value if key in self.guesses else None

    @property
    def task(self) -> str:
        """The task of the target."""
        return str(self["task"])

    @property
    def target(self) -> Column:
        """The column of targets."""
        return next(one for one in self.columns if one.name == self["target"])

    @property
    def questions(self) -> list[str]:
        """What a person may want to say otherwise, most doubtful first; none needs an answer."""
        guesses = (*self.guesses.values(), *self.exclude.values())
        asked = [(one.doubt, one.question) for one in guesses if one.question]
        asked += [
            (0.6, f"'{one.name}' is read as {one.written}; day and month could be the other way")
            for one in self.columns
            if one.twice and one.name in self.dates
        ]
        ranked = sorted(asked, key=lambda one: -one[0])
        return [question for _, question in ranked[:MOST_QUESTIONS]]

    @property
    def features(self) -> list[Column]:
        """The columns that features are made of."""
        keys = [self[key] for key in ("target", "entity", "time", "query")] + list(
            self["key"] or []
        )
        return [
            one for one in self.columns if one.name not in keys and one.name not in self.exclude
        ]

    def role(self, name: str) -> str:
        """What the column `name` is taken for, as people say it."""
        for key in ("target", "entity", "time", "query"):
            if self[key] == name:
                return key
        if name in (self["key"] or []):
            return "key"
        if name in self.exclude:
            return "left out"
        if name in (self["slices"] or []):
            return "feature, slice"
        return "text" if name in self.text else "feature"

    def document(self) -> dict[str, Any]:
        """configs/data.yaml as plain values."""
        found = {
            "rows": self.rows,
            "csv": dict(self.csv),
            "dates": dict(self.dates),
            **{key: self[key] for key in KEYS},
            "text": list(self.text),
            "exclude": list(self.exclude),
        }
        return {key: value for key, value in found.items() if value not in (None, [], {})}

    def taking(self, *guesses: Guess, problems: tuple[str, ...] = ()) -> "Proposal":
        """The proposal with further guesses, and what is wrong with them."""
        named = {guess.key: guess for guess in guesses}
        return replace(
            self, guesses={**self.guesses, **named}, problems=(*self.problems, *problems)
        )


def propose(table: pa.Table, rows: str, csv: Mapping[str, str], given: Given) -> Proposal:
    """What the columns of `table` are taken for.

    Split and slices come later, from the rows (see usable.py).
    """
    columns = inspect(table, given.target)
    others = [one for one in columns if one.name != given.target]
    target = next(one for one in columns if one.name == given.target)
    values = present_values(table.column(given.target))
    roles = _roles(table, others, given)
    task = task_of(target, roles["query"].value, given)
    if task.value != "ranking" and given.query is None:
        roles["query"] = Guess("query", None, "of a ranking only")
    guesses = {"task": task, "target": Guess("target", given.target, "as given"), **roles}
    if task.value == "binary" and target.distinct == 2:
        guesses["positive"] = positive_of(target, values, given)
    taken = {given.target, *(given.slices or ())}
    taken |= {str(guess.value) for key, guess in roles.items() if key != "key"} | set(
        roles["key"].value or []
    )
    exclude = left_out(others, given, taken, task.value)
    kept = [one for one in others if one.name not in taken and one.name not in exclude]
    dated = [one for one in others if one.written and one.name not in exclude]
    return Proposal(
        rows=rows,
        csv=csv,
        columns=tuple(columns),
        guesses=guesses,
        exclude=exclude,
        text=tuple(one.name for one in kept if wordy(one)),
        dates={one.name: str(one.written) for one in dated},
        problems=tuple(problems_of(target, task.value, values)),
    )


def _roles(table: pa.Table, columns: list[Column], given: Given) -> dict[str, Guess]:
    found = {guess.key: guess for guess in (query_of(columns, given), *time_of(columns, given))}
    free = [one for one in columns if one.name not in {guess.value for guess in found.values()}]
    found["entity"] = entity_of(free, given)
    found["key"] = key_of(columns, given, {str(guess.value) for guess in found.values()})
    if found["entity"].value is given.entity is None:
        asked = bool(found["entity"].question)
        guesses = panel_of(table, columns) or (() if asked else panel_of(table, columns, SOME))
        panel = {guess.key: guess for guess in guesses}
        found |= panel if given.key is None else {"entity": panel.get("entity", found["entity"])}
    entity, time = found["entity"].value, found["time"].value
    if entity and time and entity != time and given.key is None:
        found["key"] = key_beside(table, columns, entity, time)
    return found
