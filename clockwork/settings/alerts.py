"""configs/alerts.yaml: the score from which each algorithm's model alerts."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from clockwork.settings.strict import Strict, load
from clockwork.support.errors import BadInput
from clockwork.support.paths import CONFIGS

FILE = CONFIGS / "alerts.yaml"
Threshold = Annotated[float, Field(gt=0, lt=1)]


class AlertSettings(Strict):
    """configs/alerts.yaml: `thresholds` by algorithm, `default` for those that it does not name."""

    thresholds: dict[str, Threshold]
    default: Threshold = 0.5


def threshold(algorithm: str, root: Path = Path()) -> float:
    """The score from which `algorithm` alerts in the checkout at `root`.

    Raises `BadInput` where `thresholds` names an algorithm that does not exist: a misspelt one must
    not fall back.
    """
    settings = load(root / FILE, AlertSettings)
    if algorithm not in settings.thresholds:
        for name in settings.thresholds:
            if not (root / CONFIGS / "models" / f"{name}.yaml").exists():
                raise BadInput(
                    f"{FILE}: thresholds has '{name}', "
                    f"but there is no configs/models/{name}.yaml; fix the name"
                )
    return settings.thresholds.get(algorithm, settings.default)
