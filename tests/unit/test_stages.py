"""dvc.yaml tells the truth: a stage names every module that it runs and every key that it reads."""

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import pipelines
from clockwork.settings.gate import gate_settings
from clockwork.settings.models import TrainingSettings
from clockwork.support import paths

ROOT = Path(pipelines.__path__[0]).parent
STAGES: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
# What no result depends on: messages, places (dvc.yaml has them too) and the reading of YAML.
PLUMBING = ("clockwork/support/", "clockwork/learning/executors.py")
MODELS = "pipelines/models/${key}.py"
STAGES_OF_PROJECT, WORK = Path("pipelines/stages"), Path("clockwork/learning/stages")
by_name = pytest.mark.parametrize("name", STAGES)


def step(name: str) -> Any:
    """The stage, or what it does for each algorithm."""
    return STAGES[name].get("do", STAGES[name])


def file_of(module: str) -> Path | None:
    """The file of a module or package of ours, from the root."""
    place = Path(*module.split("."))
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if (ROOT / path).exists():
            return path
    return None


def imports(path: Path) -> set[Path]:
    """Files of ours that `path` imports, wherever in it; a name that is a module counts as one."""
    names = set()
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for_types = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.If) and ast.unparse(one.test) == "TYPE_CHECKING"
    ]
    unused = {id(node) for one in for_types for node in ast.walk(one)}
    for node in (one for one in ast.walk(tree) if id(one) not in unused):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {
        found
        for name in names
        if name.split(".")[0] in ("clockwork", "pipelines") and (found := file_of(name))
    }


def closure(start: Path) -> set[Path]:
    """Every file of ours that runs when `start` does, as far as imports say.

    A stage runs the engine's of its name.
    """
    seen, left = set(), {start}
    if start.parent == STAGES_OF_PROJECT:
        left.add(WORK / start.name)
    while left:
        one = left.pop()
        seen.add(one)
        left |= imports(one) - seen
    return {
        path
        for path in seen
        if path.name != "__init__.py" and not path.as_posix().startswith(PLUMBING)
    }


def command(name: str) -> Path:
    words = step(name)["cmd"].split()
    assert words[:2] == ["python", "-m"]
    path = file_of(words[2])
    assert path is not None
    return path


def covered(path: str, deps: list[str]) -> bool:
    return any(path == dep or path.startswith(f"{dep}/") for dep in deps)


def params(name: str) -> dict[str, list[str] | None]:
    """The keys that the stage depends on for each settings file; None stands for all of them."""
    return {file: keys for entry in step(name).get("params", []) for file, keys in entry.items()}


def test_the_closure_follows_imports_through_functions_and_packages() -> None:
    found = {path.as_posix() for path in closure(Path("clockwork/learning/stages/tune.py"))}
    assert {
        "clockwork/learning/tuning/study.py",
        "clockwork/model.py",
        "clockwork/learning/tables.py",
    } <= found
    assert "clockwork/learning/stages/score.py" not in found


@by_name
def test_a_stage_names_every_module_that_it_runs(name: str) -> None:
    missing = sorted(
        path.as_posix()
        for path in closure(command(name))
        if not covered(path.as_posix(), step(name)["deps"])
    )
    assert not missing, f"stage {name} must depend on {missing}"


@by_name
def test_a_stage_names_only_what_there_is(name: str) -> None:
    for dep in step(name)["deps"]:
        for algorithm in gate_settings(ROOT).algorithms:
            place = dep.replace("${key}", algorithm)
            assert place == "data" or place.startswith("build/") or (ROOT / place).exists(), place


@by_name
def test_a_stage_that_finds_a_model_by_its_name_depends_on_its_file(name: str) -> None:
    call = re.compile(r"(?<![.\w])(?<!def )find_model\(")
    run = [path for path in closure(command(name)) if path != Path("clockwork/project.py")]
    finds = any(call.search((ROOT / path).read_text("utf-8")) for path in run)
    assert covered(MODELS, step(name)["deps"]) is finds
    assert finds is (name in {"tune", "train", "score", "pool", "probe"})


def test_what_a_model_imports_is_named_wherever_a_model_is_found() -> None:
    for algorithm in gate_settings(ROOT).algorithms:
        needed = closure(Path(f"pipelines/models/{algorithm}.py"))
        for name in ("tune", "train", "score", "pool"):
            deps = [dep.replace("${key}", algorithm) for dep in step(name)["deps"]]
            missing = [path.as_posix() for path in needed if not covered(path.as_posix(), deps)]
            assert not missing, f"stage {name} must depend on {missing}"


