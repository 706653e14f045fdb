"""The tasks that the gate knows, registered here and nowhere else."""

from clockwork.gate.tasks import answers, binary, multiclass, ranking, regression
from clockwork.gate.tasks.task import Task

TASKS: dict[str, Task] = {
    task.name: task
    for task in (binary.TASK, multiclass.TASK, regression.TASK, ranking.TASK, answers.TASK)
}
