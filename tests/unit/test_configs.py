"""configs/ is read strictly: each file loads, says what it is about, and refuses a key too many."""

from pathlib import Path

import pytest
import yaml

import pipelines
from clockwork.compare.preflight import check_settings
from clockwork.project import find_model
from clockwork.settings.alerts import AlertSettings
from clockwork.settings.data import DataSettings
from clockwork.settings.engine import EngineSettings
from clockwork.settings.expectations import Expectations
from clockwork.settings.features import FeatureSettings
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.settings.models import ModelSettings, TrainingSettings, TuningSettings
from clockwork.settings.strict import Strict, load, parse
from clockwork.settings.tracking import TrackingSettings
from clockwork.support.errors import BadInput

ROOT = Path(pipelines.__path__[0]).parent
FILES: dict[str, type[Strict]] = {
    "alerts.yaml": AlertSettings,
    "data.yaml": DataSettings,
    "engine.yaml": EngineSettings,
    "expectations.yaml": Expectations,
    "features.yaml": FeatureSettings,
    "gate.yaml": GateSettings,
    "tracking.yaml": TrackingSettings,
    "training.yaml": TrainingSettings,
    "tuning.yaml": TuningSettings,
}
CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))


def model_of(path: Path) -> type[Strict]:
    return ModelSettings if path.parent.name == "models" else FILES[path.name]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_file_loads_and_says_what_it_is_about_in_its_first_line(path: Path) -> None:
    # Metrics are the task's.
    assert gate_settings(ROOT) if path.name == "gate.yaml" else load(path, model_of(path))
    assert path.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_key_too_many_is_refused_at_the_top_of_any_file(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    with pytest.raises(BadInput, match="unknown key 'xyzzy42'; remove it"):
        parse({**document, "xyzzy42": 1}, model_of(path), path.name)


def test_there_is_a_file_for_every_model_of_settings() -> None:
    assert {path.name for path in CONFIGS if path.parent.name == "configs"} == set(FILES)


def test_the_files_fit_each_other() -> None:
    assert check_settings(ROOT) == gate_settings(ROOT)


def test_every_algorithm_of_the_gate_has_settings_and_every_settings_file_an_algorithm() -> None:
    files = {path.stem for path in CONFIGS if path.parent.name == "models"}
    assert files >= set(gate_settings(ROOT).algorithms)
    assert files == {path.stem for path in (ROOT / "pipelines" / "models").glob("[!_]*.py")}


@pytest.mark.parametrize("algorithm", gate_settings(ROOT).algorithms)
def test_every_algorithm_of_the_gate_is_a_class_in_the_file_of_its_name(algorithm: str) -> None:
    assert find_model(algorithm).__module__ == f"pipelines.models.{algorithm}"
