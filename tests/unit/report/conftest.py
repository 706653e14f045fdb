"""Verdicts to report on: made by the real gate from a small fleet of scores, and made by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipelines.evidence import Evidence
from pipelines.gate.outcome import Check, Estimate, Outcome
from pipelines.verdict import Arm, Commit, Context, Evaluation, Finding, Rules, Verdict

HOSTILE = "x | y `z` @team #12 <img src=q onerror=p> [a](http://evil.test) **b** $m$ \u202e\nnext | line www.evil.test"
ESTIMATE = Estimate(head=0.49, base=0.53, delta=-0.04, low=-0.05, high=-0.03, margin=0.0159, sees=0.0106)


@pytest.fixture
def attack() -> str:
    """Text that tries every way out of a table cell, and every mention, tag and link."""
    return HOSTILE


@pytest.fixture
def estimate() -> Estimate:
    """A loss of 7.5 %, sure between 5.7 and 9.4 %, against a margin of 3 %."""
    return ESTIMATE


@pytest.fixture
def red() -> Verdict:
    """A regression of the gating algorithm, with everything that a full run knows."""
    fine = replace(ESTIMATE, head=0.531, delta=0.001, low=-0.01, high=0.01)
    head = Arm(data="a1", dependencies="b2", params={"trees": {"rate": 0.3, "new": 1}}, seeds={"trees": [1, 2, 3]})
    base = Arm(data="a1", dependencies="b2", params={"trees": {"rate": 0.1, "old": 1}}, seeds={"trees": [1, 2, 3]})
    return Verdict(
        outcome=Outcome.REGRESSION,
        exit_code=1,
        summary="regression: trees",
        head=Commit(sha="a1b2c3d4e5f6a7b8", subject="Raise the rate"),
        base=Commit(sha="0f9e8d7c6b5a4938", subject="Before"),
        context=Context(pull_request="17", branch="faster", target="main", build_url="https://ci.test/build/4"),
        rules=Rules(
            primary="average_precision",
            margin=0.03,
            credible_gain=0.15,
            alpha_pass=0.05,
            alpha_block=0.01,
            resamples=500,
        ),
        evaluation=Evaluation(
            fingerprint="f" * 64, rows=9000, positives=90, clusters=444, positive_clusters=201, cluster="entity"
        ),
        arms={"head": head, "base": base},
        checks=[
            Check("judging rows", Outcome.PASS, "9000 rows, 444 clusters"),
            Check("worse", Outcome.PASS, "fits", algorithm="trees", metric="roc_auc", estimate=fine),
            Check("worse", Outcome.REGRESSION, "no", algorithm="trees", metric="average_precision", estimate=ESTIMATE),
            Check("worse", Outcome.PASS, "fits", False, "rule", "average_precision", "kind=router", fine),
        ],
        findings=[
            Finding(
                expectation="column_values_to_be_between",
                column="cpu",
                severity="critical",
                success=False,
                expected="max_value 100",
                observed="12 % of rows differ",
            )
        ],
        seconds={"head": 41.25, "gate": 2.0},
    )


@pytest.fixture
def bare() -> Verdict:
    """No base, no numbers, one check: the least that a verdict can be."""
    check = Check("baseline", Outcome.INVALID, "no commit came before this one")
    return Verdict(
        outcome=Outcome.INVALID,
        exit_code=3,
        summary="invalid: no baseline",
        head=Commit(sha="a1b2c3d4", subject="First"),
        base=None,
        context=Context(),
        checks=[check],
    )


@pytest.fixture
def hostile(red: Verdict) -> Verdict:
    """A verdict in which everything that a pull request can choose is an attack."""
    finding = red.findings[0].model_copy(update={"observed": HOSTILE, "column": HOSTILE})
    params = {"trees": {HOSTILE: HOSTILE}}
    return red.model_copy(
        update={
            "head": Commit(sha="a1`; rm -rf /", subject=HOSTILE),
            "context": Context(branch=HOSTILE, target="main", build_url="javascript:alert(1)"),
            "arms": {**red.arms, "head": red.arms["head"].model_copy(update={"params": params})},
            "findings": [finding],
            "checks": [*red.checks, Check("regression test", Outcome.REGRESSION, HOSTILE, slice=HOSTILE)],
        }
    )


@pytest.fixture
def evidence() -> Evidence:
    """40 entities of 50 rows; entity 7 is the one whose positives the arms judge differently."""
    rng = np.random.default_rng(3)
    entity = np.repeat(np.arange(40), 50)
    label = (np.tile(np.arange(50), 40) // 10 == 2).astype(np.int8)
    base = np.clip(0.5 * label + 0.5 * rng.random((2, label.size)), 0, 1)
    head = np.where((entity == 7) & (label == 1), base / 3, base)
    keys = pd.DataFrame({"entity": [f"unit-{code:02}" for code in entity], "time": np.tile(np.arange(50), 40) * 4})
    return Evidence(keys.assign(label=label), {"trees": head}, {"trees": base})
