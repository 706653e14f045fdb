"""configs/gate.yaml: which algorithms can block a pull request, and how sure the gate must be."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pipelines.gate.metrics import METRICS
from pipelines.paths import CONFIGS
from pipelines.settings.strict import Strict, load

Role = Literal["gating", "watched"]


class GateSettings(Strict):
    """configs/gate.yaml. Margins are shares of the base's value; alphas are one-sided error rates."""

    algorithms: dict[str, Role] = Field(min_length=1)
    primary: str
    further: list[str] = []
    margin: float = Field(gt=0, lt=1)
    credible_gain: float = Field(gt=0)
    alpha_pass: float = Field(gt=0, lt=0.5)
    alpha_block: float = Field(gt=0, lt=0.5)
    resamples: int = Field(ge=200)
    min_positive_clusters: int = Field(ge=10)
    block: int | None = Field(default=None, ge=1, description="minutes; resample entity x block, not entity")
    cannot_tell: Literal["red", "green"] = "red"
    target_branch: str = "main"

    @field_validator("primary", "further")
    @classmethod
    def _known(cls, named: str | list[str]) -> str | list[str]:
        for name in [named] if isinstance(named, str) else named:
            if name not in METRICS:
                raise ValueError(f"there is no metric '{name}', only {', '.join(METRICS)}")
        return named

    @model_validator(mode="after")
    def _armed(self) -> "GateSettings":
        if "gating" not in self.algorithms.values():
            raise ValueError("at least one algorithm must be gating, or the gate could never be red")
        return self


def gate_settings(root: Path = Path()) -> GateSettings:
    """The settings of the checkout at `root`."""
    return load(root / CONFIGS / "gate.yaml", GateSettings)
