"""A small checkout with every algorithm trained, without the graph: raw rows, settings, models."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from clockwork.learning.data.rows import feature_columns, read_rows
from clockwork.learning.encoding import encode
from clockwork.learning.serving.scorer import Scorer
from clockwork.project import find_model
from clockwork.settings.data import data_settings
from clockwork.settings.features import feature_settings
from pipelines.features import build_features, feature_names

ROOT = Path(__file__).resolve().parents[4]
INPUTS = ["machine", "at", "m_heat", "m_load"]
ALGORITHMS = ["lightgbm", "logistic", "isolation_forest", "robust_z"]
FEW = {"lightgbm": {"rounds": 5}, "isolation_forest": {"trees": 5}}
DATA = """
rows: data/*.parquet
step: 1
columns: {entity: machine, time: at, label: broken, slices: [site], metrics: ["m_*"]}
split: {train_share_of_time: 0.5, train_share_of_entities: 0.5, embargo: 0, folds: 2, fold_by: entity}
"""  # noqa: E501
FEATURES = """
every: 3
windows: {5: [mean, std], 20: [mean, z]}
missing: keep
"""


def raw_rows() -> pd.DataFrame:
    """Six machines, 300 minutes each, with gaps."""
    rng = np.random.default_rng(7)
    minute = np.tile(np.arange(300), 6)
    rows = pd.DataFrame(
        {
            "machine": np.repeat([f"machine-{n}" for n in range(6)], 300),
            "site": np.repeat(["a", "b", "b", "a", "a", "b"], 300),
            "at": pd.Timestamp("2026-03-01") + pd.to_timedelta(minute, unit="min"),
            "m_heat": rng.normal(50, 3, 1800).astype(np.float32),
            "m_load": rng.gamma(2.0, size=1800).astype(np.float32),
            "broken": (rng.random(1800) < 0.1).astype(np.int8),
        }
    )
    rows.loc[rows["broken"] == 1, "m_heat"] += 9
    rows.loc[rng.random(1800) < 0.02, "m_load"] = np.nan
    return rows[rng.random(1800) > 0.05].reset_index(drop=True)


@pytest.fixture(scope="session")
def raw() -> pd.DataFrame:
    """The raw rows."""
    return raw_rows()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, raw: pd.DataFrame) -> Path:
    """The checkout: its code is this repository's."""
    root = tmp_path_factory.mktemp("trained")
    for name in ("clockwork", "pipelines"):
        (root / name).symlink_to(ROOT / name)
    (root / "configs").mkdir()
    (root / "configs" / "data.yaml").write_text(DATA, encoding="utf-8")
    (root / "configs" / "features.yaml").write_text(FEATURES, encoding="utf-8")
    shutil.copy(ROOT / "configs" / "alerts.yaml", root / "configs")
    (root / "data").mkdir()
    raw.to_parquet(root / "data" / "rows.parquet", index=False)
    scores = {}
    for name in ALGORITHMS:
        keys, scores[name] = train(root, name, FEW.get(name, {}))
    keys.assign(**scores).to_parquet(root / "expected.parquet", index=False)
    return root


def train(
    root: Path, algorithm: str, params: dict[str, Any]
) -> tuple[pd.DataFrame, npt.NDArray[np.float64]]:
    """Train an algorithm in the checkout at `root`; gives the kept rows and its scores of them."""
    data, how = data_settings(root), feature_settings(root)
    rows = read_rows(data, root)
    metrics = feature_columns(rows, data)
    keys, made = build_features(rows, metrics, data.grid, how)
    x = encode(made, {})
    folder = root / "build" / "models" / algorithm
    (folder / "11").mkdir(parents=True, exist_ok=True)
    model = find_model(algorithm).fit(x, keys["label"].to_numpy(), params, 11)
    model.save(folder / "11")
    about = {
        "features": feature_names(metrics, how),
        "params": params,
        "seeds": [11],
        "trained_on": {},
    }
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
    return keys, model.score(x)


def load_scorer(trained: Path, algorithm: str, folder: Path) -> Scorer:
    """The scorer of a trained algorithm, from the new `folder` that it is served from."""
    model = trained / "build" / "models" / algorithm
    shutil.copytree(trained / "configs", folder / "configs")
    shutil.copytree(model / "11", folder / "model")
    about = json.loads((model / "about.json").read_text())
    about |= {"algorithm": algorithm, "metrics": INPUTS[2:], "categories": {}}
    about |= {"kinds": dict.fromkeys(INPUTS[2:], "number")}
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
    return Scorer.load(folder)


@pytest.fixture(scope="session")
def expected(trained: Path) -> pd.DataFrame:
    """The kept rows as the pipeline's own code scores them, a column for each algorithm."""
    return pd.read_parquet(trained / "expected.parquet")
