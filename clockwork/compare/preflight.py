"""Every file of configs/ at once, so that a wrong key is reported before any work is done."""

from pathlib import Path

from clockwork.learning.tuning.warm import read_warm
from clockwork.settings.alerts import threshold
from clockwork.settings.data import data_settings, expectations
from clockwork.settings.engine import engine_settings
from clockwork.settings.features import feature_settings
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.settings.models import model_settings, training_settings, tuning_settings
from clockwork.settings.tracking import tracking_settings
from clockwork.support.errors import BadInput
from clockwork.support.paths import LOCK

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
        raise BadInput(f"configs/training.yaml: fewer than {FEWEST} seeds show no noise; add some to seeds or pool")
    if not (root / LOCK).exists():
        raise BadInput(f"{LOCK}: no such file; restore it from git, then `python -m clockwork declare` after a run")
    return gate
