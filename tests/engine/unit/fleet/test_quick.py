"""A scorer installed beside the model's own is taken where equal to the bit, and only there."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.fleet import quick
from clockwork.fleet.model import Model
from clockwork.fleet.trees import Trees
from clockwork.learning.data.split import JUDGE
from clockwork.learning.tables import write_parts
from clockwork.learning.ticks.compiled import Compiled
from clockwork.learning.ticks.sums import Sums
from clockwork.support.compiled import LIBRARY, installed
from clockwork.support.paths import FEATURES, SPLIT
from pipelines.features import feature_names

Install = Callable[[float], None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """A compiler, or so it seems, whose trees add so much to each score."""
    score = Trees.score

    def installed(off: float) -> None:
        monkeypatch.setattr(quick, "installed", lambda: True)
        monkeypatch.setattr(Trees, "score", lambda trees, x: score(trees, x) + off)

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
    x = (
        np.random.default_rng(1)
        .normal(50, 9, (200, len(feature_names(model.metrics, model.how))))
        .astype(np.float32)
    )
    keys = pd.DataFrame({"part": np.full(200, JUDGE, np.int8)})
    write_parts(root / FEATURES, [(keys, x)], feature_names(model.metrics, model.how))
    (root / SPLIT).parent.mkdir()
    keys.to_parquet(root / SPLIT)
    return root


def test_a_scorer_that_is_equal_is_taken(rows: Path, install: Install) -> None:
    install(0.0)
    model = Model.load(rows, "lightgbm")
    assert (
        model.scored_by
        == "scores are of trees compiled by numba, equal to the model's own predict on 400 rows"
    )
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
    assert model.scored_by.startswith(
        "scores are of the model's own predict, not of trees compiled by numba: "
    )
    assert why in model.scored_by
    assert "\n" not in model.scored_by
    assert model.score == model.trained.score


def test_one_that_cannot_be_tried_on_evaluation_rows_is_not_taken(
    trained: Path, install: Install
) -> None:
    install(0.0)
    assert "not of trees compiled by numba" in Model.load(trained, "lightgbm").scored_by


def test_nothing_is_reported_where_nothing_is_installed(
    rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick, "installed", lambda: False)
    model = Model.load(rows, "lightgbm")
    assert (model.score, model.scored_by) == (model.trained.score, "")


def test_windows_are_compiled_where_the_features_are_then_those_of_the_batch_path(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (Model.load(trained, "lightgbm").kind is Compiled) == installed()
    monkeypatch.setattr("clockwork.fleet.model.installed", lambda: True)
    model = Model.load(trained, "lightgbm")
    assert model.state().kind is Compiled
    monkeypatch.setattr("clockwork.learning.ticks.compiled.ROUND", 1.0)  # all are merged
    monkeypatch.setattr("clockwork.learning.ticks.loops.CODES", {"mean": 2, "std": 1, "z": 6})
    wrong = Model.load(trained, "lightgbm")
    assert wrong.state().kind is Sums


def test_the_compiler_itself_is_taken_for_what_it_is(rows: Path) -> None:
    pytest.importorskip(LIBRARY, reason="numba is installed by whoever wants it")
    assert "equal to the model's own predict" in Model.load(rows, "lightgbm").scored_by
