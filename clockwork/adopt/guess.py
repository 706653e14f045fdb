"""What is taken for each key of configs/data.yaml, why, and what a person may want otherwise."""

from dataclasses import dataclass
from typing import Any

NONE = "none"  # how a person says that there is no such column


@dataclass(frozen=True)
class Guess:
    """A key of configs/data.yaml and its `value`; None leaves it out.

    A `question` is asked where it might be wrong. `doubt` from 0 to 1 says how likely that is: the
    most doubtful are asked first.
    """

    key: str
    value: Any
    why: str
    question: str = ""
    doubt: float = 0.0


@dataclass(frozen=True)
class Given:
    """The options of an adoption: None is to be guessed, `none` means there is no such column."""

    target: str
    task: str | None = None
    positive: str | None = None
    time: str | None = None
    unit: str | None = None
    entity: str | None = None
    query: str | None = None
    key: tuple[str, ...] | None = None
    slices: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    split: str | None = None
    unlabelled: str | None = None

    @property
    def named(self) -> dict[str, str]:
        """The columns that were named, each with the option that names it."""
        single = {"time": self.time, "entity": self.entity, "query": self.query}
        found = {name: option for option, name in single.items() if name not in (None, NONE)}
        several = {"key": self.key or (), "slices": self.slices or (), "exclude": self.exclude}
        return {str(name): option for name, option in found.items()} | {
            name: option for option, names in several.items() for name in names if name != NONE
        }


GIVEN = "as given"
