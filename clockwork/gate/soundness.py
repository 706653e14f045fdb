"""Before any test: can these rows judge, and are these scores fit to be judged?"""

import numpy as np
import numpy.typing as npt

from clockwork.gate.catalogue import CheckId
from clockwork.gate.metrics import Rows
from clockwork.gate.outcome import Check, Outcome

Floats = npt.NDArray[np.float64]


def check_rows(rows: Rows, least: int) -> Check:
    """Whether the judging rows can judge: not empty, both classes, enough entities with a positive."""
    name, total, positives = CheckId.ENOUGH_ROWS, len(rows.label), int((rows.label == 1).sum())
    if total == 0:
        return Check(name, Outcome.INVALID, "there are no judging rows")
    if positives in (0, total):
        return Check(name, Outcome.INVALID, f"all {total} judging rows are of one class")
    if rows.positive_entities < least:
        said = f"{rows.positive_entities} clusters have a positive; fewer than {least} cannot carry a verdict"
        return Check(name, Outcome.INVALID, said)
    said = f"{total} rows, {rows.entities} clusters, {rows.positive_entities} of them with a positive"
    return Check(name, Outcome.PASS, said)


def fault(rows: Rows, head: Floats | None, base: Floats | None) -> str | None:
    """What makes the scores (runs, rows) of one algorithm unfit, in words; None where nothing does."""
    for arm, runs in (("head", head), ("base", base)):
        if runs is None or len(runs) == 0:
            return f"{arm} has no scores: the algorithm is on one side only"
        if runs.shape[1] != len(rows.label):
            return f"{arm} scored {runs.shape[1]} rows, not {len(rows.label)}"
        if not np.isfinite(runs).all():
            return f"{arm} has {int((~np.isfinite(runs)).sum())} scores that are not finite"
        if (runs == runs[:, :1]).all(axis=1).any():
            return f"{arm} gives every row the same score"
        if runs.min() < 0 or runs.max() > 1:
            return f"{arm} has scores outside 0 to 1"
    return None
