"""How often the core is wrong, in small: many synthetic fleets.

Each has runs of two commits of known worth.
"""

from collections import Counter

import numpy as np
import pytest

from clockwork.gate.decide import decide
from clockwork.gate.metrics import METRICS, Rows, Scored
from clockwork.gate.noninferiority import Rules
from clockwork.gate.outcome import Outcome, overall
from clockwork.gate.question import Guardrail, Question, SliceRules
from tests.engine.unit.gate.conftest import Floats

ENTITIES, WITH_POSITIVES, LENGTH, SEEDS = 120, 80, 12, 3
QUESTION = Question(
    algorithms={"trees": True},
    primary="average_precision",
    guardrails={"roc_auc": Guardrail(0.05), "brier": Guardrail(0.2, two_sided=True)},
    slices=SliceRules(margin=0.2, alpha=0.05, min_positive_clusters=10),
    rules=Rules(margin=0.05, alpha_pass=0.05, alpha_block=0.01, credible_gain=0.3),
    resamples=60,
    min_positive_clusters=30,
    seed=1,
)
ENTITY = np.repeat(np.arange(ENTITIES), LENGTH)
ROWS = Rows(
    ENTITY,
    ((np.tile(np.arange(LENGTH), ENTITIES) % 6 == 0) & (ENTITY < WITH_POSITIVES)).astype(np.int8),
    ENTITIES,
)
SLICES = {"odd": ENTITY % 2 == 1, "even": ENTITY % 2 == 0}


def fleet(rng: np.random.Generator, loss: float) -> tuple[Floats, Floats]:
    """Scores (runs, rows) of head and base on one fleet.

    Cases, seeds and their meeting each have luck of their own. `loss` is the skill that head lacks.
    """
    hard = rng.normal(scale=0.6, size=ENTITIES)[ENTITY] + rng.normal(scale=0.8, size=len(ENTITY))

    def side(skill: float) -> Floats:
        luck = rng.normal(scale=0.03, size=(SEEDS, 1))
        odds = (
            (skill + luck) * ROWS.label
            + hard
            + rng.normal(scale=0.06, size=(SEEDS, len(ENTITY)))
            - 1.5
        )
        return np.asarray(1 / (1 + np.exp(-odds)))

    return side(1.8 - loss), side(1.8)


def verdicts(times: int, loss: float, *, seed: int) -> Counter[Outcome]:
    """What is said of head on many fleets."""
    rng, found = np.random.default_rng(seed), Counter[Outcome]()
    for _ in range(times):
        head, base = fleet(rng, loss)
        found[overall(decide(QUESTION, ROWS, {"trees": head}, {"trees": base}, SLICES))] += 1
    return found


def lost(loss: float) -> float:
    """The share of base's average precision head loses by this loss of skill, over many fleets."""
    rng, ap = np.random.default_rng(0), METRICS["average_precision"]
    pairs = [
        [np.mean([ap.value(Scored(ROWS, run)) for run in side]) for side in fleet(rng, loss)]
        for _ in range(40)
    ]
    head, base = np.mean(pairs, axis=0)
    return float((base - head) / base)


@pytest.mark.slow
def test_nothing_but_luck_is_hardly_ever_blocked_and_mostly_passes() -> None:
    found = verdicts(100, loss=0.0, seed=1)
    assert found[Outcome.REGRESSION] + found[Outcome.SUSPICIOUS] <= 2
    assert found[Outcome.PASS] + found[Outcome.IMPROVED] >= 80


def test_a_loss_of_five_margins_is_blocked_nearly_always_and_never_green() -> None:
    loss = 0.41
    assert lost(loss) == pytest.approx(0.25, abs=0.01), "five margins"
    found = verdicts(40, loss, seed=2)
    assert found[Outcome.REGRESSION] >= 39
    assert not [outcome for outcome in found if outcome.green]


@pytest.mark.slow
def test_a_loss_of_just_the_margin_is_hardly_ever_green() -> None:
    loss = 0.088
    assert lost(loss) == pytest.approx(0.05, abs=0.002), "one margin"
    found = verdicts(100, loss, seed=3)
    assert sum(count for outcome, count in found.items() if outcome.green) <= 11, (
        "5 % gives more once in 200 times"
    )
