"""The tiny project that tests copy: made once for all workers of a session, as a used checkout."""

import re
import shutil
from pathlib import Path

from clockwork.compare.build import build_base
from clockwork.compare.team_tests import results_of
from clockwork.settings.gate import gate_settings
from clockwork.settings.tracking import tracking_settings
from clockwork.support.checkout import Checkout
from clockwork.support.dvc_lock import NAME as LOCK
from clockwork.support.dvc_lock import OWN
from clockwork.tracking.embedded import create

from .ci.throwaway import few_tests, set_up
from .conftest import ROOT, Project, declare

# One trial: two commits that differ elsewhere train the same setting.
SMALL: dict[str, dict[str, object]] = {
    "seeds/fleet.yaml": {"devices": 120},
    "configs/tuning.yaml": {"trials": 1},
    "configs/models/logistic.yaml": {"trials": 1},
    "configs/training.yaml": {"seeds": "[101, 102]", "pool": "[103, 104]"},
    "configs/gate.yaml": {"resamples": 400, "min_positive_clusters": 15},
}
# What it does without, so that a verdict does not wait for its tests.
NO_TESTS = ("tests/unit/", "tests/engine/", "tests/regression/test_behaviour.py")
# The watched ones, which the proofs of a whole run add: in every other project they would take a
# fifth of the time.
SPARED = "  isolation_forest: watched\n  robust_z: watched\n"
ALGORITHMS = tuple(name for name in gate_settings(ROOT).algorithms if f" {name}:" not in SPARED)
# Where a worktree keeps whole paths: of itself, of its repository, of DVC's cache.
PLACES = (
    ".git/worktrees/*/gitdir",
    "build/worktrees/*/.git",
    "build/worktrees/*/.dvc/config.local",
)


def make(project: Project) -> None:
    """A fifth of the fleet and a small part of the work, with everything run once and committed.

    And what a pull request before has left: the commit as the base of the next one, and a store
    of MLflow, whose tables take more than a second.
    """
    few_tests(project)
    for file, values in SMALL.items():
        for key, value in values.items():
            project.set(file, key, value)
    project.edit("configs/gate.yaml", SPARED, "")
    model = project.root / "configs" / "models" / "lightgbm.yaml"
    model.write_text(
        re.sub(r"rounds: \d+", "rounds: 40", model.read_text(encoding="utf-8")), encoding="utf-8"
    )
    grown = project.python("seeds.fleet", "--out", "data")
    assert grown.returncode == 0, grown.stderr
    project.pin()
    declare(project)
    for verb in ("run", "golden"):
        ended = project.call(verb)
        assert ended.code == 0, ended.text
    sha = project.commit("A tiny project")
    set_up(project.root)
    with project.inside():
        results_of(build_base(Checkout(project.root), sha, lambda _: None))
    shutil.copy2(project.root / LOCK, project.root / OWN)
    create(project.root / tracking_settings(project.root).store / "mlflow.db")


def carry(tiny: Path, root: Path) -> Project:
    """A copy of the project at `tiny`, with its worktrees."""
    shutil.copytree(tiny, root, symlinks=True, ignore=shutil.ignore_patterns("tmp"))
    for path in (path for place in PLACES for path in root.glob(place)):
        path.write_text(
            path.read_text(encoding="utf-8").replace(str(tiny), str(root)), encoding="utf-8"
        )
    return Project(root)
