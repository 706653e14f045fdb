"""A comparison as the verdict document.

It says what made the verdict, which alerts changed, and what an audit of the gate said.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.compare.build_verdict import (
    build_verdict,
    flipped,
    known_audit,
    settings_digest,
    summarise,
)
from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.compared import Compared
from clockwork.compare.paired_scores import Evidence, Floats
from clockwork.compare.request import Commits, Request
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Estimate, Outcome
from clockwork.selftest.audit.audit import RESULT
from clockwork.selftest.audit.results_page import BEGIN, END, PAGE, write
from clockwork.settings.gate import gate_settings
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.git import Commit
from clockwork.verdict.parts import Audit
from clockwork.verdict.schema import Verdict, read_verdict, write_verdict
from tests.engine.unit.audit.conftest import rates, result
from tests.engine.unit.test_comparison import built_side

ROOT = Path(__file__).parents[3]
SETTINGS = gate_settings(ROOT)
HEAD, BASE = Commit(sha="a" * 40, subject="Head"), Commit(sha="b" * 40, subject="Base")
NUMBERS = Estimate(0.5, 0.6, -0.1, -0.2, -0.05, 0.03, 0.1, 0.001)
KEYS = pd.DataFrame(
    {
        "entity": pd.Categorical(["b", "b", "c", "c"]),
        "time": np.array([100, 112, 100, 112], dtype=np.int64),
        "label": np.array([0, 1, 0, 1], dtype=np.int8),
    }
)
Make = Callable[..., BuiltCommit]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a commit that has every algorithm of the settings."""

    def commit(name: str, at: float = 0.5, data: str = "aa") -> BuiltCommit:
        return built_side(tmp_path / name, KEYS, SETTINGS.algorithms, at, data)

    return commit


def compared(*checks: Check, evidence: Evidence | None = None, **commits: BuiltCommit) -> Compared:
    return Compared(SETTINGS, commits.get("head"), commits.get("base"), list(checks), evidence)


def document(root: Path, found: Compared) -> Verdict:
    return build_verdict(Request(Checkout(root)), Commits(HEAD, BASE), found)


def here(root: Path, **changes: Any) -> Audit:
    """An audit of the gate that the checkout at `root` has."""
    return rates(settings=settings_digest(Checkout(root)), **changes)


def audited(root: Path, *audits: Audit) -> None:
    (root / paths.AUDIT).parent.mkdir(parents=True, exist_ok=True)
    (root / paths.AUDIT).write_text(result(list(audits)).model_dump_json(), encoding="utf-8")


# --- the audit that is known


def test_an_audit_is_reported_of_the_same_data_only(make: Make) -> None:
    head, base = make("head", data="aa"), make("base")
    same, other = here(base.root), here(base.root, algorithm="rule", data="bb")
    audited(base.root, same, other)
    assert known_audit(head, base) == [same]
    assert known_audit(make("newer", data="bb"), base) == [other]
    assert known_audit(make("newest", data="cc"), base) == []


def test_without_an_audit_or_a_commit_nothing_is_reported(make: Make) -> None:
    head, base = make("head"), make("base")
    assert known_audit(head, base) == []
    audited(base.root, here(base.root))
    assert known_audit(None, base) == []
    assert known_audit(head, None) == []


def test_an_audit_that_head_writes_for_itself_is_not_reported(make: Make) -> None:
    head, base = make("head"), make("base")
    audited(head.root, here(head.root, blocked=0.0))
    assert known_audit(head, base) == []
    audited(base.root, here(base.root))
    assert known_audit(head, base) == [here(base.root)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        '{"replay": null}',
        '{"replay": 3}',
        '{"replay": [{}]}',
        '{"replay": ["trees"]}',
        '{"replay": [{"algorithm": "trees", "data": "aa"}]}',
        "\xff",
    ],
)
def test_of_a_broken_audit_nothing_is_reported(make: Make, text: str) -> None:
    head, base = make("head"), make("base")
    audited(base.root, here(base.root))
    (base.root / paths.AUDIT).write_text(text, encoding="latin-1")
    assert known_audit(head, base) == []


def test_what_an_audit_writes_into_the_documents_is_what_the_verdict_tells(make: Make) -> None:
    head, base = make("head"), make("base")
    for path, text in (
        (RESULT, result([here(base.root)]).model_dump_json(indent=1)),
        (PAGE, f"{BEGIN}{END}"),
    ):
        (base.root / path).parent.mkdir(parents=True, exist_ok=True)
        (base.root / path).write_text(text, encoding="utf-8")
    write(Checkout(base.root), lambda _: None)
    assert document(head.root, compared(head=head, base=base)).audit == [here(base.root)]


