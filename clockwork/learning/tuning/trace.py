"""The learning curve of one trial, drawn as far as it is worth it."""

import time
from dataclasses import dataclass, field

from optuna.trial import TrialState

from clockwork.learning.tuning.curves import Curve
from clockwork.learning.tuning.pruning import hopeless
from clockwork.settings.models import TuningSettings


@dataclass
class Trace:
    """The learning curve of a trial so far."""

    rounds: list[int] = field(default_factory=list)
    curve: list[float] = field(default_factory=list)
    state: TrialState = TrialState.COMPLETE


def follow(
    curve: Curve, whole: list[list[float]], budget: TuningSettings, until: float | None = None
) -> Trace:
    """Draw `curve` as far as it is worth it, beside the curves of trials that ran to their end."""
    trace, best, stale = Trace(), float("-inf"), 0
    for rounds, score in curve:
        trace.rounds.append(rounds)
        trace.curve.append(score)
        stale = 0 if score > best else stale + 1
        best = max(best, score)
        if stale >= budget.patience:
            break
        # Without rounds the work is done by now.
        if rounds and hopeless(trace.curve, whole, budget):
            trace.state = TrialState.PRUNED
            break
        if until is not None and time.monotonic() >= until:
            trace.state = TrialState.FAIL
            break
    return trace
