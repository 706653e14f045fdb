"""Trials given up: those that even the steepest rise so far would not bring to the best score."""

from clockwork.settings.models import TuningSettings


def hopeless(curve: list[float], whole: list[list[float]], budget: TuningSettings) -> bool:
    """Whether `curve` stays below the best of `whole` if it rises from here as the steepest did."""
    if budget.pruner == "none" or len(whole) < max(budget.startup_trials, 1):
        return False
    step = len(curve)
    rises = [max(one) - max(one[:step]) for one in whole if len(one) >= step]
    return bool(rises) and max(curve) + max(rises) < max(map(max, whole))
