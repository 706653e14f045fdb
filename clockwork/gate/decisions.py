"""What would be done otherwise: which rows notify on one commit and not on the other, and how much of that is luck."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.gate.rows import Rows
from clockwork.gate.tasks.binary import replaced as replaced
from clockwork.gate.tasks.task import Task

Floats = npt.NDArray[np.float64]
MOST = 10


@dataclass(frozen=True)
class Flip:
    """A row whose decision differs: its place among the evaluation rows, and the mean score of each arm's runs."""

    row: int
    base: float
    head: float
    kind: Literal["new error", "fixed error"]


def flips(label: npt.NDArray[np.int8], head: Floats, base: Floats, thresholds: tuple[float, float]) -> list[Flip]:
    """The rows (rows,) that notify in one arm alone, those whose mean score over runs (runs, rows) moved most first."""
    ours, theirs = head.mean(axis=0), base.mean(axis=0)
    changed = np.flatnonzero((ours >= thresholds[0]) != (theirs >= thresholds[1]))
    most = changed[np.argsort(-np.abs(ours - theirs)[changed], kind="stable")][:MOST]
    return [
        Flip(
            row=int(row),
            base=float(theirs[row]),
            head=float(ours[row]),
            kind="fixed error" if (ours[row] >= thresholds[0]) == (label[row] == 1) else "new error",
        )
        for row in most
    ]


def churn(head: Floats, base: Floats, thresholds: tuple[float, float]) -> tuple[float, float]:
    """The mean share of alerts that a run of head replaces, and that a new seed of base alone replaces (the floor)."""
    pairs = np.triu_indices(len(base), k=1)
    own = replaced(base, base, (thresholds[1], thresholds[1]))[pairs]
    return float(replaced(head, base, thresholds).mean()), float(own.mean()) if len(own) else 0.0


def check_churn(head: Floats, base: Floats, thresholds: tuple[float, float], room: float) -> Check:
    """Whether head replaces no more alerts than a new seed would, and `room` beyond it. It is told, and never gates."""
    changed, floor = churn(head, base, thresholds)
    outcome = Outcome.PASS if changed <= floor + room else Outcome.SUSPICIOUS
    message = f"{changed:.1%} of alerts are replaced; a new seed replaces {floor:.1%}"
    return Check(CheckId.DECISIONS, outcome, message, gating=False)


def check_replaced(task: Task, rows: Rows, head: Floats, base: Floats, room: float) -> Check:
    """The same of any task, by what it calls a decision; a single run of base says nothing of a new seed."""
    changed = float(task.replaced(rows, head, base).mean())
    if len(base) < 2:
        return Check(
            CheckId.DECISIONS, Outcome.PASS, f"{changed:.1%} of decisions differ; base has one run", gating=False
        )
    floor = float(task.replaced(rows, base, base)[np.triu_indices(len(base), k=1)].mean())
    outcome = Outcome.PASS if changed <= floor + room else Outcome.SUSPICIOUS
    return Check(
        CheckId.DECISIONS, outcome, f"{changed:.1%} of decisions differ; a new seed changes {floor:.1%}", gating=False
    )