# By hand, from the settings that each stage's module asks for. None stands for the whole file. Most
# keys of data.yaml may be absent, and DVC refuses to depend on a key that is: so the whole file it
# is.
READS: dict[str, dict[str, set[str] | None]] = {
    "validate": {
        "configs/data.yaml": None,
        "configs/expectations.yaml": None,
        "configs/features.yaml": None,
    },
    "features": {"configs/data.yaml": None, "configs/features.yaml": None},
    "split": {"configs/data.yaml": None},
    "tune": {
        "configs/data.yaml": None,
        "configs/tuning.yaml": None,
        "configs/models/${key}.yaml": None,
    },
    "train": {"configs/training.yaml": {"seeds"}},
    "score": {"configs/alerts.yaml": None},
    "pool": {"configs/training.yaml": {"pool"}},
    # It runs the other stages again, on other rows.
    "probe": {
        "configs/gate.yaml": {"algorithms"},
        "configs/data.yaml": None,
        "configs/features.yaml": None,
        "configs/training.yaml": None,
        "configs/tuning.yaml": None,
    },
}
FUNCTIONS = {
    "threshold": "configs/alerts.yaml",
    "data_settings": "configs/data.yaml",
    "expectations": "configs/expectations.yaml",
    "feature_settings": "configs/features.yaml",
    "tuning_settings": "configs/tuning.yaml",
    "model_settings": "configs/models/${key}.yaml",
    "training_settings": "configs/training.yaml",
    "gate_settings": "configs/gate.yaml",
    "tracking_settings": "configs/tracking.yaml",
}


@by_name
def test_a_stage_depends_on_every_key_that_it_reads_and_on_no_other(name: str) -> None:
    found = {file: None if keys is None else set(keys) for file, keys in params(name).items()}
    assert found == READS[name]


@by_name
def test_a_stage_asks_for_the_settings_files_that_it_names(name: str) -> None:
    work = WORK / command(name).name
    tree = ast.parse((ROOT / work).read_text(encoding="utf-8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    by_others = {"configs/training.yaml", "configs/tuning.yaml"} if name == "probe" else set()
    assert {FUNCTIONS[function] for function in called & set(FUNCTIONS)} == set(
        params(name)
    ) - by_others


def test_every_key_of_settings_that_are_read_in_parts_makes_some_stage_run_again() -> None:
    named = {key for name in STAGES for key in params(name).get("configs/training.yaml") or []}
    assert named == set(TrainingSettings.model_fields)


def test_a_larger_pool_trains_nothing_again_that_ships() -> None:
    for name in ("tune", "train", "score"):
        assert "pool" not in (params(name).get("configs/training.yaml") or [])
        assert not [dep for dep in step(name)["deps"] if "pool" in dep]


def test_the_algorithms_are_those_of_the_gate() -> None:
    document = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    assert document["vars"] == ["configs/gate.yaml:algorithms"]
    assert {name for name in STAGES if STAGES[name].get("foreach") == "${algorithms}"} == {
        "tune",
        "train",
        "score",
        "pool",
    }


def test_outputs_lie_where_the_code_writes_them() -> None:
    places = {
        "validate": [paths.VALIDATION],
        "features": [paths.FEATURES],
        "split": [paths.SPLIT.parent],
        "tune": [paths.TUNING / "${key}.json"],
        "train": [paths.MODELS / "${key}"],
        "probe": [paths.PROBES],
        "pool": [paths.EXTRA_MODELS / "${key}", paths.EXTRA_SCORES / "${key}.parquet"],
        "score": [paths.SCORES / "${key}.parquet", paths.METRICS / "${key}.json"],
    }
    for name, expected in places.items():
        outs = [*step(name)["outs"], *step(name).get("metrics", [])]
        assert outs == [path.as_posix() for path in expected]
    assert paths.EVALUATION.parent == paths.SPLIT.parent


def test_a_stage_with_an_input_from_another_comes_after_it() -> None:
    made: list[str] = []
    for name in STAGES:
        for dep in step(name)["deps"]:
            inside = any(out.startswith(f"{dep}/") for out in made)
            assert not dep.startswith("build/") or inside or covered(dep, made), (
                f"{name} reads {dep} before it is made"
            )
        made += step(name)["outs"]


def test_only_the_last_stages_are_there_once_for_each_algorithm() -> None:
    for name in STAGES:
        each = "${key}" in step(name)["cmd"]
        assert each is ("foreach" in STAGES[name])
        module = inspect.getmodulename(command(name).name)
        assert module == name
