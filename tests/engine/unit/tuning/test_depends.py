"""A pull request touching nothing a search depends on searches nothing: DVC skips the stage."""

from pathlib import Path

import pytest
import yaml

import pipelines

ROOT = Path(pipelines.__path__[0]).parent
TUNE = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]["tune"]["do"]
NAMED = [*TUNE["deps"], *(file for entry in TUNE["params"] for file in entry)]


def depends_on(path: str, algorithm: str = "lightgbm") -> bool:
    named = [name.replace("${key}", algorithm) for name in NAMED]
    return any(path == name or path.startswith(f"{name}/") for name in named)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "tests/engine/unit/tuning/test_depends.py",
        "configs/gate.yaml",
        "configs/alerts.yaml",
        "configs/training.yaml",
        "configs/tracking.yaml",
        "configs/engine.yaml",
        "configs/models/logistic.yaml",
        "pipelines/models/logistic.py",
        "clockwork/gate/decide.py",
        "clockwork/report/study.py",
        "clockwork/tracking/record.py",
        "clockwork/compare/compare.py",
        "clockwork/commands/regression.py",
        "clockwork/ci/publish.py",
        "pipelines/stages/train.py",
        "build/models/lightgbm",
    ],
)
def test_what_a_search_does_not_depend_on(path: str) -> None:
    assert not depends_on(path)


@pytest.mark.parametrize(
    "path",
    [
        "build/features/features.parquet",
        "build/split/rows.parquet",
        "configs/models/lightgbm.yaml",
        "configs/tuned.json",
        "requirements.lock",
    ],
)
def test_what_a_search_depends_on(path: str) -> None:
    assert depends_on(path)
