"""configs/tracking.yaml: where the results of every run are kept."""

from pathlib import Path

from pydantic import Field

from clockwork.settings.strict import Strict, load
from clockwork.support.paths import CONFIGS


class TrackingSettings(Strict):
    """configs/tracking.yaml. The environment's MLFLOW_TRACKING_URI wins over the embedded store."""

    experiment: str = Field(min_length=1)
    store: str = Field(
        min_length=1, description="folder of the embedded store, from the main checkout's root"
    )
    timeout: int = Field(ge=1, description="seconds that a server may take for one answer")
    port: int = Field(ge=1024, le=65535, description="of `make ui`, on loopback")


def tracking_settings(root: Path = Path()) -> TrackingSettings:
    """The settings of the checkout at `root`."""
    return load(root / CONFIGS / "tracking.yaml", TrackingSettings)
