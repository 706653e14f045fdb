"""The decision core stands alone: no files, no settings, no data frames."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import clockwork.gate

CORE = sorted(Path(clockwork.gate.__path__[0]).rglob("*.py"))
ALLOWED = {
    "bisect",
    "numpy",
    "scipy",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "itertools",
    "typing",
}
SCRIPTS = {"known"}  # which print what they found, and so need sys


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written out"
            found.add(node.module or "")
    return found


def test_the_core_is_here() -> None:
    assert "decide" in {path.stem for path in CORE}, "else this would hold for whatever is there"


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.stem)
def test_the_core_imports_nothing_of_the_project_but_itself(path: Path) -> None:
    ours = {name for name in imported(path) if name.split(".")[0] in ("clockwork", "pipelines")}
    assert all(name.startswith("clockwork.gate.") for name in ours)
    allowed = ALLOWED | ({"sys", "runpy", "pathlib"} if path.stem in SCRIPTS else set())
    assert {name.split(".")[0] for name in imported(path) - ours} <= allowed


def test_the_core_runs_without_pandas() -> None:
    code = (
        "import sys, clockwork.gate.decide; "
        "sys.exit('pandas' in sys.modules or 'pydantic' in sys.modules)"
    )
    root = Path(clockwork.gate.__path__[0]).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
