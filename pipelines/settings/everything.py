"""Every file of configs/ at once, so that a wrong key is told before any work is done."""

from pathlib import Path

from pipelines.errors import BadInput
from pipelines.paths import LOCK
from pipelines.settings.alerts import threshold
from pipelines.settings.data import data_settings, expectations
from pipelines.settings.engine import engine_settings
from pipelines.settings.features import feature_settings
from pipelines.settings.gate import GateSettings, gate_settings
from pipelines.settings.models import model_settings, training_settings, tuning_settings
from pipelines.settings.tracking import tracking_settings
from pipelines.tuning.warm import read_warm

FEWEST = 3  # trainings of one commit: from fewer nobody knows what a new seed does


def check_settings(root: Path = Path()) -> GateSettings:
    """Read every settings file of the checkout at `root`; gives the gate's. Raises `BadInput` on the first fault."""
    gate = gate_settings(root)
    for read in (
        *(data_settings, expectations, feature_settings, tuning_settings, training_settings),
        *(tracking_settings, engine_settings),
    ):
        read(root)
    for algorithm in gate.algorithms:
        model_settings(algorithm, root)
        read_warm(algorithm, root)
        threshold(algorithm, root)
    training = training_settings(root)
    if len(training.seeds) + len(training.pool) < FEWEST:
        raise BadInput(f"configs/training.yaml: fewer than {FEWEST} seeds show no luck; add some to seeds or pool")
    if not (root / LOCK).exists():
        raise BadInput(f"{LOCK}: no such file; restore it from git, then `python -m pipelines declare` after a run")
    return gate
