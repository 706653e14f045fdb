"""A small fleet of scores a gate can judge: 60 entities, 40 with a positive, and three runs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from clockwork.gate.metrics import METRICS, Rows, Scored
from clockwork.gate.noninferiority import Rules
from clockwork.gate.pairs import Pair
from clockwork.gate.question import Guardrail, Question, SliceRules
from clockwork.gate.variance import Spread

Floats = npt.NDArray[np.float64]
CASES = 400  # entities with a positive that a pair of known doubt stands on
RULES = Rules(margin=0.05, alpha_pass=0.05, alpha_block=0.01, credible_gain=0.15)


@dataclass(frozen=True)
class Fleet:
    """Judging rows, and scores for them of any quality."""

    rows: Rows

    def runs(
        self, skill: float | Floats, seeds: int = 3, luck: float = 0.05, start: int = 0
    ) -> Floats:
        """Scores (runs, rows): the label times `skill`, noise of the rows, and each seed's luck."""
        size = len(self.rows.label)
        noise = np.random.default_rng(99).normal(size=size)
        own = np.stack(
            [np.random.default_rng(start + seed).normal(size=size) for seed in range(seeds)]
        )
        return np.asarray(1 / (1 + np.exp(-(skill * self.rows.label + noise + luck * own))))

    def scored(self, runs: Floats) -> list[Scored]:
        """The runs, ready for a metric."""
        return [Scored(self.rows, run) for run in runs]


def known_pair(
    name: str,
    delta: float,
    error: float = 0.01,
    *,
    base: float = 1.0,
    slice: str | None = None,  # noqa: A002
) -> Pair:
    """A pair of single runs: head - base, turned so that higher is better, has a known error."""
    swing = np.tile([-1.0, 1.0], 50)
    head = base + METRICS[name].sign * delta
    resampled = (head + swing * error / swing.std(ddof=1))[None]
    sides = Spread(np.array([head]), resampled), Spread(np.array([base]), np.full((1, 100), base))
    return Pair(METRICS[name], slice, *sides, positive_entities=CASES, identical=False)


def both(runs: Floats) -> dict[str, Floats]:
    """Scores of the two algorithms of the question."""
    return {"trees": runs, "rule": runs[:1]}


def loss_of_chance(chance: float, error: float = 0.01) -> float:
    """The difference of a known pair whose one-sided p-value is `chance`."""
    return float(stats.t.ppf(chance, CASES - 1) * error)


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    entity = np.repeat(np.arange(60), 20)
    label = ((np.tile(np.arange(20), 60) % 7 == 0) & (entity < 40)).astype(np.int8)
    return Fleet(Rows(entity, label, 60, np.tile(np.arange(20, dtype=np.int64) * 30, 60)))


@pytest.fixture(scope="session")
def question() -> Question:
    """Two algorithms, of which the first gates."""
    return Question(
        algorithms={"trees": True, "rule": False},
        primary="average_precision",
        guardrails={"roc_auc": Guardrail(0.05), "log_loss": Guardrail(0.05)},
        slices=SliceRules(margin=0.1, alpha=0.05, min_positive_clusters=10),
        rules=RULES,
        resamples=300,
        min_positive_clusters=30,
        seed=5,
    )
