"""What the trials of a search depend on, as one short word: equal words, equal trials."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.learning.serving.imports import needed
from clockwork.model import BINARY, Folds
from clockwork.project import model_module
from clockwork.settings.models import ModelSettings, TuningSettings
from clockwork.support.paths import PACKAGE

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SHARED = (
    HERE.parents[1] / "model.py",
    HERE.parent / "calibration.py",
    HERE.parent / "estimator.py",
    *sorted((HERE.parent / "tasks").glob("*.py")),
)
LIBRARIES = ("lightgbm", "numpy", "optuna", "scikit-learn")
BUDGET = {"trials", "seconds", "stall"}  # how far a search goes, not where to
REQUIREMENTS = ROOT / "requirements.lock"  # whatever else an algorithm imports
LENGTH = 16


def search_digest(
    algorithm: str, settings: ModelSettings, budget: TuningSettings, folds: Folds
) -> str:
    """Of all a trial's score depends on: space, rows, features, folds, code, way of the search."""
    space = settings.model_dump(include={"params", "search"})
    return digest(
        {
            "space": [space["params"], list(space["search"].items())],  # in the order it is drawn
            "way": budget.model_dump(exclude=BUDGET),
            "rows": _rows(folds),
            "code": _code(algorithm),
            "libraries": {name: version(name) for name in LIBRARIES},
            "lock": hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
            if REQUIREMENTS.exists()
            else "",
        }
    )


def digest(document: Any) -> str:
    """Of a document as JSON has it."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:LENGTH]


def _rows(folds: Folds) -> str:
    found = hashlib.sha256()
    arrays: list[npt.NDArray[Any]] = [folds.x, folds.y, *folds.train, *folds.held_out]
    for array in arrays:
        found.update(f"{array.shape} {array.dtype}".encode())
        found.update(np.ascontiguousarray(array).data)
    if folds.categories:
        found.update(f"categories {folds.categories}".encode())
    if folds.problem.task != BINARY:
        found.update(f"{folds.problem.task} {folds.problem.classes}".encode())
    if folds.problem.query is not None:
        found.update(folds.problem.query.tobytes())
    return found.hexdigest()


def _code(algorithm: str) -> dict[str, str]:
    # Of the project its file, and what that imports.
    own = [file for file in needed(ROOT, [model_module(algorithm)])[0] if file.parts[0] == PACKAGE]
    files = {path.name: path for path in (*sorted(HERE.glob("*.py")), *SHARED)}
    files |= {str(file): ROOT / file for file in own}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
