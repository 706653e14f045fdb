"""configs/models/<algorithm>.yaml, tuning.yaml and training.yaml: parameters, spaces, budgets, seeds."""

import math
from pathlib import Path

from pydantic import Field, model_validator

from pipelines.errors import BadInput
from pipelines.paths import CONFIGS
from pipelines.settings.strict import Strict, load

Value = bool | int | float | str
Params = dict[str, Value]


class Range(Strict):
    """The numbers from `low` to `high`, whole ones where both ends are; `log` searches by order of magnitude."""

    low: int | float
    high: int | float
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError("low must be below high")
        if self.log and self.low <= 0:
            raise ValueError("a log range needs low above 0")
        return self


class ModelSettings(Strict):
    """One algorithm: fixed `params`, the `search` space over further ones, settings to `start` the search from."""

    params: Params = {}
    search: dict[str, Range | list[Value]] = {}
    start: list[Params] = []

    @model_validator(mode="after")
    def _apart(self) -> "ModelSettings":
        both = sorted(set(self.params) & set(self.search))
        if both:
            raise ValueError(f"'{both[0]}' is both fixed in params and searched; keep one")
        for point in self.start:
            if set(point) != set(self.search):
                raise ValueError(f"a point of start must set exactly {sorted(self.search)}")
        return self


class TuningSettings(Strict):
    """configs/tuning.yaml."""

    trials: int = Field(ge=1)
    seed: int
    rounds_per_step: int = Field(ge=1, description="boosting rounds between two looks at the learning curve")
    patience: int = Field(ge=1, description="steps without a better mean score before a trial stops")
    settle: float = Field(ge=0, lt=1, description="the fewest rounds within this share of the best score are taken")
    startup_trials: int = Field(ge=0, description="trials that run to their end before pruning starts")


class TrainingSettings(Strict):
    """configs/training.yaml."""

    seeds: list[int] = Field(min_length=1)
    pool: list[int]

    @model_validator(mode="after")
    def _distinct(self) -> "TrainingSettings":
        if len({*self.seeds, *self.pool}) < len(self.seeds) + len(self.pool):
            raise ValueError("the same seed twice shows no luck; make them distinct")
        return self


def model_settings(algorithm: str, root: Path = Path()) -> ModelSettings:
    """The settings of one algorithm in the checkout at `root`."""
    path = root / CONFIGS / "models" / f"{algorithm}.yaml"
    if not path.exists():
        raise BadInput(f"configs/gate.yaml names algorithm '{algorithm}' but {path} does not exist; add it")
    return load(path, ModelSettings)


def tuning_settings(root: Path = Path()) -> TuningSettings:
    """The search budget of the checkout at `root`."""
    return load(root / CONFIGS / "tuning.yaml", TuningSettings)


def training_settings(root: Path = Path()) -> TrainingSettings:
    """The training seeds of the checkout at `root`."""
    return load(root / CONFIGS / "training.yaml", TrainingSettings)
