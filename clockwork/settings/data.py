"""configs/data.yaml: the rows, the meaning of their columns, the split."""

from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from clockwork.settings.columns import ROLES
from clockwork.settings.columns import Columns as Columns
from clockwork.settings.strict import Strict, load
from clockwork.support.paths import CONFIGS

TaskName = Literal["binary", "multiclass", "regression", "ranking"]


class Split(Strict):
    """Which rows train and which evaluate.

    The latter are later, of other entities, both, drawn, or marked. `random` draws by a stable hash
    of a row's name. Without `by` it is what the data have: time and entities.
    """

    by: Literal["time", "entity", "both", "random", "column"] | None = None
    column: str | None = Field(
        default=None, description="a slice; the rows with a value of `evaluate` evaluate"
    )
    evaluate: list[str] = []
    train_share_of_time: float = Field(default=0.6, gt=0, lt=1)
    train_share_of_entities: float = Field(default=0.7, gt=0, le=1)
    embargo: int = Field(
        default=0,
        ge=0,
        description="minutes between the last training and the first evaluation row",
    )
    folds: int = Field(
        default=3,
        ge=2,
        description="of the training rows, by entity, by time or by both, for tuning",
    )
    fold_by: Literal["entity", "time", "both"] = "entity"

    @model_validator(mode="after")
    def _by_column(self) -> Self:
        if (self.by == "column") != (self.column is not None and bool(self.evaluate)):
            raise ValueError(
                "`by: column` needs `column` (one of slices) "
                "and `evaluate` (its values), and no other does"
            )
        return self


class Csv(Strict):
    """How CSV files are written."""

    separator: str = Field(default=",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    encoding: str = "utf8"


class Sql(Strict):
    """A query whose result is kept as the file that `rows` names, to be pinned like other data."""

    query: str
    url: str = Field(
        description="the name of the environment variable that holds the database's URL"
    )


class DataSettings(Strict):
    """configs/data.yaml. What it says of single columns is in `columns`.

    That is so also where it stands at the top.
    """

    other_keys: ClassVar[tuple[str, ...]] = tuple(ROLES)
    rows: str
    task: TaskName = Field(
        default="binary", description="two classes, several, a number, or lists to rank"
    )
    unlabelled: Literal["refuse", "drop"] = Field(
        default="refuse", description="rows without a target"
    )
    step: int | None = Field(
        default=None, ge=1, description="minutes from one row of an entity to its next; none: any"
    )
    columns: Columns
    split: Split = Split()
    csv: Csv = Csv()
    dates: dict[str, str] = Field(
        default={},
        description=(
            "columns of text, or of numbers like 20240131, that are dates, and how they are written"
        ),
    )
    sql: Sql | None = None
    declared: dict[str, str] = Field(
        default={},
        description="digests of columns that are meant to be read into other values than base "
        "reads",
    )

    @classmethod
    def written(cls, key: str, document: Any) -> str:
        """A key as `document` spells it.

        Those of `columns` stand at the top of the file, by names of their own.
        """
        whole, _, inner = key.partition(".")
        if whole != "columns" or (isinstance(document, dict) and "columns" in document):
            return key
        if not inner and isinstance(document, dict) and set(ROLES) & set(document):
            return ""
        name, _, rest = inner.partition(".")
        top = {own: file for file, own in ROLES.items()}.get(name, "target")
        return f"{top}.{rest}" if rest else top

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, document: Any) -> Any:
        if not isinstance(document, dict) or not ({*ROLES, *ROLES.values()} & set(document)):
            return document
        if "columns" in document:
            both = sorted(set(ROLES) & set(document))
            raise ValueError(
                f"`{both[0]}` stands beside `columns`; "
                "move what is in `columns` to the top of the file"
            )
        for file, own in ROLES.items():
            if file != own and own in document:
                raise ValueError(f"`{own}` is `{file}` at the top of the file; rename it")
        if "unit" in document and "time" not in document:
            raise ValueError(
                "`unit` is that of `time`, which is not named; name it or take `unit` out"
            )
        rest = {key: value for key, value in document.items() if key not in ROLES}
        named = {ROLES[key]: value for key, value in document.items() if key in ROLES}
        return {**rest, "columns": {"unit": None, **named}}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        columns, split = self.columns, self.split
        if not columns.time and (
            split.by in ("time", "both") or split.embargo or split.fold_by != "entity"
        ):
            raise ValueError(
                "`split` asks for time (`by`, `fold_by` or `embargo`), "
                "and no column is `time`; name it"
            )
        if self.task == "ranking" and not columns.query:
            raise ValueError(
                "a ranking needs `query`, the column that says which rows are one list; name it"
            )
        if self.task != "binary" and columns.positive is not None:
            raise ValueError(
                f"`positive` is for two classes, and `task` is {self.task}; take it out"
            )
        if split.column is not None and split.column not in columns.slices:
            raise ValueError(f"split.column '{split.column}' is not one of `slices`; add it there")
        if self.step and not (columns.entity and columns.time):
            raise ValueError(
                "`step` is from row to row of an entity, so it needs `entity` and `time`; name them"
            )
        return self

    @property
    def grid(self) -> int:
        """The minutes from row to row; 1 where rows are on no grid."""
        return self.step or 1

    @property
    def defaults(self) -> list[str]:
        """What the file leaves open, and what is taken for it, as lines for people."""
        taken = {
            "entity": (self.columns.entity, "each row by itself"),
            "time": (self.columns.time, "none: there is no before and after"),
            "key": (self.columns.named_by, "a hash of each row's content"),
            "split.by": (self.split.by, self.splits_by),
        }
        return [f"{key}: {default}" for key, (value, default) in taken.items() if not value]

    @property
    def splits(self) -> Split:
        """The split, with what it goes by."""
        return self.split.model_copy(update={"by": self.splits_by})

    @property
    def splits_by(self) -> str:
        """What the split goes by."""
        columns = self.columns
        found = "both" if columns.time and columns.entity else "time" if columns.time else "entity"
        return self.split.by or (found if columns.time or columns.entity else "random")


def data_settings(root: Path = Path()) -> DataSettings:
    """The settings of the checkout at `root`."""
    return load(root / CONFIGS / "data.yaml", DataSettings)
