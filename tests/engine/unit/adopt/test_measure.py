"""What the rows of an adopted project can show is measured by its own task's evidence."""

from pathlib import Path

import numpy as np
import pandas as pd

from clockwork.adopt.measure import Sensitivity, sensitivity
from clockwork.compare.built_commit import built
from clockwork.gate.registry import TASKS
from clockwork.settings.gate import gate_settings
from clockwork.support import paths

DATA = "rows: data/*.parquet\ntask: regression\ntarget: gain\nentity: shop\nslices: [sign]\n"
GATE = """\
algorithms: {lightgbm: gating}
primary: mae
margin: 0.05
credible_gain: 0.15
alpha_pass: 0.05
alpha_block: 0.01
resamples: 200
min_positive_clusters: 10
guardrails: {}
churn: 0.25
costs: {features: 2, scoring: 2, training: 2, size: 2}
cannot_tell: red
target_branch: main
slices: {margin: 0.1, alpha: 0.05, min_positive_clusters: 10}
"""


def measured(root: Path, keys: pd.DataFrame, runs: pd.DataFrame) -> Sensitivity:
    """What these rows show of `runs` (rows, trainings), as a project at `root` that is built."""
    scored = keys[["entity", "time", "label"]].join(runs)
    for place, table in ((paths.EVALUATION, keys), (paths.SCORES / "lightgbm.parquet", scored)):
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(root / place)
    for name, text in (("data", DATA), ("gate", GATE)):
        (root / "configs").mkdir(exist_ok=True)
        (root / "configs" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return sensitivity(built(root), TASKS["regression"], gate_settings(root))


def test_a_slice_of_targets_below_zero_counts_where_the_task_is_of_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    gain = np.where(np.arange(120) % 2, 1.0, -1.0) * rng.uniform(1, 9, 120)
    keys = pd.DataFrame(
        {
            "entity": pd.Categorical([f"shop {at}" for at in range(120)]),
            "time": np.zeros(120, dtype=np.int64),
            "label": gain,
            "sign": pd.Categorical(np.where(gain > 0, "gain", "loss")),
        }
    )
    # Where there is a loss, a few rows make most of the error, so little shows there.
    errors = {
        f"score_{seed}": gain + rng.normal(size=120) ** np.where(gain > 0, 1, 3) for seed in (1, 2)
    }
    runs = pd.DataFrame(errors)
    whole, gains = measured(tmp_path, keys, runs), keys["sign"] == "gain"
    assert whole.slices > 1.5 * measured(tmp_path, keys[gains], runs[gains]).slices > 0
