"""What the columns of configs/data.yaml are: the role of each, and names that are taken."""

from typing import Literal, Self

from pydantic import Field, model_validator

from clockwork.settings.strict import Strict
from clockwork.support.errors import BadInput

# What tables of the pipeline call their own. The first three have a role in every table; a row has
# a name of its own where entity and time do not name it; the rows of one query are a list that is
# ranked.
ENTITY, TIME, TARGET, ROW, QUERY = "entity", "time", "label", "row", "query"
RESERVED = (ENTITY, TIME, TARGET, ROW, QUERY, "part", "fold", "place", "score")
# In minutes.
UNITS = {"seconds": 1 / 60, "milliseconds": 1 / 60_000, "minutes": 1, "hours": 60, "days": 24 * 60}
Unit = Literal["milliseconds", "seconds", "minutes", "hours", "days"]
ROLES = {  # a key of the file beside the name that it has within `columns`
    "target": "label",
    "positive": "positive",
    "entity": "entity",
    "time": "time",
    "unit": "unit",
    "query": "query",
    "key": "key",
    "slices": "slices",
    "features": "metrics",
    "exclude": "exclude",
    "text": "text",
}


class Columns(Strict):
    """Which column is what. Features are made of `metrics`; `*` in one stands for any characters.

    Only the label is needed: without `entity` each row is by itself, without `time` there is no
    before and after.
    """

    entity: str | None = None
    time: str | None = None
    unit: Unit | None = Field(default="minutes", description="of a time that is a number")
    label: str
    positive: bool | int | float | str | None = Field(
        default=None, description="the value that counts as positive"
    )
    query: str | None = None
    key: list[str] = Field(default=[], description="names a row over data versions")
    slices: list[str] = []
    metrics: list[str] = Field(default=["*"], min_length=1)
    exclude: list[str] = []
    text: list[str] = Field(
        default=[], description="features whose words count, where others are categories"
    )

    @property
    def roles(self) -> list[str]:
        """Every column that has a role other than that of a feature, each once."""
        each = [self.entity, *self.slices, self.time, self.label, self.query, *self.key]
        return list(dict.fromkeys(name for name in each if name is not None))

    @property
    def names(self) -> list[str]:
        """Columns whose values are names, also as numbers: of entities, slices, lists and rows."""
        return [name for name in self.roles if name not in (self.time, self.label)]

    @property
    def entity_and_time(self) -> tuple[str, str]:
        """Both columns, where a row is of an entity at a time.

        Raises `BadInput` where one is not named.
        """
        if self.entity is None or self.time is None:
            raise BadInput("configs/data.yaml: `entity` and `time` are both needed here; name them")
        return self.entity, self.time

    @property
    def named_by(self) -> list[str]:
        """The columns that name a row; empty where a hash of its content does."""
        return self.key or [
            name for name in (self.entity, self.time) if name and self.entity and self.time
        ]

    @model_validator(mode="after")
    def _one_role_each(self) -> Self:
        keys = [
            name
            for name in (self.entity, self.time, self.label, self.query, *self.slices)
            if name is not None
        ]
        for name in (*keys, *self.metrics, *self.text):
            if keys.count(name) + (name in (*self.metrics, *self.text)) > 1:
                raise ValueError(f"'{name}' has two roles; give each column one")
        for name in (*self.slices, *self.metrics, *self.text):
            check_free(name)
        return self


def check_free(name: str) -> None:
    """Raise `ValueError` where a slice or metric has a name that the pipeline's own tables use."""
    if name in RESERVED or name.startswith("score_"):
        raise ValueError(
            f"the name '{name}' is taken by the pipeline itself; rename that column in the data"
        )
