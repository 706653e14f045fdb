"""What is served of one algorithm: model, settings, code, libraries.

A verdict is on the hash of all of it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from clockwork.learning.about import FILE, About, read_about
from clockwork.learning.serving.imports import needed, pinned
from clockwork.project import FEATURES, model_module
from clockwork.settings.alerts import threshold
from clockwork.support.paths import CONFIGS, MODELS

SCORER = "clockwork.learning.serving.scorer"
MODEL_CODE = Path("clockwork/learning/serving/model_code.py")
SETTINGS = (CONFIGS / "data.yaml", CONFIGS / "features.yaml")


@dataclass(frozen=True)
class Contents:
    """Of the checkout at `root`, whose graph has run."""

    root: Path
    algorithm: str

    @property
    def there(self) -> bool:
        """Whether the algorithm was trained at all."""
        return (self.root / MODELS / self.algorithm / FILE).exists()

    @cached_property
    def about(self) -> About:
        """What it was trained with."""
        return read_about(self.root / MODELS / self.algorithm)

    @property
    def shipped(self) -> Path:
        """The folder of the model that ships: the one of the first seed."""
        return self.root / MODELS / self.algorithm / self.about.shipped

    @cached_property
    def _needed(self) -> tuple[list[Path], list[str]]:
        return needed(self.root, [SCORER, FEATURES, model_module(self.algorithm)])

    @property
    def code(self) -> list[Path]:
        """The files of this repository that scoring runs."""
        return self._needed[0]

    @property
    def libraries(self) -> list[str]:
        """The libraries that they import."""
        return self._needed[1]

    @property
    def requirements(self) -> list[str]:
        """The versions of all libraries that serving needs, as they are installed."""
        return pinned({*self.libraries, "mlflow", "numpy", "pandas"})

    @property
    def threshold(self) -> float:
        """The score from which it alerts."""
        return threshold(self.algorithm, self.root)

    @cached_property
    def model(self) -> str:
        """The SHA-256 of everything that was trained, every seed of it."""
        return digest_below(self.root / MODELS / self.algorithm)

    @cached_property
    def served(self) -> str:
        """SHA-256 of what makes a raw row an alert: `model`, code, settings, libraries, threshold.

        The same trees score otherwise where the features are computed otherwise.
        """
        rest = digest({str(path): self.root / path for path in (*self.code, *SETTINGS, MODEL_CODE)})
        hashed = json.dumps([self.model, rest, self.requirements, self.threshold])
        return hashlib.sha256(hashed.encode()).hexdigest()

    @property
    def tags(self) -> dict[str, str]:
        """Both, as the tags of a run."""
        return {"model": self.model, "served": self.served}


def digest_below(folder: Path) -> str:
    """The SHA-256 of all files in `folder`."""
    return digest(
        {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    )


def digest(files: Mapping[str, Path]) -> str:
    """The SHA-256 of the names and the bytes of `files`."""
    whole = hashlib.sha256()
    for name, path in sorted(files.items()):
        content = path.read_bytes()
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()
