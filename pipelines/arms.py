"""The two arms of a comparison: a commit's checkout with everything it trained."""

import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from pipelines import paths
from pipelines.data.split import TRAIN
from pipelines.errors import BadInput
from pipelines.evidence import fingerprint
from pipelines.git import add_worktree, main_checkout, remove_worktree
from pipelines.graph import Say, data_hash, run_graph, run_module
from pipelines.models.base import Algorithm, find
from pipelines.settings.gate import gate_settings
from pipelines.verdict import Arm as ArmDocument

KEPT_WORKTREES = 3
COMPLETE = "complete"


@dataclass(frozen=True)
class Arm:
    """A commit's checkout at `root` after its graph has run. `scores` is where it scored the judging rows."""

    root: Path
    scores: Path

    @cached_property
    def judging(self) -> pd.DataFrame:
        """The keys of its judging rows: entity, time, label, slices."""
        return pd.read_parquet(self.root / paths.JUDGING)

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of its judging rows."""
        return fingerprint(self.judging)

    def training(self) -> pd.DataFrame:
        """The keys of the rows that it trained on."""
        rows = pd.read_parquet(self.root / paths.SPLIT, columns=["entity", "time", "part"])
        return rows.loc[rows["part"] == TRAIN, ["entity", "time"]]

    def algorithms(self) -> list[str]:
        """The algorithms that it trained."""
        return sorted(folder.name for folder in (self.root / paths.MODELS).iterdir())

    def about(self, algorithm: str) -> dict[str, Any]:
        """What `algorithm` was trained with: `params`, `seeds`, `features`, `trained_on`."""
        found: dict[str, Any] = json.loads((self.root / paths.MODELS / algorithm / "about.json").read_text())
        return found

    def model(self, algorithm: str) -> Algorithm:
        """The model that ships: the one of the first seed."""
        folder = self.root / paths.MODELS / algorithm
        return find(algorithm).load(folder / str(self.about(algorithm)["seeds"][0]))

    def document(self) -> ArmDocument:
        """The arm as the verdict tells it."""
        about = {name: self.about(name) for name in self.algorithms()}
        lock = self.root / "requirements.lock"
        return ArmDocument(
            data=data_hash(self.root),
            dependencies=hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else "",
            params={name: one["params"] for name, one in about.items()},
            seeds={name: one["seeds"] for name, one in about.items()},
        )


def head_arm(root: Path, say: Say, *, probe: bool) -> Arm:
    """Run the graph of the checkout at `root`, with the experiments on its code if `probe`, and give it as an arm."""
    run_graph(root, list(gate_settings(root).algorithms), say, probe=probe)
    return Arm(root, root / paths.SCORES)


def base_arm(root: Path, sha: str, say: Say) -> Arm:
    """The arm of commit `sha` in a worktree of its own, kept for the next pull request on the same base."""
    folder = main_checkout(root) / paths.BUILD / "worktrees" / sha[:12]
    with _locked(folder):
        if (folder / paths.BUILD / COMPLETE).exists():
            say("base is there already: nothing to run")
        else:
            add_worktree(root, folder, sha)
            run_graph(folder, list(gate_settings(folder).algorithms), say, probe=False)
            (folder / paths.BUILD / COMPLETE).touch()
        (folder / paths.BUILD / COMPLETE).touch()
    _forget_old(root, folder)
    return Arm(folder, folder / paths.SCORES)


def on_rows_of(base: Arm, head: Arm, key: str) -> Arm:
    """`base` with scores for head's judging rows, computed from head's raw rows by base's own code.

    `key` names the rows, so that the same question is answered once. Raises `BadInput` where base cannot.
    """
    out = base.root / paths.BUILD / "foreign" / key[:16]
    if not out.exists():
        draft = out.with_suffix(".draft")
        words = [head.root, head.root / paths.JUDGING, draft]
        done = run_module(base.root, "pipelines.stages.rescore", *map(str, words))
        if done.returncode:
            raise BadInput(f"base cannot read head's rows: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}")
        draft.rename(out)
    return Arm(base.root, out)


def trained_on(arm: Arm, judging: pd.DataFrame) -> int:
    """How many of the judging rows `arm` had in its training rows."""
    ours, theirs = (frame[["entity", "time"]].astype({"entity": str}) for frame in (judging, arm.training()))
    return len(ours.merge(theirs, on=["entity", "time"]))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget_old(root: Path, newest: Path) -> None:
    kept = [path for path in newest.parent.iterdir() if (path / paths.BUILD / COMPLETE).exists()]
    kept.sort(key=lambda path: (path / paths.BUILD / COMPLETE).stat().st_mtime, reverse=True)
    for folder in kept[KEPT_WORKTREES:]:
        remove_worktree(root, folder)
        folder.with_suffix(".lock").unlink(missing_ok=True)
