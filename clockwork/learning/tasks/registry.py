"""The tasks that can be learned, registered here and nowhere else."""

from clockwork.learning.tasks import binary, multiclass, ranking, regression
from clockwork.learning.tasks.task import LearningTask

TASKS: dict[str, LearningTask] = {
    task.name: task for task in (binary.TASK, multiclass.TASK, regression.TASK, ranking.TASK)
}
