"""What is given up: a trial that even the steepest rise would not bring to the best score.

And a search whose last trials brought nothing better.
"""

from collections.abc import Sequence

from optuna.trial import FrozenTrial

from clockwork.learning.tuning.results import score_of
from clockwork.settings.models import TuningSettings


def hopeless(curve: list[float], whole: list[list[float]], budget: TuningSettings) -> bool:
    """Whether `curve` stays below the best of `whole` if it rises from here as the steepest did."""
    if budget.pruner == "none" or len(whole) < max(budget.startup_trials, 1):
        return False
    step = len(curve)
    rises = [max(one) - max(one[:step]) for one in whole if len(one) >= step]
    return bool(rises) and max(curve) + max(rises) < max(map(max, whole))


def stalled(trials: Sequence[FrozenTrial], budget: TuningSettings) -> bool:
    """Whether the last `budget.stall` of `trials` brought no improvement."""
    if not budget.stall or len(trials) <= budget.stall:
        return False
    scores = [score_of(trial) for trial in trials]
    return max(scores[-budget.stall :]) <= max(scores[: -budget.stall])