def test_an_audit_of_other_settings_is_not_reported(make: Make) -> None:
    head, base = make("head"), make("base")
    audited(base.root, here(base.root))
    gate = base.root / "configs" / "gate.yaml"
    gate.write_text(gate.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert known_audit(head, base) == []


def test_a_commit_that_cannot_be_described_is_never_green(make: Make) -> None:
    head, base = make("head"), make("base")
    (base.root / "configs" / "alerts.yaml").unlink()
    fine = Check("rows", Outcome.PASS, "fine")
    verdict = document(head.root, compared(fine, head=head, base=base))
    assert verdict.outcome is Outcome.INVALID
    assert set(verdict.commits) == {"head"}


# --- decisions


def evidence(head: dict[str, Floats], base: dict[str, Floats]) -> Evidence:
    return Evidence(KEYS, head, base)


def test_a_decision_names_the_row_and_what_both_predicted() -> None:
    head, base = np.array([[0.9, 0.2, 0.1, 0.8]]), np.array([[0.1, 0.61, 0.2, 0.4]])
    found = flipped("logistic", evidence({"logistic": head}, {"logistic": base}), (0.5, 0.5))
    assert [(one.entity, one.time, one.label, one.base, one.head, one.kind) for one in found] == [
        ("b", 100, 0, 0.1, 0.9, "new error"),
        ("b", 112, 1, 0.61, 0.2, "new error"),
        ("c", 112, 1, 0.4, 0.8, "fixed error"),
    ]
    assert {one.algorithm for one in found} == {"logistic"}


def test_decisions_are_of_the_algorithms_that_moved(make: Make) -> None:
    head, base = make("head"), make("base")
    one, other = np.array([[0.9, 0.9, 0.1, 0.1]]), np.array([[0.1, 0.9, 0.1, 0.1]])
    runs = {"lightgbm": one, "logistic": one}
    # Base has no robust_z.
    scores = evidence({**runs, "robust_z": one}, {**runs, "logistic": other})
    tried = compared(head=head, base=base, evidence=scores)
    assert [(found.algorithm, found.entity) for found in document(head.root, tried).decisions] == [
        ("logistic", "b")
    ]


def test_an_algorithm_whose_threshold_alone_moved_has_decisions(make: Make) -> None:
    head, base = make("head", at=0.7), make("base", at=0.3)
    runs = {"logistic": np.array([[0.5, 0.9, 0.1, 0.1]])}
    scores = evidence(runs, runs)
    tried = compared(head=head, base=base, evidence=scores)
    (found,) = document(head.root, tried).decisions
    assert (found.algorithm, found.time, found.head, found.base) == ("logistic", 100, 0.5, 0.5)
    assert found.kind == "fixed error"


def test_a_misspelt_threshold_is_named_and_never_green(make: Make) -> None:
    head, base = make("head"), make("base")
    (base.root / "configs" / "alerts.yaml").write_text(
        json.dumps({"thresholds": {"logitsic": 0.5}})
    )
    scores = evidence({"logistic": np.eye(4)[:1]}, {"logistic": np.eye(4)[1:2]})
    tried = compared(head=head, base=base, evidence=scores)
    verdict = document(head.root, tried)
    assert verdict.outcome is Outcome.INVALID
    assert (
        "configs/alerts.yaml: thresholds has 'logitsic', but there is no"
        in verdict.checks[-1].message
    )


# --- the line that says it all


def test_the_summary_is_the_check_that_made_the_verdict() -> None:
    checks = [
        Check("rows", Outcome.PASS, "fine"),
        Check("report_only", Outcome.REGRESSION, "not this", gating=False, estimate=NUMBERS),
        Check(CheckId.COSTS, Outcome.REGRESSION, "slow"),
        Check(
            "worse", Outcome.REGRESSION, "by far", algorithm="trees", metric="auc", estimate=NUMBERS
        ),
    ]
    assert summarise(Outcome.REGRESSION, checks) == "regression: worse · trees · auc: by far", (
        "numbers come first"
    )
    assert summarise(Outcome.REGRESSION, checks[:3]) == "regression: costs: slow"
    assert summarise(Outcome.PASS, checks) == "pass: rows: fine"
    assert summarise(Outcome.INVALID, checks) == "invalid: nothing was checked"
    assert summarise(Outcome.INVALID, []) == "invalid: nothing was checked"


# --- the document


def test_a_trial_without_arms_is_a_document_that_reads_back(tmp_path: Path) -> None:
    found = document(tmp_path, compared(Check(CheckId.BASELINE, Outcome.INVALID, "no baseline")))
    write_verdict(found, tmp_path / paths.VERDICT)
    assert read_verdict(tmp_path / paths.VERDICT) == found
    assert (found.outcome, found.exit_code, found.summary) == (
        Outcome.INVALID,
        3,
        "invalid: baseline: no baseline",
    )
    assert (found.evaluation, found.commits, found.decisions, found.audit, found.findings) == (
        None,
        {},
        [],
        [],
        [],
    )


def test_the_document_has_both_commits_the_rules_and_the_rows_that_judged(make: Make) -> None:
    head, base = make("head"), make("base")
    runs = {"logistic": np.eye(4)[:1]}
    fine = Check("rows", Outcome.PASS, "fine")
    tried = replace(
        compared(fine, head=head, base=base, evidence=evidence(runs, runs)), seconds={"head": 1.5}
    )
    found = document(head.root, tried)
    assert (found.head, found.base, found.outcome, found.exit_code) == (HEAD, BASE, Outcome.PASS, 0)
    assert found.commits["base"].seeds == {name: [1, 2] for name in SETTINGS.algorithms}
    assert found.evaluation
    assert found.evaluation.fingerprint == head.fingerprint
    shown = (
        found.evaluation.rows,
        found.evaluation.positives,
        found.evaluation.clusters,
        found.evaluation.cluster,
    )
    assert shown == (4, 2, 2, "entity")
    assert found.rules
    assert found.rules.margin == SETTINGS.margin
    assert found.rules.guardrails.keys() == SETTINGS.guardrails.keys()
    assert found.seconds == {"head": 1.5, "total": 1.5}


def test_rows_resampled_by_blocks_are_reported_as_such(make: Make) -> None:
    head = make("head")
    tried = compared(head=head, base=make("base"), evidence=evidence({}, {}))
    tried = replace(tried, settings=SETTINGS.model_copy(update={"block": 10}))
    evaluation = document(head.root, tried).evaluation
    assert evaluation
    assert (evaluation.clusters, evaluation.cluster) == (4, "entity x 10 minutes")


def test_findings_on_heads_data_are_reported_also_where_the_graph_stopped_at_them(
    tmp_path: Path,
) -> None:
    finding = {
        "expectation": "column_values_to_not_be_null",
        "column": "cpu",
        "severity": "critical",
        "success": False,
        "expected": "",
        "observed": "3 % of rows differ",
    }
    (tmp_path / paths.VALIDATION).parent.mkdir()
    (tmp_path / paths.VALIDATION).write_text(
        json.dumps({"rows": 9, "findings": [finding], "columns": {}})
    )
    found = document(
        tmp_path, compared(Check(CheckId.HEAD_RUNS, Outcome.INVALID, "the data are broken"))
    )
    assert [one.model_dump() for one in found.findings] == [finding]


@pytest.mark.parametrize(
    ("outcome", "estimate", "cannot_tell", "code"),
    [
        (Outcome.PASS, NUMBERS, "red", 0),
        (Outcome.REGRESSION, NUMBERS, "red", 1),
        (Outcome.REGRESSION, NUMBERS, "green", 1),
        (Outcome.CANNOT_TELL, NUMBERS, "red", 3),
        (Outcome.CANNOT_TELL, NUMBERS, "green", 0),
        (Outcome.CANNOT_TELL, None, "green", 3),
        (Outcome.INVALID, NUMBERS, "green", 3),
        (Outcome.NOT_COMPARABLE, None, "green", 3),
    ],
)
def test_only_what_was_measured_and_cannot_be_decided_may_be_green_by_the_settings(
    tmp_path: Path, outcome: Outcome, estimate: Estimate | None, cannot_tell: str, code: int
) -> None:
    tried = compared(Check("worse", outcome, "so", estimate=estimate))
    tried = replace(tried, settings=SETTINGS.model_copy(update={"cannot_tell": cannot_tell}))
    assert document(tmp_path, tried).exit_code == code


def test_a_head_that_cannot_run_ends_with_2(tmp_path: Path) -> None:
    checks = [
        Check(CheckId.HEAD_RUNS, Outcome.INVALID, "no data"),
        Check("worse", Outcome.REGRESSION, "so"),
    ]
    assert document(tmp_path, compared(*checks)).exit_code == 2
