"""Audits on numbers, classes, lists: seed noise passes, a loss of known size is made and found."""

from dataclasses import replace

import numpy as np
import pytest

from clockwork.gate.registry import TASKS
from clockwork.gate.rows import Scored
from clockwork.selftest.audit import seed_noise
from clockwork.selftest.audit.degrade import losses, to_loss
from clockwork.selftest.audit.replay import draw, measure, seed_churn
from tests.engine.unit.gate.tasks.test_tasks import case, question

OTHERS = ["multiclass", "regression", "ranking"]
TRAININGS, SIZES = 12, (3, 6)


@pytest.mark.parametrize("kind", ["noise", "blindness"])
@pytest.mark.parametrize("task", OTHERS)
def test_the_loss_asked_for_is_the_loss_got(task: str, kind: str) -> None:
    rows, runs = case(task, 1.0)
    metric = TASKS[task].metrics[TASKS[task].primary]
    worse = to_loss(losses(TASKS[task], rows.entity, 5)[kind], runs, rows, metric, 0.05)
    before, after = (
        np.mean([metric.value(Scored(rows, run)) for run in some]) for some in (runs, worse)
    )
    assert metric.sign * (before - after) / abs(before) == pytest.approx(0.05, rel=0.05)
    assert TASKS[task].fault(rows, worse) is None


@pytest.mark.parametrize("task", OTHERS)
def test_seed_noise_passes_and_a_loss_is_blocked(task: str) -> None:
    rows, runs = case(task, 1.0, TRAININGS)
    asked = replace(question(TASKS[task]), algorithms={"model": True})
    same = measure("model", runs, rows, {}, asked)
    assert draw(same, same, asked, SIZES, 20).share(last=True, code=0) > 0.9
    assert (seed_churn(runs, rows, asked, "model") < 0.5).all()
    alone = replace(asked, guardrails={})
    metric = TASKS[task].metrics[TASKS[task].primary]
    worse = to_loss(losses(TASKS[task], rows.entity, 5)["noise"], runs, rows, metric, 0.2)
    lost = measure("model", worse, rows, {}, alone)
    base = measure("model", runs, rows, {}, alone)
    assert draw(lost, base, alone, SIZES, 20).share(last=True, code=1) > 0.9


@pytest.mark.parametrize("task", OTHERS)
def test_the_power_is_of_the_primary_metric_on_all_rows_alone(
    task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed_noise, "POWER_DRAWS", 20)
    monkeypatch.setattr(seed_noise, "LOSSES", (2.0,))
    rows, runs = case(task, 1.0, TRAININGS)
    asked = replace(question(TASKS[task]), algorithms={"model": True})
    base = measure("model", runs, rows, {}, asked)
    worse = losses(TASKS[task], rows.entity, 5)["noise"]
    (point,) = seed_noise.powers(base, "noise", worse, runs, SIZES, asked)
    assert point.passed < 0.3
