"""Which task the checkout's models are for: the one key of configs/data.yaml its gate must know."""

from pathlib import Path

from pydantic import ConfigDict

from clockwork.gate.registry import TASKS
from clockwork.gate.tasks.task import Task
from clockwork.settings.data import TaskName
from clockwork.settings.strict import Strict, load
from clockwork.support.paths import CONFIGS


class TaskSettings(Strict):
    """The task alone; other keys of configs/data.yaml may be of another version of the engine."""

    model_config = ConfigDict(extra="ignore")

    task: TaskName = "binary"


def task_of(root: Path = Path()) -> Task:
    """The task of the checkout at `root`; that of one which names none is binary."""
    path = root / CONFIGS / "data.yaml"
    return TASKS[load(path, TaskSettings).task if path.exists() else "binary"]
