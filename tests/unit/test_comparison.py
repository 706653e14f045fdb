"""Two arms are compared only where they saw the same things; what is missing or moved is never green."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines import paths
from pipelines.arms import Arm
from pipelines.comparison import probe_checks, same_dependencies, same_rows, same_training, unseen_rows
from pipelines.data.split import JUDGE, TRAIN
from pipelines.gate.outcome import Outcome, overall
from pipelines.settings.gate import GateSettings, gate_settings

ROOT = Path(__file__).parents[2]
ROWS = {"all": 1000, "positive": 20, "kind server": 400, "kind camera": 600}
AUTHOR = ["-c", "user.name=Tests", "-c", "user.email=tests@localhost"]
Make = Callable[..., Arm]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """An arm as its files: the rows it split, what it was trained on, the data and libraries it had."""

    def arm(
        name: str, *, counts: Any = ROWS, data: str = "aa", lock: str = "x==1", train: tuple[str, int] = ("a", 0)
    ) -> Arm:
        root = tmp_path / name
        (root / paths.SPLIT).parent.mkdir(parents=True)
        keys = pd.DataFrame({"entity": ["b", "b", train[0]], "time": [8, 12, train[1]], "label": [0, 1, 0]})
        keys.assign(part=[JUDGE, JUDGE, TRAIN]).to_parquet(root / paths.SPLIT)
        keys[:2].to_parquet(root / paths.JUDGING)
        (root / paths.MODELS / "lightgbm").mkdir(parents=True)
        about = {"params": {}, "seeds": [1], "features": [], **({"trained_on": counts} if counts else {})}
        (root / paths.MODELS / "lightgbm" / "about.json").write_text(json.dumps(about))
        (root / "data.dvc").write_text(f"outs: [{{md5: {data}, path: data}}]")
        (root / "requirements.lock").write_text(lock)
        gate = (ROOT / "configs" / "gate.yaml").read_text()
        (root / "configs").mkdir()
        (root / "configs" / "gate.yaml").write_text(re.sub(r"(?m)^  (?!lightgbm)\w+: (gating|watched)\n", "", gate))
        for words in (["init", "-q"], ["add", "requirements.lock"], ["commit", "-q", "-m", "one"]):
            subprocess.run(["git", "-C", str(root), *AUTHOR, *words], check=True)
        return Arm(root, root / paths.SCORES)

    return arm


def test_the_same_counts_pass(make: Make) -> None:
    assert overall(same_training(make("head"), make("base"))).green


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({**ROWS, "all": 300}, "all: 300 rows, base 1000"),
        ({**ROWS, "all": 2000}, "all: 2000 rows"),
        ({**ROWS, "positive": 0}, "positive: 0 rows, base 20"),
        ({name: count for name, count in ROWS.items() if name != "kind camera"}, "kind camera: 0 rows, base 600"),
        ({**ROWS, "kind router": 50}, "kind router: 50 rows, base 0"),
        (None, "0 rows"),
    ],
)
def test_rows_lost_doubled_or_unlabelled_in_training_are_suspicious(make: Make, counts: Any, told: str) -> None:
    (check,) = same_training(make("head", counts=counts), make("base"))
    assert check.outcome is Outcome.SUSPICIOUS
    assert told in check.message


def test_other_data_may_have_other_counts_within_reason(make: Make) -> None:
    more = {name: round(1.2 * count) for name, count in ROWS.items()}
    assert not overall(same_training(make("head", counts=more), make("base"))).green
    assert overall(same_training(make("newer", counts=more, data="bb"), make("older"))).green


def test_judging_rows_that_an_arm_trained_on_are_not_comparable(make: Make) -> None:
    head, peeked = make("head"), make("base", train=("b", 12))
    assert [check.outcome for check in unseen_rows(head, peeked)] == [Outcome.PASS, Outcome.NOT_COMPARABLE]
    assert [check.outcome for check in unseen_rows(head, head)] == [Outcome.PASS, Outcome.PASS]


def test_other_labels_are_other_judging_rows(make: Make) -> None:
    head, base = make("head"), make("base")
    assert same_rows(head, base).outcome is Outcome.PASS
    changed = pd.read_parquet(base.root / paths.JUDGING).assign(label=[1, 1])
    changed.to_parquet(base.root / paths.JUDGING)
    assert same_rows(head, Arm(base.root, base.scores)).outcome is Outcome.NOT_COMPARABLE


def test_other_libraries_are_told_and_block_nothing(make: Make) -> None:
    check = same_dependencies(make("head", lock="x==2"), make("base"))
    assert "changed" in check.message
    assert not check.gating


@pytest.fixture
def settings() -> GateSettings:
    return gate_settings(ROOT)


def test_experiments_that_did_not_run_are_never_green(make: Make, settings: GateSettings) -> None:
    head = make("head")
    assert overall(probe_checks(head, settings)) is Outcome.INVALID
    (head.root / paths.PROBES).write_text(json.dumps({"probes": [], "profile": {}}))
    missing = probe_checks(head, settings)
    assert {check.outcome for check in missing} == {Outcome.INVALID}
    assert {check.algorithm for check in missing} == {None, "lightgbm", "logistic"}


@pytest.mark.parametrize(("algorithm", "gates"), [(None, True), ("lightgbm", True), ("robust_z", False)])
def test_a_broken_experiment_is_suspicious_where_it_gates(
    make: Make, settings: GateSettings, algorithm: str | None, gates: bool
) -> None:
    head = make("head")
    probe = {"name": "no peeking", "held": False, "message": "it peeks", "algorithm": algorithm}
    (head.root / paths.PROBES).write_text(json.dumps({"probes": [probe], "profile": {}}))
    (check,) = [check for check in probe_checks(head, settings) if check.name == "no peeking"]
    assert (check.outcome, check.gating, check.message) == (Outcome.SUSPICIOUS, gates, "it peeks")
