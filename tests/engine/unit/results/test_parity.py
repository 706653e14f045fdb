"""The pipeline's scores exported as two files get the numbers its gate gives, to the bit."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.commands.files.compare import judge
from clockwork.commands.files.options import Options
from clockwork.compare.built_commit import BuiltCommit, built
from clockwork.compare.line_up import gather
from clockwork.compare.measure import measured_checks
from clockwork.gate.catalogue import CheckId
from clockwork.gate.question import Guardrail
from clockwork.gate.registry import TASKS
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.support import paths
from clockwork.verdict.sentences import explained
from tests.engine.unit.by_task.conftest import frame

from .conftest import BEST, MAKE, WORST

ROOT, AT = Path(__file__).parents[4], 0.4
ENTITIES, ROWS = 60, 40
PLACE = "lightgbm.parquet"


def telemetry(skill: float, seeds: range) -> pd.DataFrame:
    """Rows of entities over time, with events."""
    place = np.arange(ENTITIES * ROWS)
    rows = pd.DataFrame(
        {
            "entity": pd.Categorical([f"device-{at // ROWS:02}" for at in place]),
            "time": place % ROWS * np.int64(30),
            "label": ((place % ROWS % 11 < 2) & (place // ROWS < 45)).astype(np.int8),
            "kind": pd.Categorical(np.where(place // ROWS % 2, "camera", "server")),
        }
    )
    noise = np.random.default_rng(1).normal(size=len(rows))
    own = {seed: 0.2 * np.random.default_rng(seed).normal(size=len(rows)) for seed in seeds}
    runs = {
        f"score_{seed}": 1 / (1 + np.exp(2 - skill * rows["label"] - noise - one))
        for seed, one in own.items()
    }
    return rows.assign(**runs)


def built_side(root: Path, task: str, skill: float, seeds: range) -> BuiltCommit:
    """A checkout as its files: evaluation rows, the scores of some seeds, settings."""
    rows = telemetry(skill, seeds) if task == "binary" else frame(task, skill, seeds)
    for folder in (paths.EVALUATION.parent, paths.SCORES, paths.CONFIGS):
        (root / folder).mkdir(parents=True)
    rows[[name for name in map(str, rows) if not name.startswith("score_")]].to_parquet(
        root / paths.EVALUATION
    )
    rows.to_parquet(root / paths.SCORES / PLACE, index=False)
    document = gate_settings(ROOT).model_dump() | {
        "algorithms": {"lightgbm": "gating"},
        "resamples": 300,
    }
    if task != "binary":
        document = {
            name: one for name, one in document.items() if name not in ("primary", "guardrails")
        }
    (root / "configs" / "gate.yaml").write_text(json.dumps(document))
    (root / "configs" / "data.yaml").write_text(json.dumps({"task": task}))
    (root / "configs" / "alerts.yaml").write_text(json.dumps({"thresholds": {"lightgbm": AT}}))
    return built(root)


def options(settings: GateSettings, task: str) -> Options:
    """The settings of a pipeline as options."""
    return Options(
        task=task,
        slices=("kind",),
        primary=settings.primary,
        margin=settings.margin,
        guardrails={
            name: Guardrail(one.margin, one.two_sided) for name, one in settings.guardrails.items()
        },
        slice_margin=settings.slices.margin,
        resamples=settings.resamples,
        threshold=AT,
        name="lightgbm",
    )


@pytest.mark.parametrize("best", [True, False], ids=["as good", "worse"])
@pytest.mark.parametrize("task", MAKE)
def test_both_gates_give_the_same_numbers(tmp_path: Path, task: str, best: bool) -> None:
    skill = BEST[task] if best else 1.1 if task == "binary" else WORST[task]
    base = built_side(tmp_path / "base", task, BEST[task], range(1, 6))
    head = built_side(tmp_path / "head", task, skill, range(10, 13))
    settings = gate_settings(head.root)
    checks = measured_checks(head, base, gather(head, base, settings), settings)
    verdict = judge(base.scores / PLACE, head.scores / PLACE, options(settings, task))[0]
    left = (CheckId.SAME_ROWS, CheckId.KNOWN_ANSWERS)
    ours = [check for check in verdict.checks if check.id not in left]
    assert ours == [explained(check) for check in checks]
    metrics = {check.metric for check in ours if check.estimate}
    assert {settings.primary, *settings.guardrails} <= metrics
    assert metrics <= {*TASKS[task].metrics, *settings.guardrails}
    assert verdict.evaluation
    assert verdict.evaluation.fingerprint == head.fingerprint
