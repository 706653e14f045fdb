"""Before any test: are these rows enough, and are these scores fit for it?"""

import numpy as np
import numpy.typing as npt

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.gate.rows import Rows
from clockwork.gate.tasks import binary
from clockwork.gate.tasks.task import Task

Floats = npt.NDArray[np.float64]


def check_rows(rows: Rows, least: int, task: Task = binary.TASK) -> Check:
    """Whether the evaluation rows can carry a verdict.

    They must not be empty, must be fit for the task, and have enough clusters as evidence.
    """
    name, total = CheckId.ENOUGH_ROWS, len(rows.label)
    if total == 0:
        return Check(name, Outcome.INVALID, "there are no evaluation rows")
    unfit = task.unfit(rows)
    if unfit:
        return Check(name, Outcome.INVALID, unfit)
    cases = rows.positive_entities
    if cases < least:
        message = f"{cases} {task.cases}; fewer than {least} cannot carry a verdict"
        return Check(name, Outcome.INVALID, message)
    of_them = "" if rows.every else f", {cases} of them {task.cases.removeprefix('clusters ')}"
    return Check(name, Outcome.PASS, f"{total} rows, {rows.entities} clusters{of_them}")


def fault(
    rows: Rows, head: Floats | None, base: Floats | None, task: Task = binary.TASK
) -> str | None:
    """What makes the scores (runs, rows) of an algorithm unfit, in words; None if nothing does."""
    for side, runs in (("head", head), ("base", base)):
        if runs is None or len(runs) == 0:
            return f"{side} has no scores: the algorithm is on one side only"
        if runs.shape[1] != len(rows.label):
            return f"{side} scored {runs.shape[1]} rows, not {len(rows.label)}"
        found = task.fault(rows, runs)
        if found:
            return f"{side} {found}"
    return None
