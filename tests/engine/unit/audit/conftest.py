"""Audits made by hand, good and bad, and many trainings of one small fleet."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from clockwork.gate.catalogue import CheckId
from clockwork.gate.metrics import Rows
from clockwork.gate.noninferiority import Rules
from clockwork.gate.question import Guardrail, Question, SliceRules
from clockwork.selftest.audit.result import Case, Red, Result
from clockwork.verdict.parts import Audit, PowerPoint
from tests.engine.unit.gate.conftest import Fleet

Build = Callable[..., Any]
MARGIN = 0.03
LOSSES = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0)


def point(times: float, kind: str = "noise", **changes: float) -> PowerPoint:
    """A loss of so many margins, seen as well as it must be."""
    blocked = 1.0 if times > 2 else 0.0
    usual = {"passed": 0.0 if times >= 2 else 0.5, "cannot_tell": 0.0, "blocked": blocked}
    return PowerPoint(kind=kind, loss=times * MARGIN, **{**usual, **changes})


def rates(**changes: Any) -> Audit:
    """An audit of one algorithm that just meets every bar."""
    usual: dict[str, Any] = {
        "algorithm": "trees",
        "data": "aa",
        "commit": "c" * 40,
        "settings": "5",
        "trainings": 20,
        "head_runs": 3,
        "base_runs": 10,
        "draws": 4000,
        "blocked": 0.015,
        "blocked_high": 0.025,
        "cannot_tell_first": 0.2,
        "cannot_tell": 0.01,
        "noise": 0.004,
        "churn": 0.123,
        "minimum_detectable": 0.0211,
        "power": [point(times, kind) for kind in ("noise", "blindness") for times in LOSSES],
    }
    return Audit(**{**usual, **changes})


def case(name: str, **changes: Any) -> Case:
    """A defect that was caught by the check it names."""
    usual: dict[str, Any] = {
        "key": "k",
        "name": name,
        "title": f"Plant {name}",
        "caught_by": CheckId.NO_WORSE,
        "outcome": "regression",
        "exit_code": 1,
        "red": [
            Red(id=CheckId.NO_WORSE, algorithm="trees", metric="roc_auc"),
            Red(id=CheckId.NO_WORSE, algorithm="trees"),
            Red(id="a-first-check"),
        ],
        "as_it_should": True,
        "seconds": 12.3,
    }
    return Case(**{**usual, **changes})


def result(
    replay: list[Audit] | None = None, matrix: list[Case] | None = None, planted: int | None = None
) -> Result:
    """All of an audit; by default, one that just meets every bar and simulated every change."""
    cases = [
        case("worse"),
        case("harmless", caught_by=None, outcome="unchanged", exit_code=0, red=[]),
    ]
    simulated = cases if matrix is None else matrix
    return Result(
        commit="c" * 40,
        margin=MARGIN,
        replay=[rates()] if replay is None else replay,
        planted=len(simulated) if planted is None else planted,
        matrix=simulated,
    )


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    """80 entities of 15 rows, of which 60 have a positive."""
    entity = np.repeat(np.arange(80), 15)
    label = ((np.tile(np.arange(15), 80) % 5 == 0) & (entity < 60)).astype(np.int8)
    return Fleet(Rows(entity, label, 80, np.tile(np.arange(15, dtype=np.int64) * 30, 80)))


@pytest.fixture(scope="session")
def question() -> Question:
    """One algorithm, a guardrail, slices, and two looks as a regression run has them."""
    return Question(
        algorithms={"trees": True},
        primary="average_precision",
        guardrails={"roc_auc": Guardrail(0.03)},
        slices=SliceRules(margin=0.1, alpha=0.05, min_positive_clusters=10),
        rules=Rules(margin=0.04, alpha_pass=0.05, alpha_block=0.01, credible_gain=0.15),
        resamples=200,
        min_positive_clusters=30,
        seed=5,
        thresholds={"trees": (0.5, 0.5)},
        looks={"trees": 2},
    )
