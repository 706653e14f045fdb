"""The pipeline's scores exported as two files get the numbers that the pipeline's gate gives, to the bit."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.commands.files.compare import judge
from clockwork.commands.files.options import Options
from clockwork.compare.built_commit import BuiltCommit, built
from clockwork.compare.measure import gather, measured_checks
from clockwork.gate.decide import Guardrail
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.support import paths
from clockwork.verdict.sentences import explained

ROOT, AT = Path(__file__).parents[4], 0.4
ENTITIES, ROWS = 60, 40


def keys() -> pd.DataFrame:
    place = np.arange(ENTITIES * ROWS)
    return pd.DataFrame(
        {
            "entity": pd.Categorical([f"device-{at // ROWS:02}" for at in place]),
            "time": place % ROWS * np.int64(30),
            "label": ((place % ROWS % 11 < 2) & (place // ROWS < 45)).astype(np.int8),
            "kind": pd.Categorical(np.where(place // ROWS % 2, "camera", "server")),
        }
    )


def arm(root: Path, skill: float, seeds: range) -> BuiltCommit:
    """A checkout as its files: evaluation rows, the scores of some seeds, settings."""
    rows = keys()
    for folder in (paths.JUDGING.parent, paths.SCORES, paths.CONFIGS):
        (root / folder).mkdir(parents=True)
    rows.to_parquet(root / paths.JUDGING)
    noise = np.random.default_rng(1).normal(size=len(rows))
    own = {seed: 0.2 * np.random.default_rng(seed).normal(size=len(rows)) for seed in seeds}
    runs = {f"score_{seed}": 1 / (1 + np.exp(2 - skill * rows["label"] - noise - one)) for seed, one in own.items()}
    rows.assign(**runs).to_parquet(root / paths.SCORES / "lightgbm.parquet", index=False)
    document = gate_settings(ROOT).model_dump() | {"algorithms": {"lightgbm": "gating"}, "resamples": 300}
    (root / "configs" / "gate.yaml").write_text(json.dumps(document))
    (root / "configs" / "alerts.yaml").write_text(json.dumps({"thresholds": {"lightgbm": AT}}))
    return built(root)


def options(settings: GateSettings) -> Options:
    """The settings of a pipeline as options."""
    return Options(
        slices=("kind",),
        primary=settings.primary,
        margin=settings.margin,
        guardrails={name: Guardrail(one.margin, one.two_sided) for name, one in settings.guardrails.items()},
        slice_margin=settings.slices.margin,
        resamples=settings.resamples,
        threshold=AT,
        name="lightgbm",
    )


@pytest.mark.parametrize("skill", [1.5, 1.1])
def test_both_gates_give_the_same_numbers(tmp_path: Path, skill: float) -> None:
    base, head = arm(tmp_path / "base", 1.5, range(1, 6)), arm(tmp_path / "head", skill, range(10, 13))
    settings = gate_settings(head.root)
    checks = measured_checks(head, base, gather(head, base, settings), settings)
    theirs = [explained(check) for check in checks if check.estimate]
    place = "lightgbm.parquet"
    verdict, _ = judge(base.scores / place, head.scores / place, options(settings))
    ours = [check for check in verdict.checks if check.estimate]
    assert len(theirs) == 9
    assert ours == theirs
    assert verdict.evaluation
    assert verdict.evaluation.fingerprint == head.fingerprint
