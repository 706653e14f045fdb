"""Two cases whose verdict is known: a gate that judges either wrongly says nothing of the rest."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from clockwork.gate.catalogue import CheckId
from clockwork.gate.metric import Metric
from clockwork.gate.noninferiority import Floats, Rules, compare, judge, measure
from clockwork.gate.outcome import Check, Outcome
from clockwork.gate.resamples import Weights
from clockwork.gate.rows import Scored


def turned(scored: Scored) -> Floats:
    """Scores of two classes turned round."""
    return np.asarray(1.0 - scored.scores)


def check_sentinels(
    metric: Metric,
    base: Sequence[Scored],
    weights: Weights,
    rules: Rules,
    spoiled: Callable[[Scored], Floats] = turned,
) -> Check:
    """Base against itself must pass; base's scores turned round must be a regression.

    Else the run is invalid.
    """
    one = measure(metric, base[:1], weights)
    flipped = measure(metric, [replace(base[0], scores=spoiled(base[0]))], weights)
    cases = base[0].rows.positive_entities
    same, worse = (
        judge(compare(metric.sign, commit, one, cases, rules), rules) for commit in (one, flipped)
    )
    if same is Outcome.PASS and worse is Outcome.REGRESSION:
        return Check(
            CheckId.SENTINELS,
            Outcome.PASS,
            "base against itself passes, base turned round is a regression",
        )
    message = (
        f"base against itself is '{same}', base turned round is '{worse}': "
        f"{metric.name} tells nothing here"
    )
    return Check(CheckId.SENTINELS, Outcome.INVALID, message)
