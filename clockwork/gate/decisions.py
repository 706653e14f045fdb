"""What would be done otherwise: which rows notify on one commit and not on the other, and how much of that is luck."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome

Floats = npt.NDArray[np.float64]
MOST = 10


@dataclass(frozen=True)
class Flip:
    """A row whose decision differs: its place among the judging rows, and the mean score of each arm's runs."""

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


def replaced(one: Floats, other: Floats, thresholds: tuple[float, float]) -> Floats:
    """The share of alerts that are of one run alone, for every run (runs, rows) of `one` against each of `other`.

    A Jaccard distance (runs of one, runs of other); 0 where neither run has an alert.
    """
    ours, theirs = (runs >= at for runs, at in zip((one, other), thresholds, strict=True))
    some = ours.any(axis=0) | theirs.any(axis=0)
    left, right = (alerts[:, some].astype(np.float32) for alerts in (ours, theirs))
    both = (left @ right.T).astype(np.float64)
    either = left.sum(axis=1, dtype=np.float64)[:, None] + right.sum(axis=1, dtype=np.float64) - both
    return np.asarray(1 - np.divide(both, either, out=np.ones_like(both), where=either > 0))


def churn(head: Floats, base: Floats, thresholds: tuple[float, float]) -> tuple[float, float]:
    """The mean share of alerts that a run of head replaces, and that a new seed of base alone replaces (the floor)."""
    pairs = np.triu_indices(len(base), k=1)
    own = replaced(base, base, (thresholds[1], thresholds[1]))[pairs]
    return float(replaced(head, base, thresholds).mean()), float(own.mean()) if len(own) else 0.0


def check_churn(head: Floats, base: Floats, thresholds: tuple[float, float], room: float) -> Check:
    """Whether head replaces no more alerts than a new seed would, and `room` beyond it. It is told, and never gates."""
    changed, floor = churn(head, base, thresholds)
    outcome = Outcome.PASS if changed <= floor + room else Outcome.SUSPICIOUS
    said = f"{changed:.1%} of alerts are replaced; a new seed replaces {floor:.1%}"
    return Check(CheckId.DECISIONS, outcome, said, gating=False)
