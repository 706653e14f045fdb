"""A folder that a commit is checked out in, with its settings and its git."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from clockwork.settings.alerts import threshold
from clockwork.settings.gate import GateSettings, gate_settings
from clockwork.settings.models import TrainingSettings, training_settings
from clockwork.support.git import Commit, committed, describe, find_commit, git, main_checkout


@dataclass(frozen=True)
class Checkout:
    """The checkout at `root`; `checkout / place` is a file or a folder in it. Settings are read once."""

    root: Path

    def __truediv__(self, place: Path | str) -> Path:
        return self.root / place

    @cached_property
    def gate(self) -> GateSettings:
        """configs/gate.yaml."""
        return gate_settings(self.root)

    @cached_property
    def training(self) -> TrainingSettings:
        """configs/training.yaml."""
        return training_settings(self.root)

    def threshold(self, algorithm: str) -> float:
        """The score from which `algorithm` alerts, by configs/alerts.yaml."""
        return threshold(algorithm, self.root)

    def git(self, *args: str) -> str:
        """What `git` prints for `args`. Raises `BadInput` with git's own last line."""
        return git(self.root, *args)

    def commit(self, revision: str = "HEAD") -> Commit:
        """The commit that `revision` names. Raises `BadInput` where there is none."""
        return describe(self.root, find_commit(self.root, revision))

    def committed(self, file: str) -> bytes | None:
        """What the commit holds under `file`; None where it has no such file."""
        return committed(self.root, file)

    @property
    def main(self) -> Path:
        """The checkout that worktrees belong to: where the DVC cache and the embedded MLflow store lie."""
        return main_checkout(self.root)
