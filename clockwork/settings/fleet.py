"""configs/fleet.yaml, which is optional: how a fleet is scored by the minute and when it alerts."""

from pathlib import Path

from pydantic import Field

from clockwork.settings.strict import Strict, load
from clockwork.support.paths import CONFIGS

FILE = CONFIGS / "fleet.yaml"


class FleetSettings(Strict):
    """configs/fleet.yaml; all times in minutes."""

    every: int | None = Field(
        default=None, ge=1, description="minutes from score to score; as in configs/features.yaml"
    )
    late: int = Field(
        default=15, ge=0, description="how late a row may be and still be inserted and scored"
    )
    clear: float = Field(
        default=1.0, gt=0, le=1, description="an alert ends below this share of the threshold"
    )
    merge: int = Field(default=15, ge=0, description="alerts less than this apart are one")
    repeat: int = Field(
        default=60, ge=1, description="an alert that lasts is sent again after so long"
    )
    snapshot: int = Field(
        default=10, ge=1, description="ticks from one snapshot of the state to the next"
    )


def fleet_settings(root: Path = Path()) -> FleetSettings:
    """The settings of the checkout at `root`; defaults where it has no such file."""
    return load(root / FILE, FleetSettings) if (root / FILE).exists() else FleetSettings()
