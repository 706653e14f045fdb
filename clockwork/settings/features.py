"""configs/features.yaml: how raw rows become features."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from clockwork.settings.strict import Strict, load
from clockwork.support.paths import CONFIGS

Statistic = Literal["mean", "std", "min", "max", "z"]


class FeatureSettings(Strict):
    """configs/features.yaml. Windows are trailing and in minutes; a feature row is kept every `every` minutes."""

    every: int = Field(ge=1)
    windows: dict[Annotated[int, Field(ge=1)], list[Statistic]] = Field(min_length=1)
    missing: Literal["keep", "zero"] = "keep"


def feature_settings(root: Path = Path()) -> FeatureSettings:
    """The settings of the checkout at `root`."""
    return load(root / CONFIGS / "features.yaml", FeatureSettings)
