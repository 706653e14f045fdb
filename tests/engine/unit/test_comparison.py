"""Two commits become evidence and a question: shared rows, both sides' roles and thresholds."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.compare.built_commit import BuiltCommit, built, extra_scores
from clockwork.compare.line_up import all_roles, gather
from clockwork.compare.measure import (
    LOOKS,
    MOST_SLICES,
    alerting_otherwise,
    ask,
    attempt,
    certain_checks,
    changed_decisions,
    measured_checks,
    thresholds,
)
from clockwork.compare.paired_scores import Evidence
from clockwork.gate.catalogue import CheckId
from clockwork.gate.noninferiority import Rules
from clockwork.gate.outcome import Check, Outcome, overall
from clockwork.gate.question import Guardrail
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.support import paths
from clockwork.support.errors import BadInput

ROOT = Path(__file__).parents[3]
Make = Callable[..., BuiltCommit]
KEYS = pd.DataFrame(
    {
        "entity": pd.Categorical(["b", "b", "c", "c"]),
        "time": np.array([100, 112, 100, 112], dtype=np.int64),
        "label": np.array([0, 1, 0, 0], dtype=np.int8),
        "kind": pd.Categorical(["server", "server", "camera", "camera"]),
    }
)
ROLES = {"lightgbm": "gating", "robust_z": "watched"}


def built_side(
    root: Path,
    keys: pd.DataFrame = KEYS,
    roles: Mapping[str, str] = ROLES,
    at: float = 0.1,
    data: str = "aa",
) -> BuiltCommit:
    """A commit as its files: evaluation rows, scores, settings.

    It has two runs of each algorithm and two more of extra seeds; all alert from the score `at`.
    """
    for folder in (paths.EVALUATION.parent, paths.SCORES, paths.EXTRA_SCORES, paths.CONFIGS):
        (root / folder).mkdir(parents=True)
    keys.to_parquet(root / paths.EVALUATION)
    for algorithm in roles:
        about = {"params": {}, "seeds": [1, 2], "features": [], "trained_on": {"all": 9}}
        (root / paths.MODELS / algorithm).mkdir(parents=True)
        (root / paths.MODELS / algorithm / "about.json").write_text(json.dumps(about))
        for place, seeds in ((paths.SCORES, (1, 2)), (paths.EXTRA_SCORES, (3, 4))):
            runs = {f"score_{seed}": np.linspace(0.1 * seed, 0.9, len(keys)) for seed in seeds}
            keys.assign(**runs).to_parquet(root / place / f"{algorithm}.parquet", index=False)
    document = gate_settings(ROOT).model_dump() | {"algorithms": dict(roles)}
    (root / "configs" / "gate.yaml").write_text(json.dumps(document))
    thresholds = dict.fromkeys(roles, at)
    (root / "configs" / "alerts.yaml").write_text(json.dumps({"thresholds": thresholds}))
    (root / "data.dvc").write_text(f"outs: [{{md5: {data}, path: data}}]")
    return built(root)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda name, **more: built_side(tmp_path / name, **more)


def settings_of(head: BuiltCommit) -> GateSettings:
    return gate_settings(head.root)


# --- a check that cannot run


@pytest.mark.parametrize(
    "error", [ValueError("odd"), KeyError("all"), FileNotFoundError("none"), BadInput("no file")]
)
def test_a_check_that_raises_is_never_green(error: Exception) -> None:
    def broken() -> list[Check]:
        raise error

    (check,) = attempt(CheckId.SENTINELS, broken)
    assert (check.id, check.outcome, check.gating) == (CheckId.SENTINELS, Outcome.INVALID, True)
    assert check.message.startswith("this check could not run: ")
    assert str(error) in check.message
    assert overall([Check("another", Outcome.PASS, ""), check]) is Outcome.INVALID


def test_a_check_that_runs_is_handed_on() -> None:
    checks = [Check("one", Outcome.PASS, ""), Check("two", Outcome.REGRESSION, "")]
    assert attempt(CheckId.SENTINELS, lambda: checks) == checks


def test_what_ends_the_program_is_no_check() -> None:
    def stop() -> list[Check]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt(CheckId.SENTINELS, stop)


def test_checks_on_a_commit_that_lost_its_files_are_all_reported_and_never_green(
    make: Make,
) -> None:
    head, base = make("head"), make("base")
    (base.root / paths.EVALUATION).unlink()
    checks = certain_checks(head, base, settings_of(head), quick=True)
    assert overall(checks) is Outcome.INVALID
    failed = [check.id for check in checks if "could not run" in check.message]
    assert {CheckId.SAME_ROWS, CheckId.UNSEEN_BY_HEAD, CheckId.ROWS_APART} <= set(failed)


def test_a_gate_that_raises_is_never_green(make: Make) -> None:
    head, base = make("head"), make("base")
    evidence = gather(head, base, settings_of(head))
    broken = replace(evidence, head={"lightgbm": evidence.head["lightgbm"][0]}, keys=many())
    checks = measured_checks(head, base, replace(broken, base=broken.head), settings_of(head))
    assert overall(checks) is Outcome.INVALID
    assert any("could not run: IndexError" in check.message for check in checks)


def many() -> pd.DataFrame:
    """Keys that can judge: forty entities with a positive each."""
    return pd.DataFrame(
        {
            "entity": pd.Categorical(np.repeat([f"e{at}" for at in range(40)], 3)),
            "time": np.tile(np.arange(3, dtype=np.int64) * 60, 40),
            "label": np.tile(np.array([0, 1, 0], dtype=np.int8), 40),
        }
    )


# --- the evidence


def test_evidence_holds_the_scores_of_both_arms_for_all_rows(make: Make) -> None:
    head, base = make("head"), make("base")
    evidence = gather(head, base, settings_of(head))
    assert list(evidence.head) == list(evidence.base) == ["lightgbm", "robust_z"]
    assert evidence.head["lightgbm"].shape == (2, 4)
    assert evidence.moved() == []


def test_an_algorithms_pool_counts_where_it_is_asked_for(make: Make) -> None:
    head, base = make("head"), replace(make("base"), pooled=frozenset({"lightgbm"}))
    evidence = gather(head, base, settings_of(head))
    assert {name: len(runs) for name, runs in evidence.base.items()} == {
        "lightgbm": 4,
        "robust_z": 2,
    }
    assert {len(runs) for runs in evidence.head.values()} == {2}
    assert evidence.moved() == [], "head's runs are base's first ones"
    assert base.runs(KEYS, ["lightgbm"])["lightgbm"][:, 0].tolist() == pytest.approx(
        [0.1, 0.2, 0.3, 0.4]
    )


def test_a_pool_without_scores_is_no_scores_at_all(make: Make) -> None:
    base = replace(make("base"), pooled=frozenset({"lightgbm"}))
    (extra_scores(base.scores) / "lightgbm.parquet").unlink()
    assert list(base.runs(KEYS, ["lightgbm", "robust_z"])) == ["robust_z"]


def test_only_shared_rows_reach_the_gate(make: Make) -> None:
    extra = KEYS[:2].assign(time=[124, 136])
    longer = pd.concat([KEYS, extra], ignore_index=True)
    head, base = make("head", keys=longer), make("base")
    scored = make("lined up", keys=longer)
    evidence = gather(head, replace(base, scores=scored.scores), settings_of(head))
    assert (
        evidence.keys[["time", "label"]].to_numpy().tolist()
        == KEYS[["time", "label"]].to_numpy().tolist()
    )
    assert {runs.shape for runs in [*evidence.head.values(), *evidence.base.values()]} == {(2, 4)}
    assert (
        evidence.head["lightgbm"].tolist()
        == head.runs(longer, ["lightgbm"])["lightgbm"][:, :4].tolist()
    )


def test_a_slice_that_head_lost_is_still_named(make: Make) -> None:
    head, base = make("head", keys=KEYS[:2]), make("base")
    slices = gather(head, replace(base, scores=head.scores), settings_of(head)).slices()
    assert {name: int(rows.sum()) for name, rows in slices.items()} == {
        "kind camera": 0,
        "kind server": 2,
    }


@pytest.mark.parametrize("side", ["head", "base"])
def test_an_algorithm_on_one_side_only_is_never_green(make: Make, side: str) -> None:
    both = {**ROLES, "logistic": "gating"}
    head, base = (
        make("head", roles=both if side == "head" else ROLES),
        make("base", roles=both if side == "base" else ROLES),
    )
    assert all_roles(settings_of(head), base.root)["logistic"], "whichever side names it"
    evidence = replace(gather(head, base, settings_of(head)), keys=many())
    wide = {name: np.tile(np.linspace(0.1, 0.9, 120), (2, 1)) for name in ROLES}
    alone = {**wide, "logistic": wide["lightgbm"]}
    evidence = replace(
        evidence, head=alone if side == "head" else wide, base=alone if side == "base" else wide
    )
    checks = measured_checks(head, base, evidence, settings_of(head))
    assert overall(checks) is Outcome.INVALID
    (missing,) = [check for check in checks if check.algorithm == "logistic"]
    assert missing.message.endswith("has no scores: the algorithm is on one side only")
    assert missing.gating


def test_more_slices_than_the_gate_takes_are_refused(make: Make) -> None:
    head, base = make("head"), make("base")
    keys = many().assign(site=[f"s{at % (MOST_SLICES + 1)}" for at in range(120)])
    (check,) = measured_checks(head, base, Evidence(keys, {}, {}), settings_of(head))
    assert check.outcome is Outcome.INVALID
    assert f"slices have {MOST_SLICES + 1} values; the gate takes {MOST_SLICES}" in check.message


# --- decisions


SAME, OTHER = np.array([[0.1, 0.6, 0.1, 0.9]]), np.array([[0.1, 0.6, 0.7, 0.9]])


@pytest.mark.parametrize(
    ("scores", "at", "named"),
    [
        (SAME, (0.5, 0.5), False),
        (OTHER, (0.5, 0.5), True),
        (SAME, (0.5, 0.4), True),
        (OTHER, (0.5, 0.4), True),
    ],
    ids=["nothing", "scores", "threshold", "both"],
)
def test_an_algorithm_may_alert_otherwise_where_its_scores_or_its_threshold_moved(
    scores: np.ndarray, at: tuple[float, float], named: bool
) -> None:
    evidence = Evidence(KEYS, {"trees": scores, "still": SAME}, {"trees": SAME, "still": SAME})
    assert alerting_otherwise(evidence, {"trees": at, "still": (0.5, 0.5)}) == (
        {"trees": at} if named else {}
    )


def test_a_threshold_of_an_algorithm_without_scores_changes_no_decision() -> None:
    evidence = Evidence(KEYS, {"trees": SAME}, {"trees": SAME})
    assert alerting_otherwise(evidence, {"trees": (0.5, 0.5), "gone": (0.5, 0.4)}) == {}


def test_thresholds_are_heads_and_bases_of_the_algorithms_that_both_have(make: Make) -> None:
    head = make("head", roles={**ROLES, "logistic": "watched"}, at=0.2)
    base = make("base", roles={**ROLES, "isolation_forest": "watched"}, at=0.3)
    assert thresholds(head, base) == {"lightgbm": (0.2, 0.3), "robust_z": (0.2, 0.3)}


def test_a_threshold_that_moved_by_itself_is_reported_as_churn(make: Make) -> None:
    head, base = make("head", at=0.5), make("base", at=0.6)
    evidence = Evidence(
        KEYS, {"lightgbm": SAME, "robust_z": OTHER}, {"lightgbm": SAME, "robust_z": OTHER}
    )
    assert changed_decisions(evidence, ask(head, head, settings_of(head)), 0.1) == []
    checks = changed_decisions(evidence, ask(head, base, settings_of(head)), 0.1)
    assert [(check.id, check.algorithm, check.outcome, check.gating) for check in checks] == [
        (CheckId.DECISIONS, "lightgbm", Outcome.PASS, False),
        (CheckId.DECISIONS, "robust_z", Outcome.PASS, False),
    ]
    (low, _) = changed_decisions(evidence, ask(make("low", at=0.05), base, settings_of(head)), 0.1)
    assert (low.outcome, low.gating) == (Outcome.SUSPICIOUS, False)
    assert low.message == "50.0% of alerts are replaced; a new seed replaces 0.0%"


def test_the_gate_tells_the_churn_of_a_threshold_that_moved_by_itself(make: Make) -> None:
    runs = {name: np.tile(np.linspace(0.1, 0.9, 120), (2, 1)) for name in ROLES}
    head, base, evidence = make("head", at=0.8), make("base", at=0.3), Evidence(many(), runs, runs)
    checks = measured_checks(head, base, evidence, settings_of(head))
    assert [check.algorithm for check in checks if check.id == CheckId.DECISIONS] == [
        "lightgbm",
        "robust_z",
    ]
    still = measured_checks(head, make("still", at=0.8), evidence, settings_of(head))
    assert CheckId.DECISIONS not in {check.id for check in still}


# --- the question


@pytest.mark.parametrize(
    ("ours", "theirs", "gates"),
    [
        ("gating", "gating", True),
        ("watched", "gating", True),
        ("gating", "watched", True),
        ("watched", "watched", False),
    ],
)
def test_head_can_neither_demote_an_algorithm_nor_base_hold_one_back(
    make: Make, ours: str, theirs: str, gates: bool
) -> None:
    head = make("head", roles={"lightgbm": "gating", "logistic": ours})
    base = make("base", roles={"lightgbm": "gating", "logistic": theirs})
    assert all_roles(settings_of(head), base.root) == {"lightgbm": True, "logistic": gates}


def test_a_dropped_algorithm_still_gates(make: Make) -> None:
    head, base = make("head", roles={"logistic": "gating"}), make("base")
    assert all_roles(settings_of(head), base.root) == {
        "lightgbm": True,
        "robust_z": False,
        "logistic": True,
    }


def test_the_question_is_that_of_the_settings(make: Make) -> None:
    head, base = make("head", at=0.2), replace(make("base", at=0.3), pooled=frozenset({"lightgbm"}))
    settings = settings_of(head)
    question = ask(head, base, settings)
    assert question.rules == Rules(
        settings.margin, settings.alpha_pass, settings.alpha_block, settings.credible_gain
    )
    assert question.guardrails["roc_auc"] == Guardrail(settings.guardrails["roc_auc"].margin)
    assert question.guardrails["alerts_per_day"].two_sided
    assert list(question.guardrails) == list(settings.guardrails)
    assert question.slices.alpha == settings.slices.alpha
    assert question.thresholds == {"lightgbm": (0.2, 0.3), "robust_z": (0.2, 0.3)}
    assert question.looks == {"lightgbm": LOOKS}
    assert question.rules_of("robust_z") == question.rules
    assert question.rules_of("lightgbm") == question.rules.over(LOOKS)


def test_the_same_rows_have_the_same_seed_and_other_rows_another(make: Make) -> None:
    head, base, other = make("head"), make("base"), make("other", keys=KEYS[:3])
    assert ask(head, base, settings_of(head)).seed == ask(base, head, settings_of(head)).seed
    assert ask(head, base, settings_of(head)).seed != ask(other, base, settings_of(head)).seed
