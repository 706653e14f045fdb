"""A search gone through again where evaluation rows are nonsense, by a small checkout's code."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from clockwork.learning.data.split import JUDGE, TRAIN
from clockwork.learning.probes.independence import lay_out, train_again
from clockwork.learning.probes.repeat import repeat
from clockwork.learning.probes.search import search_again
from clockwork.learning.stages.train import train
from clockwork.learning.tables import read_matrix, write_parts
from clockwork.selftest.edits import apply, read_change
from clockwork.support import paths

ROOT = Path(__file__).resolve().parents[4]
ROWS, STEP = 1200, 20
LIGHTGBM = {
    "params": {"num_threads": 1},
    "search": {"num_leaves": {"low": 4, "high": 31}},
    "start": [{"num_leaves": 8}],
}
LOGISTIC = {
    "params": {},
    "search": {"inverse_penalty": {"low": 0.00001, "high": 10.0, "log": True}},
}
Checkout = Callable[..., Path]


def rows_of(seed: int) -> tuple[pd.DataFrame, Any]:
    """Keys and features, of which `seed` draws what the evaluation rows have."""
    keys = pd.DataFrame(
        {"entity": pd.Categorical([f"d{at // 50}" for at in range(ROWS)]), "time": np.arange(ROWS)}
    )
    parts = []
    for one in (1, seed):
        rng = np.random.default_rng(one)
        label = (rng.random(ROWS // 2) < 0.2).astype(np.int8)
        parts.append((label, rng.normal(size=(ROWS // 2, 12)) + 0.4 * label[:, None]))
    label, x = (np.concatenate(both) for both in zip(*parts, strict=True))
    return keys.assign(label=label), x.astype(np.float32)


def built(root: Path, seed: int) -> Path:
    """What stages up to the split leave."""
    keys, x = rows_of(seed)
    write_parts(root / paths.FEATURES, [(keys, x)], [f"f{at}" for at in range(x.shape[1])])
    part = np.repeat(np.array([TRAIN, JUDGE], dtype=np.int8), ROWS // 2)
    rows = keys.assign(part=part, fold=(keys["entity"].cat.codes % 3).astype(np.int8))
    (root / paths.SPLIT).parent.mkdir(parents=True)
    rows.to_parquet(root / paths.SPLIT, index=False)
    keys[part == JUDGE].to_parquet(root / paths.EVALUATION, index=False)
    return root


def stage(root: Path, name: str, algorithm: str) -> None:
    words = [sys.executable, "-m", f"pipelines.stages.{name}", algorithm]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Makes a checkout in which a search has run; a change is one of seeds/defects."""

    def made(
        algorithm: str, model: dict[str, Any], *, workers: int = 1, change: str | None = None
    ) -> Path:
        root = built(tmp_path_factory.mktemp("made") / "root", seed=2)
        for folder in (*paths.PACKAGES, "configs"):
            shutil.copytree(
                ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__")
            )
        if change:
            apply(read_change(change), root)
        (root / "configs" / "models" / f"{algorithm}.yaml").write_text(
            yaml.safe_dump({**model, "trials": 4})
        )
        budget = yaml.safe_load((root / "configs" / "tuning.yaml").read_text())
        (root / "configs" / "tuning.yaml").write_text(
            yaml.safe_dump({**budget, "rounds_per_step": STEP, "settle": 0})
        )
        engine = {"workers": workers, "scheduler": None, "storage": None}
        (root / "configs" / "engine.yaml").write_text(yaml.safe_dump(engine))
        stage(root, "tune", algorithm)
        return root

    return made


@pytest.fixture(scope="module")
def searched(checkout: Checkout) -> Path:
    """A checkout in which a search of few seconds has run, to be copied where it is changed."""
    return checkout("logistic", LOGISTIC)


