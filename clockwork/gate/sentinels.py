"""Two cases whose verdict is known: a gate that judges either wrongly says nothing of the rest."""

from dataclasses import replace

from clockwork.gate.catalogue import CheckId
from clockwork.gate.noninferiority import compare, judge, measure
from clockwork.gate.outcome import Check, Outcome
from clockwork.gate.question import Question
from clockwork.gate.resamples import Resamples
from clockwork.gate.rows import Scored


def check_sentinels(question: Question, base: Scored, resamples: Resamples) -> Check:
    """A run of base against itself must pass; the same turned round must be a regression.

    Else the run is invalid.
    """
    # All resamples, unless clusters are so many that a few tell as much.
    weights = next(iter(resamples))
    metric, rules = question.task.metrics[question.primary], question.rules
    turned = replace(base, scores=question.task.spoiled(base))
    one, other = (measure(metric, [run], weights) for run in (base, turned))
    same, worse = (
        judge(compare(metric.sign, commit, one, base.rows.positive_entities, rules), rules)
        for commit in (one, other)
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
