"""Scores that were given already, such as how right each answer to a question is.

Nothing is true, more is better.
"""

import numpy as np

from clockwork.gate.metric import mean_of_rows
from clockwork.gate.tasks.task import Floats, Known, Rows, Scored, Task, distance, finite, table

MOVED = 0.1  # of the scores' range: an answer whose score moved by more is another answer

METRICS = table(mean_of_rows("mean_score", 1, lambda scored: scored.scores))


def _replaced(_: Rows, one: Floats, other: Floats) -> Floats:
    far = MOVED * float(np.ptp(other))
    return distance(one, other, lambda mine, its: np.asarray(np.abs(mine - its) > far))


def _known() -> tuple[Known, ...]:
    rows = Rows(np.array([0, 0, 1]), np.zeros(3), 2, every=True)
    return (Known("mean_score", Scored(rows, np.array([1.0, 0.0, 0.5])), 0.5),)


TASK = Task(
    name="answers",
    metrics=METRICS,
    primary="mean_score",
    cases="clusters",
    unfit=lambda _: None,
    fault=lambda _, runs: finite(runs),
    spoiled=lambda scored: np.full_like(scored.scores, scored.scores.min()),
    replaced=_replaced,
    known=_known(),
    guardrails={},
)
