"""Seeds on a cluster are this machine's; LightGBM on partitions is as good as on all rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from clockwork.learning.data.split import JUDGE, TRAIN
from clockwork.learning.executors import cluster as connect
from clockwork.learning.executors import executor
from clockwork.learning.stages import train
from clockwork.learning.tables import write_json, write_parts
from clockwork.model import Labels, Matrix
from clockwork.settings.engine import EngineSettings
from clockwork.settings.gate import gate_settings
from clockwork.support.paths import EXTRA_MODELS, FEATURES, MODELS, SPLIT, TUNING
from pipelines.models.lightgbm import Lightgbm
from tests.engine import calls
from tests.engine.services import Cluster

ROOT = Path(__file__).resolve().parents[3]
PARAMS = {
    "rounds": 60,
    "num_leaves": 15,
    "learning_rate": 0.1,
    "min_data_in_leaf": 20,
    "max_bin": 127,
}
NAMES = [f"f{at}" for at in range(8)]


def rows(count: int, seed: int) -> tuple[Matrix, Labels]:
    """Rows, a tenth positive, set by several features together, never surely; some missing."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, len(NAMES))).astype(np.float32)
    signal = x[:, 0] * x[:, 1] + np.abs(x[:, 2]) + 0.7 * x[:, 3]
    y = (signal + random.normal(scale=0.7, size=count) > 2.6).astype(np.int8)
    x[random.random(x.shape) < 0.02] = np.nan
    return x, y


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of this code with the outputs that training reads, as this process's folder."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in ("clockwork", "pipelines", "configs"):
        (root / name).symlink_to(ROOT / name)
    monkeypatch.chdir(root)
    x, y = rows(3000, seed=1)
    part = np.where(np.arange(len(y)) % 3 == 0, JUDGE, TRAIN)
    keys = pd.DataFrame(
        {"entity": "a", "time": np.arange(len(y)), "label": y, "part": part, "fold": 0}
    )
    write_parts(FEATURES, [(keys[["entity", "time", "label"]], x)], NAMES)
    SPLIT.parent.mkdir(parents=True)
    keys.to_parquet(SPLIT, index=False)
    write_json(TUNING / "lightgbm.json", {"params": PARAMS})
    return root


def models(folder: Path) -> dict[str, bytes]:
    """Every file of a folder of models."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def parts_of(folder: Path, x: Matrix, y: Labels, count: int) -> Path:
    """The rows in `count` files."""
    folder.mkdir()
    frame = pd.DataFrame(x, columns=NAMES).assign(label=y)
    for at, share in enumerate(np.array_split(np.arange(len(y)), count)):
        frame.iloc[share].to_parquet(folder / f"{at}.parquet", index=False)
    return folder


def test_a_cluster_trains_the_same_seeds_to_the_bit_in_the_checkout_that_asks(
    cluster: Cluster, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train.train("lightgbm", [1, 2], MODELS / "lightgbm")
    monkeypatch.setenv("CLOCKWORK_SCHEDULER", cluster.address)
    train.train("lightgbm", [1, 2], EXTRA_MODELS / "lightgbm")
    here, there = (
        models(checkout / MODELS / "lightgbm"),
        models(checkout / EXTRA_MODELS / "lightgbm"),
    )
    assert set(here) == {"1/model.txt", "2/model.txt", "about.json"}
    assert here == there
    assert here["1/model.txt"] != here["2/model.txt"]
    with executor(EngineSettings(workers=2, scheduler=cluster.address, storage=None)) as pool:
        # The checkout has no tests: its code is what runs.
        assert pool.submit(calls.where).exception() is not None


@pytest.mark.slow
def test_the_lines_for_rows_on_no_machine_learn_on_two_workers_as_well_as_on_one(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (x, y), (held_out, truth) = rows(12_000, seed=2), rows(12_000, seed=3)
    margin = gate_settings(ROOT).margin

    def precision(model: Lightgbm) -> float:
        return float(average_precision_score(truth, model.score(held_out)))

    lines = (
        (ROOT / "docs/scale.md")
        .read_text(encoding="utf-8")
        .partition("```python\n")[2]
        .partition("```")[0]
    )
    assert "tcp://10.0.0.1:8786" in lines
    parts_of(tmp_path / "parts", x, y, 6)
    monkeypatch.chdir(tmp_path)
    with connect(cluster.address, 30) as client:
        client.wait_for_workers(2, timeout=30)
    exec(lines.replace("tcp://10.0.0.1:8786", cluster.address), {})  # noqa: S102 - our own document
    spread = Lightgbm.load(tmp_path)
    assert "[num_machines: 2]" in spread.booster.model_to_string()
    params = {"rounds": 60, "num_leaves": 15}
    whole = precision(Lightgbm.fit(x, y, params, 7))
    few = precision(Lightgbm.fit(x[:1500], y[:1500], params, 7))
    assert abs(precision(spread) - whole) <= margin * whole
    assert few < (1 - margin) * whole, "the margin would not notice that a worker's rows were lost"
