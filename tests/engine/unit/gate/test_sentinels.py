"""The gate is shown two known cases first, and a run in which it judges one wrongly is invalid."""

from dataclasses import replace

import numpy as np
import pytest

from clockwork.gate import sentinels
from clockwork.gate.metrics import METRICS, Metric, Scored, Weights
from clockwork.gate.outcome import Outcome
from clockwork.gate.question import Question
from clockwork.gate.resamples import Resamples
from clockwork.gate.sentinels import check_sentinels
from clockwork.gate.tasks import binary

from .conftest import Fleet, Floats

AP = METRICS["average_precision"]


def blind(_: Scored, weights: Weights) -> Floats:
    return np.full(len(weights), 0.5)


def missing(_: Scored, weights: Weights) -> Floats:
    return np.full(len(weights), np.nan)


@pytest.mark.parametrize(
    ("metric", "skill", "outcome"),
    [
        (AP, 2.0, Outcome.PASS),
        (AP, 0.0, Outcome.INVALID),
        (Metric("turned", -1, AP.weighted), 2.0, Outcome.INVALID),
        (Metric("blind", 1, blind), 2.0, Outcome.INVALID),
        (Metric("missing", 1, missing), 2.0, Outcome.INVALID),
    ],
    ids=["works", "a base without skill", "a wrong sign", "has one value for all", "has no values"],
)
def test_a_gate_that_tells_a_base_from_its_flip_passes_and_no_other(
    fleet: Fleet, question: Question, metric: Metric, skill: float, outcome: Outcome
) -> None:
    asked = replace(
        question,
        primary=metric.name,
        rules=replace(question.rules, margin=0.03),
        task=replace(binary.TASK, metrics={metric.name: metric}),
    )
    base = fleet.scored(fleet.runs(skill))[0]
    found = check_sentinels(asked, base, Resamples(fleet.rows.entities, 400, 1))
    assert found.outcome is outcome


def test_a_rule_that_calls_everything_a_regression_makes_a_run_invalid(
    fleet: Fleet, question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentinels, "judge", lambda *_: Outcome.REGRESSION)
    base = fleet.scored(fleet.runs(2.0))[0]
    found = check_sentinels(question, base, Resamples(fleet.rows.entities, 400, 1))
    assert found.outcome is Outcome.INVALID
    assert found.message.startswith("base against itself is 'regression', base turned round is 're")
