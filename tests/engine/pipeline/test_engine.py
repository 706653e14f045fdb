"""Seeds on a cluster are those of this machine; LightGBM on partitions is as good as on all rows at once."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from clockwork.learning.data.split import JUDGE, TRAIN
from clockwork.learning.executors import cluster as connect
from clockwork.learning.executors import executor
from clockwork.learning.stages import train
from clockwork.learning.stages.score import score
from clockwork.learning.tables import write_features, write_json
from clockwork.model import Labels, Matrix
from clockwork.selftest import distributed
from clockwork.selftest.distributed import LABEL, fit_parts, read_parts
from clockwork.settings.engine import EngineSettings
from clockwork.settings.gate import gate_settings
from clockwork.settings.models import training_settings
from clockwork.support.errors import BadInput
from clockwork.support.paths import FEATURES, MODELS, POOL, SPLIT, TUNING
from pipelines.models.lightgbm import Lightgbm
from tests.engine import calls
from tests.engine.services import Cluster

ROOT = Path(__file__).resolve().parents[3]
PARAMS = {"rounds": 60, "num_leaves": 15, "learning_rate": 0.1, "min_data_in_leaf": 20, "max_bin": 127}
NAMES = [f"f{at}" for at in range(8)]


def rows(count: int, seed: int) -> tuple[Matrix, Labels]:
    """Rows of which a tenth is positive, told by several features together and never for sure; some are missing."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, len(NAMES))).astype(np.float32)
    signal = x[:, 0] * x[:, 1] + np.abs(x[:, 2]) + 0.7 * x[:, 3]
    y = (signal + random.normal(scale=0.7, size=count) > 2.6).astype(np.int8)
    x[random.random(x.shape) < 0.02] = np.nan
    return x, y


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of this code with the outputs that training reads, as the folder of this process."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in ("clockwork", "pipelines", "configs"):
        (root / name).symlink_to(ROOT / name)
    monkeypatch.chdir(root)
    x, y = rows(3000, seed=1)
    part = np.where(np.arange(len(y)) % 3 == 0, JUDGE, TRAIN)
    keys = pd.DataFrame({"entity": "a", "time": np.arange(len(y)), "label": y, "part": part, "fold": 0})
    write_features(FEATURES, keys[["entity", "time", "label"]], x, NAMES)
    SPLIT.parent.mkdir(parents=True)
    keys.to_parquet(SPLIT, index=False)
    write_json(TUNING / "lightgbm.json", {"params": PARAMS})
    return root


def models(folder: Path) -> dict[str, bytes]:
    """Every file of a folder of models."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def parts_of(folder: Path, x: Matrix, y: Labels, count: int) -> Path:
    """The rows in `count` files."""
    folder.mkdir()
    frame = pd.DataFrame(x, columns=NAMES).assign(**{LABEL: y})
    for at, share in enumerate(np.array_split(np.arange(len(y)), count)):
        frame.iloc[share].to_parquet(folder / f"{at}.parquet", index=False)
    return folder


def test_a_cluster_trains_the_same_seeds_to_the_bit_in_the_checkout_that_asks(
    cluster: Cluster, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train.train("lightgbm", [1, 2], MODELS / "lightgbm")
    monkeypatch.setenv("CLOCKWORK_SCHEDULER", cluster.address)
    train.train("lightgbm", [1, 2], POOL / "lightgbm")
    here, there = models(checkout / MODELS / "lightgbm"), models(checkout / POOL / "lightgbm")
    assert set(here) == {"1/model.txt", "2/model.txt", "about.json"}
    assert here == there
    assert here["1/model.txt"] != here["2/model.txt"]
    with executor(EngineSettings(workers=2, scheduler=cluster.address, storage=None)) as pool:
        assert pool.submit(calls.where).exception() is not None  # the checkout has no tests: its code is what runs


def test_partitions_on_two_workers_are_learnt_as_well_as_all_rows_on_one_machine(
    cluster: Cluster, tmp_path: Path
) -> None:
    (x, y), (held_out, truth) = rows(12_000, seed=2), rows(12_000, seed=3)
    margin = gate_settings(ROOT).margin

    def precision(model: Lightgbm) -> float:
        return float(average_precision_score(truth, model.score(held_out)))

    with connect(cluster.address, 30) as client:
        client.wait_for_workers(2, timeout=30)
        spread = fit_parts(parts_of(tmp_path / "parts", x, y, 6), PARAMS, 7, client)
    assert "[num_machines: 2]" in spread.booster.model_to_string()
    whole = precision(Lightgbm.fit(x, y, PARAMS, 7))
    few = precision(Lightgbm.fit(x[:1500], y[:1500], PARAMS, 7))
    assert abs(precision(spread) - whole) <= margin * whole
    assert few < (1 - margin) * whole, "the margin would not notice that a worker's rows were lost"
    spread.save(tmp_path)
    again: npt.NDArray[np.float64] = Lightgbm.load(tmp_path).score(held_out)
    assert np.array_equal(again, spread.score(held_out))


def test_the_command_leaves_a_folder_of_models_that_scores(
    cluster: Cluster, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = rows(3000, seed=1)
    parts = parts_of(checkout / "parts", x, y, 4)
    with pytest.raises(BadInput, match="key 'scheduler' is null"):
        distributed.main(str(parts), "build/wide/lightgbm")
    monkeypatch.setenv("CLOCKWORK_SCHEDULER", cluster.address)
    assert distributed.main(str(parts), "build/wide/lightgbm") == 0
    keys = pd.DataFrame({"entity": "a", "time": np.arange(len(y)), "label": y})
    scored = score(Path("build/wide/lightgbm"), keys, x, NAMES)
    assert scored[f"score_{training_settings().seeds[0]}"].between(0, 1).all()


def test_a_folder_without_rows_or_labels_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no parquet files"):
        read_parts(tmp_path)
    pd.DataFrame({"f0": [1.0]}).to_parquet(tmp_path / "0.parquet")
    with pytest.raises(BadInput, match="no column 'label'"):
        read_parts(tmp_path)


@pytest.mark.parametrize(
    "words",
    [["distributed"], ["distributed", "a", "b", "c"], ["throughput", "lightgbm", "many"], ["throughput", "a", "0"]],
)
def test_a_wrong_command_line_is_told_with_the_right_one(words: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", f"clockwork.selftest.{words[0]}", *words[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert f"usage: python -m clockwork.selftest.{words[0]} " in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_the_graph_made_is_not_written_over(checkout: Path) -> None:
    for out in ("build/models/lightgbm", str(checkout / "build" / "pool" / "lightgbm")):
        with pytest.raises(BadInput, match=r"lightgbm: an output of the graph, .* name another folder"):
            distributed.main("parts", out)
