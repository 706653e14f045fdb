"""Seed noise in an audit: which algorithms have any, how losses of a known size are judged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from clockwork.gate.metrics import METRICS
from clockwork.gate.question import Question
from clockwork.selftest.audit import seed_noise
from clockwork.selftest.audit.degrade import Worse, blind, noisy, to_loss
from clockwork.selftest.audit.replay import measure
from clockwork.selftest.audit.result import faults
from clockwork.selftest.audit.seed_noise import LOSSES, audited, powers
from clockwork.settings.gate import gate_settings
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.verdict.parts import PowerPoint
from tests.engine.unit.audit.conftest import rates, result
from tests.engine.unit.gate.conftest import Fleet, Floats

ROOT = Path(__file__).parents[4]
SIZES = (3, 10)


def test_algorithms_that_gate_and_whose_seed_matters_are_audited(tmp_path: Path) -> None:
    roles = {
        "one": ("gating", True),
        "two": ("gating", False),
        "three": ("watched", True),
        "four": ("gating", True),
    }
    for name, (_, seeded) in roles.items():
        (tmp_path / paths.MODELS / name).mkdir(parents=True)
        (tmp_path / paths.MODELS / name / "about.json").write_text(
            json.dumps({"seeds": [1], "seeded": seeded})
        )
    settings = gate_settings(ROOT).model_copy(
        update={"algorithms": {name: role for name, (role, _) in roles.items()}}
    )
    assert audited(Checkout(tmp_path), settings) == ["one", "four"]


def judged(
    fleet: Fleet, question: Question, worse: Worse, margin: float
) -> tuple[list[PowerPoint], int]:
    """The power against losses of so many margins, and how often it reported progress."""
    steps: list[int] = []
    asked = replace(question, rules=replace(question.rules, margin=margin))
    runs = fleet.runs(2.0, seeds=20)
    base = measure("trees", runs, fleet.rows, {}, asked)
    return powers(base, "kind", worse, runs, SIZES, asked, lambda: steps.append(1)), len(steps)


def can_be_made(fleet: Fleet, worse: Worse, loss: float) -> bool:
    try:
        to_loss(worse, fleet.runs(2.0, seeds=20), fleet.rows, METRICS["average_precision"], loss)
    except ValueError:
        return False
    return True


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few draws are enough to see which losses are judged at all."""
    monkeypatch.setattr(seed_noise, "POWER_DRAWS", 20)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("kind", ["noise", "blindness"])
def test_a_loss_that_cannot_be_made_is_left_out(
    fleet: Fleet, question: Question, kind: str
) -> None:
    worse = noisy(5) if kind == "noise" else blind(fleet.rows.entity, 5)
    points, steps = judged(fleet, question, worse, 0.25)
    losses = [point.loss for point in points]
    assert losses == [times * 0.25 for times in LOSSES if can_be_made(fleet, worse, times * 0.25)]
    assert 0 < len(losses) < len(LOSSES), "some can be made, and not all"
    assert steps == len(LOSSES), "what is left out is done with, too"
    for point in points:
        assert point.passed + point.cannot_tell + point.blocked == pytest.approx(1.0)
    assert points[-1].blocked == 1.0


@pytest.mark.usefixtures("few")
def test_where_no_loss_can_be_made_there_is_no_power_and_the_audit_tells_so(
    fleet: Fleet, question: Question
) -> None:
    def harmless(runs: Floats, _: float) -> Floats:
        return runs

    points, steps = judged(fleet, question, harmless, 0.03)
    assert (points, steps) == ([], len(LOSSES))
    (fault,) = faults(result([rates(power=points)]))
    assert "no loss of twice the margin could be made" in fault
