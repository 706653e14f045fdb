"""A scorer that is installed beside the model's own is taken where it is equal to the bit, and only there."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from clockwork.fleet.model import Model
from clockwork.fleet.quick import LIBRARY
from clockwork.learning.data.split import JUDGE
from clockwork.learning.tables import write_features
from clockwork.support.paths import FEATURES, SPLIT
from pipelines.features import feature_names

Install = Callable[[float], None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """A library that reads LightGBM's files and adds so much to each score."""

    class Read:
        def __init__(self, file: str, off: float) -> None:
            self.booster, self.off = lgb.Booster(model_file=file), off

        def predict(self, x: Any, n_jobs: int) -> Any:
            return self.booster.predict(x, num_threads=n_jobs) + self.off

    def installed(off: float) -> None:
        library = ModuleType(LIBRARY)
        library.load = lambda file: Read(file, off)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, LIBRARY, library)

    return installed


@pytest.fixture
def rows(trained: Path, tmp_path: Path) -> Path:
    """The small checkout with evaluation rows."""
    root = tmp_path / "checkout"
    root.mkdir()
    for path in trained.iterdir():
        if path.name != "build":
            (root / path.name).symlink_to(path)
    (root / "build").mkdir()
    (root / "build" / "models").symlink_to(trained / "build" / "models")
    model = Model.load(trained, "lightgbm")
    x = np.random.default_rng(1).normal(50, 9, (200, len(feature_names(model.metrics, model.how)))).astype(np.float32)
    keys = pd.DataFrame({"part": np.full(200, JUDGE, np.int8)})
    write_features(root / FEATURES, keys, x, feature_names(model.metrics, model.how))
    (root / SPLIT).parent.mkdir()
    keys.to_parquet(root / SPLIT)
    return root


def test_a_scorer_that_is_equal_is_taken(rows: Path, install: Install) -> None:
    install(0.0)
    model = Model.load(rows, "lightgbm")
    assert model.scored_by == "scores are of pylignum, equal to the model's own predict on 400 rows"
    assert model.score != model.trained.score
    assert model.state().score == model.score


@pytest.mark.parametrize(
    ("algorithm", "off", "why"),
    [("lightgbm", 1e-9, "400 of 400 scores differ"), ("robust_z", 0.0, ".")],
)
def test_one_that_differs_or_reads_nothing_is_not_and_a_line_says_why(
    algorithm: str, off: float, why: str, rows: Path, install: Install
) -> None:
    install(off)
    model = Model.load(rows, algorithm)
    assert model.scored_by.startswith("scores are of the model's own predict, not of pylignum: ")
    assert why in model.scored_by
    assert "\n" not in model.scored_by
    assert model.score == model.trained.score


def test_one_that_cannot_be_tried_on_evaluation_rows_is_not_taken(trained: Path, install: Install) -> None:
    install(0.0)
    assert "not of pylignum" in Model.load(trained, "lightgbm").scored_by


def test_nothing_is_said_where_nothing_is_installed(rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, LIBRARY, None)
    model = Model.load(rows, "lightgbm")
    assert (model.score, model.scored_by) == (model.trained.score, "")


def test_pylignum_itself_reads_what_lightgbm_writes(rows: Path) -> None:
    pytest.importorskip(LIBRARY, reason="pylignum is installed by whoever wants it")
    assert "equal to the model's own predict" in Model.load(rows, "lightgbm").scored_by
