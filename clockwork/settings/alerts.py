"""configs/alerts.yaml: the score from which each algorithm's model notifies."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from clockwork.settings.strict import Strict, load
from clockwork.support.errors import BadInput
from clockwork.support.paths import CONFIGS

FILE = CONFIGS / "alerts.yaml"


class AlertSettings(Strict):
    """configs/alerts.yaml."""

    thresholds: dict[str, Annotated[float, Field(gt=0, lt=1)]]


def threshold(algorithm: str, root: Path = Path()) -> float:
    """The score from which `algorithm` notifies in the checkout at `root`."""
    found = load(root / FILE, AlertSettings).thresholds
    if algorithm not in found:
        raise BadInput(f"{FILE}: thresholds has no '{algorithm}', which configs/gate.yaml names; add it")
    return found[algorithm]
