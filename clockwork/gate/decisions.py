"""What would be done otherwise: which rows alert on one commit alone, how much is seed noise."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.gate.rows import Rows
from clockwork.gate.tasks.binary import replaced
from clockwork.gate.tasks.task import Task

Floats = npt.NDArray[np.float64]
MOST = 10


@dataclass(frozen=True)
class Flip:
    """A row whose decision differs.

    It has its place among the evaluation rows, and the mean score of each commit's runs.
    """

    row: int
    base: float
    head: float
    kind: Literal["new error", "fixed error"]


def flips(
    label: npt.NDArray[np.int8], head: Floats, base: Floats, thresholds: tuple[float, float]
) -> list[Flip]:
    """The rows (rows,) that alert on one commit alone.

    They are ordered by how far their mean score over runs (runs, rows) moved.
    """
    of_head, of_base = head.mean(axis=0), base.mean(axis=0)
    changed = np.flatnonzero((of_head >= thresholds[0]) != (of_base >= thresholds[1]))
    most = changed[np.argsort(-np.abs(of_head - of_base)[changed], kind="stable")][:MOST]
    return [
        Flip(
            row=int(row),
            base=float(of_base[row]),
            head=float(of_head[row]),
            kind="fixed error"
            if (of_head[row] >= thresholds[0]) == (label[row] == 1)
            else "new error",
        )
        for row in most
    ]


def churn(head: Floats, base: Floats, thresholds: tuple[float, float]) -> tuple[float, float]:
    """The mean share of alerts replaced by a run of head, and by a new seed of base (the floor)."""
    pairs = np.triu_indices(len(base), k=1)
    own = replaced(base, base, (thresholds[1], thresholds[1]))[pairs]
    return float(replaced(head, base, thresholds).mean()), float(own.mean()) if len(own) else 0.0


def check_churn(head: Floats, base: Floats, thresholds: tuple[float, float], room: float) -> Check:
    """Whether head replaces no more alerts than a new seed and `room` beyond it; it never gates."""
    changed, floor = churn(head, base, thresholds)
    outcome = Outcome.PASS if changed <= floor + room else Outcome.SUSPICIOUS
    message = f"{changed:.1%} of alerts are replaced; a new seed replaces {floor:.1%}"
    return Check(CheckId.DECISIONS, outcome, message, gating=False)


def check_replaced(task: Task, rows: Rows, head: Floats, base: Floats, room: float) -> Check:
    """The same of any task, by what it calls a decision; one base run says nothing of new seeds."""
    changed = float(task.replaced(rows, head, base).mean())
    if len(base) < 2:
        return Check(
            CheckId.DECISIONS,
            Outcome.PASS,
            f"{changed:.1%} of decisions differ; base has one run",
            gating=False,
        )
    floor = float(task.replaced(rows, base, base)[np.triu_indices(len(base), k=1)].mean())
    outcome = Outcome.PASS if changed <= floor + room else Outcome.SUSPICIOUS
    return Check(
        CheckId.DECISIONS,
        outcome,
        f"{changed:.1%} of decisions differ; a new seed changes {floor:.1%}",
        gating=False,
    )
