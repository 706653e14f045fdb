"""Verdicts to read, to report and to publish, and what they are made of."""

from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.support.git import Commit
from clockwork.verdict.costs import Cost
from clockwork.verdict.parts import (
    Audit,
    CommitDocument,
    Context,
    Decision,
    Evaluation,
    Finding,
    Guardrail,
    PowerPoint,
    Rules,
    Slices,
)
from clockwork.verdict.schema import Verdict

NAME, PRIMARY = CheckId.NO_WORSE, "average_precision"
HOSTILE = (
    'x | y `z` @team #12 !12 %12 %"a" &12 <img src=q onerror=p> [a](http://evil.test) '
    "**b** $m$ \u202e\nnext | line www.evil.test"
)
ESTIMATE = Estimate(
    head=0.49,
    base=0.53,
    delta=-0.04,
    lower=-0.05,
    upper=-0.03,
    margin=0.0159,
    minimum_detectable=0.0106,
    p_value=0.0001,
)
FINE = replace(ESTIMATE, head=0.531, delta=0.001, lower=-0.01, upper=0.01, p_value=0.6)
POWERS = ((0.015, 0.7, 0.25, 0.05), (0.06, 0.0, 0.4, 0.6), (0.15, 0.0, 0.0, 1.0))
AUDIT = Audit(
    algorithm="trees",
    data="a1",
    commit="c" * 40,
    settings="5",
    trainings=20,
    head_runs=3,
    base_runs=10,
    draws=4000,
    blocked=0.009,
    blocked_high=0.01244,
    cannot_tell_first=0.15,
    cannot_tell=0.12,
    noise=0.0125,
    churn=0.17,
    minimum_detectable=0.034,
    power=[
        PowerPoint(kind=kind, loss=loss, passed=passed, cannot_tell=unsure, blocked=blocked)
        for kind in ("noise", "blindness")
        for loss, passed, unsure, blocked in POWERS
    ],
)
RULES = Rules(
    primary="average_precision",
    margin=0.03,
    guardrails={"roc_auc": Guardrail(margin=0.02, two_sided=False)},
    slices=Slices(margin=0.1, alpha=0.05),
    credible_gain=0.15,
    alpha_pass=0.05,
    alpha_block=0.01,
    resamples=500,
)
EVALUATION = Evaluation(
    fingerprint="f" * 64,
    rows=9000,
    positives=90,
    clusters=444,
    positive_clusters=201,
    cluster="entity",
)
HEAD = CommitDocument(
    data="a1",
    dependencies="b2",
    params={"trees": {"rate": 0.3, "new": 1}},
    seeds={"trees": [1, 2, 3], "rule": [1]},
)
BASE = HEAD.model_copy(
    update={
        "params": {"trees": {"rate": 0.1, "old": 1}},
        "seeds": {"trees": [1, 2, 3, 4, 5], "rule": [1]},
    }
)
FLIPS: tuple[tuple[Any, ...], ...] = (
    ("trees", "unit-01", 29543156, 1, 0.9, 0.1, "new error"),
    ("trees", "unit-02", 29543160, 0, 0.1, 0.9, "new error"),
    ("trees", "unit-03", 40, 1, 0.1, 0.8, "fixed error"),
    ("rule", "unit-04", 44, 0, 0.8, 0.1, "fixed error"),
)
RED = Verdict(
    outcome=Outcome.REGRESSION,
    exit_code=1,
    summary="regression: trees",
    head=Commit(sha="a1b2c3d4e5f6a7b8", subject="Raise the rate"),
    base=Commit(sha="0f9e8d7c6b5a4938", subject="Before"),
    context=Context(
        pull_request="17", branch="faster", target="main", build_url="https://ci.test/build/4"
    ),
    rules=RULES,
    evaluation=EVALUATION,
    commits={"head": HEAD, "base": BASE},
    checks=[
        Check(CheckId.SAME_ROWS, Outcome.PASS, "9000 rows, the same as base's"),
        Check(CheckId.LOOKS_AHEAD, Outcome.PASS, "6700 rows are equal"),
        Check(CheckId.TRAINING_BLIND, Outcome.PASS, "the same model", algorithm="trees"),
        Check(CheckId.TRAINING_BLIND, Outcome.PASS, "the same model", False, "rule"),
        Check(CheckId.COST_SCORING, Outcome.PASS, "at most 2 times", algorithm="trees"),
        Check(NAME, Outcome.REGRESSION, "no", True, "trees", PRIMARY, None, ESTIMATE),
        Check(NAME, Outcome.PASS, "fits", True, "trees", "roc_auc", None, FINE),
        Check(NAME, Outcome.REGRESSION, "no", True, "trees", PRIMARY, "kind router", ESTIMATE),
        Check(NAME, Outcome.PASS, "fits", True, "trees", PRIMARY, "kind camera", FINE),
        Check(NAME, Outcome.CANNOT_TELL, "not evaluable", False, "trees", None, "kind tiny"),
        Check(NAME, Outcome.PASS, "fits", False, "rule", PRIMARY, None, FINE),
        Check(NAME, Outcome.PASS, "fits", False, "rule", "roc_auc", None, FINE),
        Check(CheckId.DECISIONS, Outcome.SUSPICIOUS, "44% are replaced", False, "trees"),
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
    decisions=[Decision(**dict(zip(Decision.model_fields, row, strict=True))) for row in FLIPS],
    costs=[
        Cost("features", None, head=0.021, base=0.02),
        Cost("scoring", "trees", head=0.0204, base=0.02),
        Cost("scoring", "rule", head=0.5, base=0.1),
        Cost("size", "trees", head=270_000.0, base=270_000.0),
    ],
    seconds={"head": 41.25, "gate": 2.0},
)


def beside_code(markdown: str) -> str:
    """`markdown` without what CommonMark takes for code."""
    for token in MarkdownIt().enable("table").parse(markdown):
        for part in token.children or []:
            if part.type == "code_inline":
                markdown = markdown.replace(part.content, "")
    return markdown


@pytest.fixture
def attack() -> str:
    """Text that tries every way out of a table cell, and every mention, tag and link."""
    return HOSTILE


@pytest.fixture
def estimate() -> Estimate:
    """A loss of 7.5 %, sure between 5.7 and 9.4 %, against a margin of 3 %."""
    return ESTIMATE


@pytest.fixture
def fine() -> Estimate:
    """A gain of 0.2 % that may as well be a loss of 1.9 %, against a margin of 3 %."""
    return FINE


@pytest.fixture
def audit() -> Audit:
    """An audit of `trees`: 36 of 4,000 draws without a difference were blocked."""
    return AUDIT


@pytest.fixture
def red() -> Verdict:
    """A regression of the gating algorithm `trees`, all lost on one kind; `rule` is watched."""
    return RED


@pytest.fixture
def same(red: Verdict) -> Verdict:
    """A pull request that changes no score: every metric and slice is unchanged."""
    still = replace(
        ESTIMATE,
        head=0.53,
        delta=0.0,
        lower=0.0,
        upper=0.0,
        minimum_detectable=float("nan"),
        p_value=1.0,
    )
    checks = [
        replace(one, outcome=Outcome.UNCHANGED, estimate=still) if one.estimate else one
        for one in red.checks
        if one.estimate or one.outcome.green
    ]
    commits = {"head": red.commits["base"], "base": red.commits["base"]}
    changes = {
        "outcome": Outcome.UNCHANGED,
        "exit_code": 0,
        "findings": [],
        "decisions": [],
        "costs": [],
    }
    return red.model_copy(update={**changes, "checks": checks, "commits": commits})


@pytest.fixture
def bare() -> Verdict:
    """No base, no numbers, one check: the least that a verdict can be."""
    return Verdict(
        outcome=Outcome.INVALID,
        exit_code=3,
        summary="invalid: no baseline",
        head=Commit(sha="a1b2c3d4", subject="First"),
        base=None,
        context=Context(),
        checks=[Check(CheckId.BASELINE, Outcome.INVALID, "no commit came before this one")],
    )


@pytest.fixture
def hostile(red: Verdict, audit: Audit) -> Verdict:
    """A verdict in which everything that a pull request can choose is an attack."""
    params, evil = {"trees": {HOSTILE: HOSTILE}}, {"observed": HOSTILE, "column": HOSTILE}
    attacks = [
        Check(CheckId.REGRESSION_TESTS, Outcome.REGRESSION, HOSTILE, slice=HOSTILE),
        Check(CheckId.NEEDS_OWNER, Outcome.PASS, HOSTILE, gating=False),
        Check(HOSTILE, Outcome.SUSPICIOUS, HOSTILE, algorithm=HOSTILE),
        Check(HOSTILE, Outcome.PASS, HOSTILE),
        Check(NAME, Outcome.PASS, HOSTILE, True, "trees", PRIMARY, HOSTILE, FINE),
        Check(NAME, Outcome.PASS, HOSTILE, True, HOSTILE, PRIMARY, None, FINE),
        Check(CheckId.DECISIONS, Outcome.SUSPICIOUS, HOSTILE, False, HOSTILE),
    ]
    return red.model_copy(
        update={
            "head": Commit(sha="a1`; rm -rf /", subject=HOSTILE),
            "context": Context(branch=HOSTILE, target="main", build_url="javascript:alert(1)"),
            "commits": {
                **red.commits,
                "head": red.commits["head"].model_copy(update={"params": params}),
            },
            "findings": [one.model_copy(update=evil) for one in red.findings],
            "checks": [*red.checks, *attacks],
            "decisions": [
                one.model_copy(update={"entity": HOSTILE, "algorithm": name})
                for one in red.decisions
                for name in ("trees", HOSTILE)
            ],
            "costs": [*red.costs, Cost("scoring", HOSTILE, head=1.0, base=0.0)],
            "audit": [audit, audit.model_copy(update={"algorithm": HOSTILE})],
            "seconds": {HOSTILE: 1.0},
        }
    )
