"""configs/features.yaml: how raw rows become features."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from clockwork.settings.strict import Strict, load
from clockwork.support.paths import CONFIGS

Statistic = Literal["mean", "std", "min", "max", "z"]


class FeatureSettings(Strict):
    """configs/features.yaml. Windows are trailing and in minutes.

    A feature row is kept every `every` minutes. Without windows the columns themselves are the
    features.
    """

    every: int = Field(default=1, ge=1)
    windows: dict[Annotated[int, Field(ge=1)], list[Statistic]] = {}
    missing: Literal["keep", "zero"] = "keep"

    @property
    def history(self) -> int:
        """The minutes before a row that its features are made of; 0 where there are no windows."""
        return max(self.windows, default=0)


def feature_settings(root: Path = Path()) -> FeatureSettings:
    """The settings of the checkout at `root`."""
    return load(root / CONFIGS / "features.yaml", FeatureSettings)