def elsewhere(root: Path, place: Path) -> Path:
    """A folder with the code and settings of `root` and other evaluation rows."""
    lay_out(root, place)
    return built(place, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "rounds", [STEP // 2, 3 * STEP - 5], ids=["below a step", "of a few steps"]
)
def test_an_honest_search_and_training_are_the_same_whatever_the_rounds(
    checkout: Checkout, tmp_path: Path, rounds: int
) -> None:
    model = {**LIGHTGBM, "params": {"num_threads": 1, "rounds": rounds}}
    root = checkout("lightgbm", model)
    stage(root, "train", "lightgbm")
    found = train_again(root, elsewhere(root, tmp_path / "place"), "lightgbm")
    assert found.held, found.message


def test_parameters_that_the_evaluation_rows_choose_are_found(
    checkout: Checkout, tmp_path: Path
) -> None:
    root = checkout("lightgbm", LIGHTGBM, change="parameters-chosen-by-evaluation-rows")
    reported = search_again(root, elsewhere(root, tmp_path / "place"), "lightgbm")
    assert reported.startswith("the search chooses other parameters: ")


@pytest.mark.slow
def test_trials_that_several_workers_made_in_their_own_order_are_no_difference(
    checkout: Checkout, tmp_path: Path
) -> None:
    root = checkout("logistic", LOGISTIC, workers=2)
    path = root / paths.TUNING / "logistic.json"
    made = json.loads(path.read_text())
    assert len(made["trials"]) == 4
    assert search_again(root, elsewhere(root, tmp_path / "place"), "logistic") == ""


def test_a_search_on_other_training_rows_or_with_another_score_is_found(
    searched: Path, tmp_path: Path
) -> None:
    root = shutil.copytree(searched, tmp_path / "root")
    path = root / paths.TUNING / "logistic.json"
    made = json.loads(path.read_text())
    path.write_text(json.dumps({**made, "digest": "another"}))
    place = elsewhere(root, tmp_path / "rows")
    assert (
        search_again(root, place, "logistic")
        == "the search is given other training rows, features or labels"
    )
    made["trials"][0]["curve"][0] += 0.001
    path.write_text(json.dumps(made))
    place = elsewhere(root, tmp_path / "score")
    assert search_again(root, place, "logistic") == "trial 0 of the search has another score"


@pytest.fixture(scope="module")
def trained(searched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with a model."""
    root = shutil.copytree(searched, tmp_path_factory.mktemp("trained") / "root")
    stage(root, "train", "logistic")
    return root


@pytest.mark.parametrize(
    ("moved", "held"), [(1e-14, True), (1e-4, False)], ids=["last bits", "more"]
)
def test_a_model_of_another_kind_of_processor_is_not_suspicious(
    trained: Path, tmp_path: Path, moved: float, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shutil.copytree(trained, tmp_path / "root")
    (folder,) = (path.parent for path in (root / paths.MODELS / "logistic").glob("*/model.npz"))
    kept = dict(np.load(folder / "model.npz"))
    np.savez(folder / "model.npz", **{**kept, "weights": kept["weights"] * (1 + moved)})
    monkeypatch.setenv("CLOCKWORK_SCHEDULER", "tcp://127.0.0.1:1")  # sees no folder of the probe's
    found = train_again(root, elsewhere(root, tmp_path / "place"), "logistic")
    assert found.held == held, found.message
    monkeypatch.delenv("CLOCKWORK_SCHEDULER")
    monkeypatch.chdir(root)
    x, _ = read_matrix(paths.FEATURES, np.arange(ROWS) < ROWS // 2)
    found = repeat(
        lambda place: train("logistic", [int(folder.name)], place),
        folder.parent,
        tmp_path / "logistic",
        int(folder.name),
        x,
    )
    assert found.held == held, found.message
    assert ("but for last bits" in found.message) == held


def test_a_search_that_ends_in_an_error_on_other_rows_is_no_pass(
    searched: Path, tmp_path: Path
) -> None:
    place = elsewhere(searched, tmp_path / "place")
    (place / "clockwork" / "learning" / "stages" / "tune.py").write_text(
        "raise KeyError('scores')\n"
    )
    found = train_again(searched, place, "logistic")
    assert not found.held
    assert (
        found.message
        == "with other evaluation rows the search ends in an error: KeyError: 'scores'"
    )
