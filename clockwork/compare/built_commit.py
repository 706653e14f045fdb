"""The two arms of a comparison: a commit's checkout with everything it trained."""

import hashlib
import json
import shutil
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clockwork.compare.paired_scores import Floats, fingerprint, read_scores
from clockwork.learning.data.split import TRAIN
from clockwork.learning.tables import read_json
from clockwork.learning.tuning.best import best_trials
from clockwork.model import Algorithm
from clockwork.project import find_model
from clockwork.settings.alerts import threshold
from clockwork.settings.gate import gate_settings
from clockwork.settings.models import training_settings
from clockwork.support import paths
from clockwork.support.dvc import Say, run_graph, run_pool
from clockwork.support.dvc_lock import own_lock
from clockwork.support.errors import BadInput
from clockwork.support.git import add_worktree, committed, main_checkout, remove_worktree
from clockwork.support.libraries import LIBRARIES, installed, note
from clockwork.support.lock import locked
from clockwork.support.pinned import data_hash
from clockwork.support.subprocesses import last_line, run_module
from clockwork.verdict.schema import Arm as ArmDocument
from clockwork.verdict.schema import SearchTrial

KEPT_WORKTREES = 3
COMPLETE = "complete"


@dataclass(frozen=True)
class Arm:
    """A commit's checkout at `root` after its graph has run. `scores` is where it scored the judging rows.

    `pooled` names the algorithms whose pool of further seeds was trained, too, and counts.
    """

    root: Path
    scores: Path
    pooled: frozenset[str] = frozenset()

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
        """The algorithms that its settings name; models of others may lie about from an earlier commit."""
        return sorted(gate_settings(self.root).algorithms)

    def about(self, algorithm: str) -> dict[str, Any]:
        """What `algorithm` was trained with: `params`, `seeds`, `features`, `trained_on`."""
        found: dict[str, Any] = json.loads((self.root / paths.MODELS / algorithm / "about.json").read_text())
        return found

    def model(self, algorithm: str) -> Algorithm:
        """The model that ships: the one of the first seed."""
        folder = self.root / paths.MODELS / algorithm
        return find_model(algorithm).load(folder / str(self.about(algorithm)["seeds"][0]))

    def runs(self, keys: pd.DataFrame, algorithms: Iterable[str]) -> dict[str, Floats]:
        """The scores (runs, rows) of those of `algorithms` that it has, for the rows of `keys`."""
        found = {}
        for name in algorithms:
            places = [self.scores, pool_scores(self.scores)] if name in self.pooled else [self.scores]
            runs = [one for place in places if (one := read_scores(place, keys, name)) is not None]
            if len(runs) == len(places):
                found[name] = np.vstack(runs)
        return found

    def seeds(self, algorithm: str) -> list[int]:
        """The seeds of its runs, in their order."""
        own: list[int] = self.about(algorithm)["seeds"]
        return [*own, *training_settings(self.root).pool] if algorithm in self.pooled else own

    def trials(self) -> dict[str, list[SearchTrial]]:
        """The best trials of each algorithm whose parameters were searched."""
        places = {name: self.root / paths.TUNING / f"{name}.json" for name in self.algorithms()}
        searches = {name: read_json(place) for name, place in places.items() if place.exists()}
        kept = SearchTrial.model_fields
        return {
            name: [SearchTrial(**{key: trial[key] for key in kept if key in trial}) for trial in best_trials(search)]
            for name, search in searches.items()
            if search["trials"]
        }

    def document(self) -> ArmDocument:
        """The arm as the verdict tells it."""
        about = {name: self.about(name) for name in self.algorithms()}
        libraries = committed(self.root, LIBRARIES)
        return ArmDocument(
            data=data_hash(self.root),
            dependencies=hashlib.sha256(libraries).hexdigest() if libraries else "",
            features=sorted({feature for one in about.values() for feature in one["features"]}),
            params={name: one["params"] for name, one in about.items()},
            seeds={name: self.seeds(name) for name in about},
            alerts={name: threshold(name, self.root) for name in about},
            trials=self.trials(),
        )


def pool_scores(scores: Path) -> Path:
    """Where the scores of the pool's models lie beside those in the folder `scores`."""
    return scores.with_name(scores.name + paths.POOL_SCORES.name.removeprefix(paths.SCORES.name))


