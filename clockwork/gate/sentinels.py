"""Two cases whose verdict is known before: a gate that judges either of them wrongly says nothing of the rest."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clockwork.gate.catalogue import CheckId
from clockwork.gate.metrics import Metric, Scored, Weights
from clockwork.gate.noninferiority import Rules, compare, judge, measure
from clockwork.gate.outcome import Check, Outcome


def check_sentinels(metric: Metric, base: Sequence[Scored], weights: Weights, rules: Rules) -> Check:
    """Base against itself must pass; base's scores turned round must be a regression. Else the run is invalid."""
    one = measure(metric, base[:1], weights)
    flipped = measure(metric, [replace(base[0], scores=np.asarray(1.0 - base[0].scores))], weights)
    cases = base[0].rows.positive_entities
    same, worse = (judge(compare(metric.sign, arm, one, cases, rules), rules) for arm in (one, flipped))
    if same is Outcome.PASS and worse is Outcome.REGRESSION:
        return Check(CheckId.SENTINELS, Outcome.PASS, "base against itself passes, base turned round is a regression")
    said = f"base against itself is '{same}', base turned round is '{worse}': {metric.name} tells nothing here"
    return Check(CheckId.SENTINELS, Outcome.INVALID, said)
