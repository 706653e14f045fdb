"""An outcome in a sentence: what fits the evidence, and what would settle it."""

import numpy as np

from clockwork.gate.outcome import Estimate, Outcome


def explain(outcome: Outcome, estimate: Estimate, positive_clusters: int) -> str:
    """The outcome in a sentence, in shares of the base's value."""
    scale = 100 / abs(estimate.base) if estimate.base else float("nan")
    low, high, margin = (value * scale for value in (estimate.low, estimate.high, estimate.margin))
    fits = f"anything from {low:+.1f} % to {high:+.1f} % fits, margin {-margin:.0f} %"
    if outcome is Outcome.UNCHANGED:
        return "the scores are identical to the bit"
    if outcome is Outcome.PASS and estimate.high < 0:
        return f"slightly worse, within the margin: {fits}"
    if outcome is Outcome.CANNOT_TELL:
        return f"{fits}; {needed(estimate, positive_clusters)}"
    if outcome is Outcome.SUSPICIOUS:
        return f"too good to be true until a person explains it: {fits}"
    if outcome is Outcome.INVALID:
        return blind(estimate) if np.isfinite(estimate.low) else "the metric has no value on some of the resamples"
    return fits


def blind(estimate: Estimate) -> str:
    """Why a margin is refused: what is seen 8 times in 10 is more than twice of it."""
    scale = 100 / abs(estimate.base) if estimate.base else float("nan")
    seen, margin = (value * scale for value in (estimate.sees, estimate.margin))
    return (
        f"a margin of {margin:.0f} % is below half of the smallest loss that is seen here, {seen:.1f} %: "
        "judge on more rows or widen it"
    )


def needed(estimate: Estimate, positive_clusters: int) -> str:
    """How many clusters with a positive would settle it, if the difference stayed as it is."""
    room = estimate.delta + estimate.margin
    reach = estimate.delta - estimate.low if room > 0 else estimate.high - estimate.delta
    goal = room if room > 0 else -estimate.delta
    if goal <= 0:
        return "more rows would not settle it: the difference lies on the margin"
    clusters = int(np.ceil(positive_clusters * (reach / goal) ** 2))
    return f"about {clusters} clusters with a positive would settle it (now {positive_clusters})"
