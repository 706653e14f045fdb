"""A small fleet of scores that a gate can judge: 60 entities, of which 40 have a positive, and three runs."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.gate.decide import Question
from pipelines.gate.metrics import Rows, Scored
from pipelines.gate.noninferiority import Rules

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fleet:
    """Judging rows, and scores for them of any quality."""

    rows: Rows

    def runs(self, skill: float, seeds: int = 3, luck: float = 0.05, start: int = 0) -> Floats:
        """Scores (runs, rows): the label times `skill`, noise of the rows, and the luck of each seed."""
        size = len(self.rows.label)
        noise = np.random.default_rng(99).normal(size=size)
        own = np.stack([np.random.default_rng(start + seed).normal(size=size) for seed in range(seeds)])
        return np.asarray(1 / (1 + np.exp(-(skill * self.rows.label + noise + luck * own))))

    def scored(self, runs: Floats) -> list[Scored]:
        """The runs, ready for a metric."""
        return [Scored(self.rows, run) for run in runs]


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    entity = np.repeat(np.arange(60), 20)
    label = ((np.tile(np.arange(20), 60) % 7 == 0) & (entity < 40)).astype(np.int8)
    return Fleet(Rows(entity, label, 60))


@pytest.fixture(scope="session")
def rules() -> Rules:
    return Rules(margin=0.05, alpha_pass=0.05, alpha_block=0.01, credible_gain=0.15)


@pytest.fixture(scope="session")
def question(rules: Rules) -> Question:
    """Two algorithms, of which the first gates."""
    return Question({"trees": True, "rule": False}, "average_precision", ("roc_auc", "log_loss"), rules, 300, 30, 5)