def head_arm(root: Path, say: Say, *, probe: bool) -> Arm:
    """Run the graph of the checkout at `root`, with the experiments on its code if `probe`, and give it as an arm."""
    _run(root, say, probe=probe)
    return Arm(root, root / paths.SCORES)


def base_arm(root: Path, sha: str, say: Say, *, own: Iterable[str] = (), lock: str | None = None) -> Arm:
    """The arm of commit `sha` in a worktree of its own, kept for the next pull request on the same base.

    It runs with the libraries that are installed, head's, and so with head's requirements.lock; or, where `lock` is the
    text of its own, with those. `own` names further files that it takes from the checkout at `root`.

    Raises `BadInput` where its libraries cannot be installed.
    """
    python = installed(main_checkout(root), lock) if lock is not None else None
    lent = [*own] if python else [LIBRARIES, *own]
    files = {name: (root / name).read_bytes() for name in lent if (root / name).exists()}
    name = f"{sha[:12]}-{hashlib.sha256(b''.join(files.values())).hexdigest()[:8]}"
    folder = main_checkout(root) / paths.BUILD / "worktrees" / name
    complete = folder / paths.BUILD / COMPLETE
    with locked(folder.with_suffix(".lock")):
        if complete.exists():
            say("base is there already: nothing to run")
        else:
            add_worktree(root, folder, sha)
            for file, content in files.items():
                (folder / file).write_bytes(content)
            if python:
                note(folder, python=python)
            _run(folder, say, probe=False)
        complete.touch()
    _forget_old(root, folder)
    return Arm(folder, folder / paths.SCORES)


def _run(root: Path, say: Say, *, probe: bool) -> None:
    algorithms = list(gate_settings(root).algorithms)
    with own_lock(root):
        run_graph(root, algorithms, say, probe=probe)
    missing = [name for name in algorithms if not (root / paths.SCORES / f"{name}.parquet").exists()]
    if missing or not (root / paths.JUDGING).exists():
        raise BadInput(f"the graph ended without scores of {', '.join(missing) or 'anything'}; see build/graph.log")


def deepen(arm: Arm, algorithms: Iterable[str], say: Say, *, shared: bool) -> Arm:
    """`arm` with the pool of further seeds for those of `algorithms` whose seed matters and that lack it.

    `shared` says that another pull request may be at work in the same checkout.
    """
    pool = training_settings(arm.root).pool
    wanted = [name for name in algorithms if pool and name not in arm.pooled and arm.about(name).get("seeded")]
    if not wanted:
        return arm
    with locked(arm.root.with_suffix(".lock")) if shared else nullcontext(), own_lock(arm.root):
        run_pool(arm.root, wanted, say)
    return replace(arm, pooled=arm.pooled | set(wanted))


def on_rows_of(base: Arm, head: Arm, key: str) -> Arm:
    """`base` with scores for head's judging rows, computed from head's raw rows by base's own code.

    `key` names the rows, so that the same question is answered once. Raises `BadInput` where base cannot.
    """
    out = base.root / paths.BUILD / "foreign" / key[:16]
    with locked(base.root.with_suffix(".lock")):
        _rescore(base, head, out, paths.MODELS)
        if base.pooled:
            _rescore(base, head, pool_scores(out), paths.POOL)
    return replace(base, scores=out)


def _rescore(base: Arm, head: Arm, out: Path, models: Path) -> None:
    wanted = [folder.name for folder in (base.root / models).iterdir()]
    if all((out / f"{name}.parquet").exists() for name in wanted):
        return
    draft = out.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    words = [head.root.resolve(), (head.root / paths.JUDGING).resolve(), draft, models]
    done = run_module(base.root, "clockwork.learning.rescore", *map(str, words))
    if done.returncode:
        raise BadInput(f"base cannot read head's rows: {last_line(done.stderr)}")
    shutil.rmtree(out, ignore_errors=True)
    draft.rename(out)


def _forget_old(root: Path, newest: Path) -> None:
    kept = [path for path in newest.parent.iterdir() if (path / paths.BUILD / COMPLETE).exists()]
    kept.sort(key=lambda path: (path / paths.BUILD / COMPLETE).stat().st_mtime, reverse=True)
    for folder in kept[KEPT_WORKTREES:]:
        with locked(folder.with_suffix(".lock")):
            remove_worktree(root, folder)
