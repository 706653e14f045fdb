"""What the numbers of a check say, in a sentence for people; nothing reads it back."""

from dataclasses import replace

import numpy as np

from clockwork.gate.outcome import Check, Estimate, Outcome


def explained(check: Check) -> Check:
    """The check with its sentence, where it has numbers and no message yet."""
    return (
        replace(check, message=sentence(check)) if check.estimate and not check.message else check
    )


def sentence(check: Check) -> str:
    """What fits the numbers of a check, in shares of base's value, or why it is refused.

    Empty without numbers.
    """
    estimate, outcome = check.estimate, check.outcome
    if estimate is None:
        return ""
    if outcome is Outcome.UNCHANGED:
        return "the scores are identical to the bit"
    if outcome is Outcome.INVALID:
        return (
            too_fine(estimate)
            if np.isfinite(estimate.lower)
            else "the metric has no value on some of the resamples"
        )
    if outcome is Outcome.PASS and estimate.upper < 0:
        return f"slightly worse, within the margin: {fits(estimate)}"
    if outcome is Outcome.CANNOT_TELL:
        return f"{fits(estimate)}; {needed(estimate)}"
    if outcome is Outcome.SUSPICIOUS:
        return f"too good to be true until a person explains it: {fits(estimate)}"
    return fits(estimate)


def fits(estimate: Estimate) -> str:
    """Which differences the numbers do not exclude."""
    if not estimate.base:
        return (
            f"the difference is {estimate.delta:+.3g}; "
            "base's value is 0, of which no margin is a share"
        )
    lower, upper, margin = (
        _share(value, estimate) for value in (estimate.lower, estimate.upper, estimate.margin)
    )
    return f"anything from {lower:+.1f} % to {upper:+.1f} % fits, margin {-margin:.0f} %"


def too_fine(estimate: Estimate) -> str:
    """Why a margin is refused: it is less than half of the minimum detectable effect."""
    if not estimate.base:
        return "base's value is 0, of which no margin is a share"
    detectable, margin = (
        _share(value, estimate) for value in (estimate.minimum_detectable, estimate.margin)
    )
    return (
        f"a margin of {margin:.0f} % is below half of the minimum detectable effect, "
        f"{detectable:.1f} %: evaluate on more rows or widen it"
    )


def needed(estimate: Estimate) -> str:
    """What would settle it if the difference stayed as it is: how many clusters, or runs."""
    runs = f"about {estimate.runs_needed} runs on each side" if estimate.runs_needed else ""
    if estimate.clusters_needed is None:
        if runs:
            return f"{runs} would settle it; more rows alone would not"
        if estimate.positive_clusters is None:  # an older gate says neither
            return "more rows or more seeds may settle it"
        if not estimate.delta and not estimate.margin:
            return "more rows would not settle it: the difference lies on the margin"
        return "more rows alone would not settle it, as seeds move the difference by too much"
    now = "" if estimate.positive_clusters is None else f" (now {estimate.positive_clusters})"
    clusters = f"about {estimate.clusters_needed} {estimate.cases} would settle it{now}"
    return f"{clusters}, or {runs}" if runs else clusters


def _share(value: float, estimate: Estimate) -> float:
    return value * 100 / abs(estimate.base) if estimate.base else float("nan")
