"""Every file of configs/ at once, so that a wrong key is reported before any work is done."""

from pathlib import Path

from clockwork.learning.tuning.warm import read_warm
from clockwork.settings.alerts import FILE as ALERTS
from clockwork.settings.alerts import threshold
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.engine import engine_settings
from clockwork.settings.expectations import expectations
from clockwork.settings.features import feature_settings
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.settings.models import model_settings, training_settings, tuning_settings
from clockwork.settings.task import task_of
from clockwork.settings.tracking import tracking_settings
from clockwork.support.errors import BadInput
from clockwork.support.paths import CONFIGS, LOCK

FEWEST = 3  # trainings of one commit: from fewer nobody knows what a new seed does


def check_settings(root: Path = Path()) -> GateSettings:
    """Read every settings file of the checkout at `root`; gives the gate's.

    Raises `BadInput` on the first fault.
    """
    gate = gate_settings(root)
    for read in (
        *(data_settings, expectations, feature_settings, tuning_settings, training_settings),
        *(tracking_settings, engine_settings),
    ):
        read(root)
    _check_block(gate, data_settings(root))
    for path in sorted((root / CONFIGS / "models").glob("*.yaml")):
        model_settings(path.stem, root)  # also of those that the gate does not name yet
    for algorithm in gate.algorithms:
        model_settings(algorithm, root)
        read_warm(algorithm, root)
        if task_of(root).alerts:
            threshold(algorithm, root)
    training = training_settings(root)
    if len(training.seeds) + len(training.pool) < FEWEST:
        raise BadInput(
            f"configs/training.yaml: fewer than {FEWEST} seeds show no noise; "
            "add some to seeds or pool"
        )
    if not (root / LOCK).exists():
        raise BadInput(
            f"{LOCK}: no such file; "
            "restore it from git, then `python -m clockwork declare` after a run"
        )
    return gate


def _check_block(gate: GateSettings, data: DataSettings) -> None:
    if gate.block is None:
        return
    if data.columns.time is None:
        raise BadInput(
            "configs/gate.yaml: "
            "`block` is in minutes, and configs/data.yaml names no `time`; take it out"
        )
    if data.task == "ranking":
        raise BadInput("configs/gate.yaml: `block` would cut the lists of a ranking; take it out")


def unread(root: Path = Path()) -> list[str]:
    """What the checkout at `root` sets that its task does not ask for, as lines for people."""
    task = task_of(root)
    if task.alerts or not (root / ALERTS).exists():
        return []
    return [f"{ALERTS}: not read, for a model of {task.name} raises no alerts"]
