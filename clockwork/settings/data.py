"""configs/data.yaml and configs/expectations.yaml: the rows, the meaning of their columns, the split."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from clockwork.settings.strict import Strict, load
from clockwork.support.paths import CONFIGS

RESERVED = ("entity", "time", "label", "part", "fold", "place", "score")  # what tables of the pipeline call their own


class Columns(Strict):
    """Which column is what, each with one role. `metrics` are numeric; `*` in one stands for any characters."""

    entity: str
    time: str
    label: str
    slices: list[str] = []
    metrics: list[str] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_role_each(self) -> Self:
        keys = [self.entity, self.time, self.label, *self.slices]
        for name in (*keys, *self.metrics):
            if keys.count(name) + (name in self.metrics) > 1:
                raise ValueError(f"'{name}' has two roles; give each column one")
        for name in (*self.slices, *self.metrics):
            check_free(name)
        return self


def check_free(name: str) -> None:
    """Raise `ValueError` where a slice or metric has a name that the pipeline's own tables use."""
    if name in RESERVED or name.startswith("score_"):
        raise ValueError(f"the name '{name}' is taken by the pipeline itself; rename that column in the data")


class Split(Strict):
    """Which rows train and which judge. Evaluation rows are later, and from other entities where asked for."""

    train_share_of_time: float = Field(gt=0, lt=1)
    train_share_of_entities: float = Field(gt=0, le=1)
    embargo: int = Field(ge=0, description="minutes between the last training and the first evaluation row")
    folds: int = Field(ge=2, description="of the training rows, by entity, by time or by both, for tuning")
    fold_by: Literal["entity", "time", "both"]


class DataSettings(Strict):
    """configs/data.yaml."""

    rows: str
    step: int = Field(ge=1, description="minutes from one row of an entity to its next")
    columns: Columns
    split: Split
    declared: dict[str, str] = Field(
        default={}, description="digests of columns that are meant to be read into other values than base reads"
    )


class Expectation(Strict):
    """One Great Expectations check, spread over `columns` (or over the table where there are none)."""

    expect: str
    columns: list[str] = []
    severity: Literal["critical", "warning"] = "critical"
    arguments: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, document: Any) -> Any:
        if not isinstance(document, dict):
            return document
        own = {key: value for key, value in document.items() if key in cls.model_fields}
        rest = {key: value for key, value in document.items() if key not in own}
        return {**own, "arguments": rest} if rest else own


class Expectations(Strict):
    """configs/expectations.yaml."""

    expectations: list[Expectation] = Field(min_length=1)


def data_settings(root: Path = Path()) -> DataSettings:
    """The settings of the checkout at `root`."""
    return load(root / CONFIGS / "data.yaml", DataSettings)


def expectations(root: Path = Path()) -> list[Expectation]:
    """The expectations of the checkout at `root`."""
    return load(root / CONFIGS / "expectations.yaml", Expectations).expectations
