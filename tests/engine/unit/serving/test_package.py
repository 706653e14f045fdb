"""What MLflow keeps is enough.

In an empty folder, without this repository, raw rows get the pipeline's own scores.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.models.utils import _enforce_schema

from clockwork.learning.serving.contents import Contents
from clockwork.learning.serving.package import _signature, save, unlike
from clockwork.settings.data import DataSettings
from clockwork.settings.strict import parse
from clockwork.support.errors import BadInput
from tests.engine.unit.serving.conftest import ALGORITHMS

LOAD = """
import gc, json, sys
import mlflow, pandas as pd
raw = pd.read_parquet(sys.argv[1])
models = {place.rpartition("/")[2]: mlflow.pyfunc.load_model(place) for place in sys.argv[3:]}
scores = {name: model.predict(raw[model.metadata.get_input_schema().input_names()]) for name, model in models.items()}
pd.concat({name: one["score"] for name, one in scores.items()}, axis=1).to_parquet(sys.argv[2])
example = models["lightgbm"].predict(models["lightgbm"].input_example)["score"]
print(json.dumps(["clockwork" in sys.modules, gc.isenabled(), int(example.notna().sum())]))
"""  # noqa: E501


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_times_and_dates_may_have_a_zone(zone: str | None) -> None:
    moments = pd.date_range("2026-11-01", periods=3, freq="D", tz=zone)
    rows = pd.DataFrame({"at": moments, "since": moments, "age": [1.0, 2.0, 3.0]})
    data = parse({"rows": "r.csv", "target": "y", "time": "at"}, DataSettings, "configs/data.yaml")
    signature = _signature(rows, data, {"since": "moment", "age": "number"}, [])
    taken = _enforce_schema(rows, signature.inputs)
    assert [
        getattr(taken[name].dt.tz, "key", taken[name].dt.tz and "UTC") for name in ("at", "since")
    ] == [zone] * 2


@pytest.fixture(scope="module")
def packed(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model of each algorithm, as MLflow keeps it.

    There is one more of lightgbm, of other code.
    """
    folder = tmp_path_factory.mktemp("packed")
    for name in ALGORITHMS:
        save(Contents(trained, name), folder / name)
    save(Contents(trained, "lightgbm"), folder / "turned")
    learner = folder / "turned" / "code" / "pipelines" / "models" / "lightgbm.py"
    turned = learner.read_text().replace("np.asarray(self.booster", "1 - np.asarray(self.booster")
    learner.write_text(turned, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def scored(
    packed: Path, trained: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pd.DataFrame, list[object]]:
    """Scores of all in one process that knows nothing of this repository, and what it printed."""
    empty = tmp_path_factory.mktemp("empty")
    places = [str(packed / name) for name in [*ALGORITHMS, "turned"]]
    clean = {
        name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ
    }
    environ = {
        **clean,
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    words = [str(trained / "data" / "rows.parquet"), str(empty / "scores.parquet"), *places]
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOAD, *words],
        cwd=empty,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return pd.read_parquet(empty / "scores.parquet"), json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_foreign_process_gets_the_scores_of_the_pipeline(
    scored: tuple[pd.DataFrame, list[object]],
    raw: pd.DataFrame,
    expected: pd.DataFrame,
    algorithm: str,
) -> None:
    found = scored[0][algorithm]
    assert len(found) == len(raw)
    assert np.abs(found.dropna().to_numpy() - expected[algorithm].to_numpy()).max() < 1e-12


def test_two_models_in_one_process_each_run_their_own_code(
    scored: tuple[pd.DataFrame, list[object]],
) -> None:
    both = scored[0].dropna()
    assert np.allclose(both["turned"], 1 - both["lightgbm"])


def test_loading_leaves_the_process_as_it_was_and_the_example_has_a_score(
    scored: tuple[pd.DataFrame, list[object]],
) -> None:
    ours, collecting, examples = scored[1]
    assert (ours, collecting) == (False, True)
    assert examples


def test_nothing_in_it_is_a_pickle_and_its_libraries_are_pinned(packed: Path) -> None:
    names = {
        path.suffix
        for path in packed.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }
    assert names <= {".py", ".yaml", ".json", ".txt", ".npz", ""}
    pinned = (packed / "lightgbm" / "requirements.txt").read_text().split()
    assert all("==" in line for line in pinned)
    assert {"lightgbm", "mlflow", "numpy", "pandas"} <= {line.partition("==")[0] for line in pinned}


def test_the_signature_takes_raw_columns_and_gives_a_score(packed: Path) -> None:
    from mlflow.models import Model

    packing = Model.load(packed / "robust_z")
    assert packing.get_input_schema().input_names() == ["machine", "at", "m_heat", "m_load"]
    assert packing.get_output_schema().input_names() == ["score"]
    assert packing.metadata["history_minutes"] == 20
    assert (packing.metadata["every_minutes"], packing.metadata["threshold"] > 0) == (3, True)


@pytest.fixture
def logged(packed: Path, tmp_path: Path) -> Path:
    """A packed model as MLflow has it once it is logged, to tamper with."""
    from mlflow.models import Model

    folder = tmp_path / "logged"
    shutil.copytree(packed / "robust_z", folder, ignore=shutil.ignore_patterns("__pycache__"))
    model = Model.load(folder)
    model.model_id = model.model_uuid = "m-1"
    model.run_id, model.artifact_path = "r1", "mlflow-artifacts:/1/models/m-1/artifacts"
    model.save(folder / "MLmodel")
    return folder


def test_what_was_logged_is_known_again(trained: Path, logged: Path) -> None:
    assert unlike(Contents(trained, "robust_z"), logged) == ""


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("code/clockwork/support/paths.py", "", "import os\n"),
        ("code/clockwork/support/__pycache__/paths.cpython-311.pyc", "", "bytes"),
        ("artifacts/served/about.json", "{", "{ "),
        ("requirements.txt", "", "another==1\n"),
        ("python_env.yaml", "", "# another\n"),
        ("MLmodel", "code: code\n", "code: other\n"),
        ("MLmodel", "/model_code.py", "/other.py"),
        ("MLmodel", "flavors:", "flavors: ["),
        ("MLmodel", "flavors:", "- "),
    ],
)
def test_a_logged_model_that_was_tampered_with_is_reported_by_the_file(
    trained: Path, logged: Path, file: str, before: str, after: str
) -> None:
    place = logged / file
    place.parent.mkdir(exist_ok=True)
    text = place.read_text(encoding="utf-8") if place.exists() else ""
    assert before in text
    place.write_text(text.replace(before, after, 1), encoding="utf-8")
    assert unlike(Contents(trained, "robust_z"), logged) == file


def test_a_file_that_is_missing_is_reported_too(trained: Path, logged: Path) -> None:
    (logged / "python_env.yaml").unlink()
    assert unlike(Contents(trained, "robust_z"), logged) == "python_env.yaml"


def test_without_raw_rows_there_is_nothing_to_sign(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "configs").symlink_to(trained / "configs")
    for name in ("clockwork", "pipelines"):
        (tmp_path / name).symlink_to(trained / name)
    (tmp_path / "build").symlink_to(trained / "build")
    with pytest.raises(BadInput, match="match no file"):
        save(Contents(tmp_path, "robust_z"), tmp_path / "out")
