"""The hash of what is served changes with all that can change a score, and with nothing else."""

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from clockwork.learning.serving import imports
from clockwork.learning.serving.contents import Contents
from clockwork.learning.serving.imports import needed, pinned
from clockwork.support.errors import BadInput


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    """The trained checkout, to spoil, with code of its own."""
    root = tmp_path / "copy"
    shutil.copytree(trained, root, ignore=shutil.ignore_patterns("__pycache__", "data"))
    return root


def test_it_ships_the_code_that_scoring_runs_and_no_other(trained: Path) -> None:
    code = {str(path) for path in Contents(trained, "robust_z").code}
    assert {
        "pipelines/__init__.py",
        "pipelines/models/robust_z.py",
        "clockwork/learning/calibration.py",
    } <= code
    assert "pipelines/windows.py" in code
    assert not {path for path in code if "lightgbm" in path or "tracking" in path or "gate" in path}
    assert len(code) <= 25


@pytest.mark.parametrize(
    ("file", "model_changes"),
    [
        ("build/models/robust_z/11/model.npz", True),
        ("build/models/robust_z/about.json", True),
        ("pipelines/windows.py", False),
        ("pipelines/models/robust_z.py", False),
        ("clockwork/learning/serving/model_code.py", False),
        ("configs/features.yaml", False),
    ],
)
def test_a_change_of_what_scores_is_seen(
    copy: Path, trained: Path, file: str, model_changes: bool
) -> None:
    before = Contents(trained, "robust_z")
    with (copy / file).open("ab") as spoiled:
        spoiled.write(b"\n")
    after = Contents(copy, "robust_z")
    assert after.served != before.served
    assert (after.model != before.model) is model_changes


def test_the_same_contents_elsewhere_have_the_same_hash(copy: Path, trained: Path) -> None:
    (copy / "clockwork" / "compare" / "run.py").write_text("", encoding="utf-8")
    alert_from(copy, "robust_z", 0.987)
    assert Contents(copy, "lightgbm").tags == Contents(trained, "lightgbm").tags


def test_another_threshold_is_another_content(copy: Path, trained: Path) -> None:
    alert_from(copy, "lightgbm", 0.987)
    after, before = Contents(copy, "lightgbm"), Contents(trained, "lightgbm")
    assert after.model == before.model
    assert after.served != before.served


def test_another_version_of_a_library_is_another_content(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Contents(trained, "lightgbm")
    assert any(line.startswith("lightgbm==") for line in before.requirements)
    assert before.served
    monkeypatch.setattr(
        imports, "version", lambda name: "999" if name == "lightgbm" else version(name)
    )
    after = Contents(trained, "lightgbm")
    assert after.model == before.model
    assert after.served != before.served
    assert Contents(trained, "robust_z").served


def alert_from(root: Path, algorithm: str, score: float) -> None:
    """Set one threshold."""
    file = root / "configs" / "alerts.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["thresholds"][algorithm] = score
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")


def test_imports_are_followed_in_all_their_forms(tmp_path: Path) -> None:
    package = tmp_path / "pipelines" / "some"
    package.mkdir(parents=True)
    files = {
        "__init__.py": "import os\nimport pipelines.some.d\n",
        "a.py": "from . import b\nfrom pipelines.some import c\n",
        "b.py": "def late():\n    import numpy.linalg\n",
        "c.py": "from .b import late\nimport yaml\n",
        "d.py": "",
        "e.py": "",
    }
    for name, text in files.items():
        (package / name).write_text(text, encoding="utf-8")
    code, libraries = needed(tmp_path, ["pipelines.some.a"])
    assert [path.name for path in code] == ["__init__.py", "a.py", "b.py", "c.py", "d.py"]
    assert libraries == ["numpy", "yaml"]


@pytest.mark.parametrize(
    ("code", "libraries"),
    [
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import absent\n", []),
        ("if TYPE_CHECKING:\n    import absent\nelse:\n    import numpy\n", ["numpy"]),
        ("try:\n    import absent.part\nexcept ImportError:\n    import numpy\n", ["numpy"]),
        ("try:\n    import numpy\nexcept (OSError, ModuleNotFoundError):\n    pass\n", ["numpy"]),
        ("try:\n    import absent\nexcept OSError:\n    pass\n", None),
        ("def late():\n    from absent import part\n", None),
    ],
)
def test_a_library_must_be_installed_where_its_import_runs_and_is_not_tried(
    tmp_path: Path, code: str, libraries: list[str] | None
) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "absent").mkdir()
    (tmp_path / "pipelines" / "a.py").write_text(code, encoding="utf-8")
    if libraries is not None:
        assert needed(tmp_path, ["pipelines.a"])[1] == libraries
        return
    why = "^pipelines/a.py imports 'absent', which is neither installed nor below pipelines/; move"
    with pytest.raises(BadInput, match=why):
        needed(tmp_path, ["pipelines.a"])


def test_libraries_are_pinned_under_the_names_that_are_installed() -> None:
    names = [
        requirement.partition("==")[0]
        for requirement in pinned(["yaml", "sklearn", "numpy", "dateutil"])
    ]
    assert names == ["numpy", "python-dateutil", "pyyaml", "scikit-learn"]
