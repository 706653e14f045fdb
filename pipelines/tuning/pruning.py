"""Which trials are given up: those whose learning curve lies below what other trials had at the same step."""

from statistics import median

from pipelines.settings.models import TuningSettings


def hopeless(curve: list[float], whole: list[list[float]], budget: TuningSettings) -> bool:
    """Whether `curve` so far is below the median, at its step, of the best that the `whole` curves had by then."""
    if budget.pruner == "none" or len(whole) < max(budget.startup_trials, 1):
        return False
    step = len(curve)
    reached = [max(one[:step]) for one in whole if len(one) >= step]
    return bool(reached) and max(curve) < median(reached)
