"""Runs the graph of a commit: of head where it is checked out, of base in a worktree of its own."""

import hashlib
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from clockwork.compare.built_commit import BuiltCommit, built
from clockwork.settings.gate import algorithm_roles
from clockwork.support import paths
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.dvc import run_extra_seeds, run_graph
from clockwork.support.dvc_lock import own_lock
from clockwork.support.errors import BadInput
from clockwork.support.libraries import LIBRARIES, installed, note
from clockwork.support.lock import locked

KEPT_WORKTREES = 3
COMPLETE = "complete"


def build_head(checkout: Checkout, report: Report, *, probe: bool) -> BuiltCommit:
    """Run the graph of `checkout`, with the experiments on its code if `probe`.

    Raises `BadInput` where it fails.
    """
    _run(checkout, report, probe=probe)
    return built(checkout.root)


def build_base(
    checkout: Checkout,
    sha: str,
    report: Report,
    *,
    own: Iterable[str] = (),
    lock: str | None = None,
) -> BuiltCommit:
    """Run commit `sha`'s graph in its own worktree, kept for the next pull request on that base.

    It runs with the libraries that are installed, head's, and so with head's requirements.lock; or,
    where `lock` is the text of its own, with those. `own` names further files that it takes from
    `checkout`.

    Raises `BadInput` where its libraries cannot be installed.
    """
    main = checkout.main
    python = installed(main.root, lock) if lock is not None else None
    lent = [*own] if python else [LIBRARIES, *own]
    files = {name: (checkout / name).read_bytes() for name in lent if (checkout / name).exists()}
    name = f"{sha[:12]}-{hashlib.sha256(b''.join(files.values())).hexdigest()[:8]}"
    folder = main / paths.BUILD / "worktrees" / name
    complete = folder / paths.BUILD / COMPLETE
    # No wait for another pull request that is at work in a base which stands.
    with nullcontext() if complete.exists() else locked(folder.with_suffix(".lock")):
        if complete.exists():
            report("base is there already: nothing to run")
        else:
            base = checkout.add_worktree(folder, sha)
            for file, content in files.items():
                (folder / file).write_bytes(content)
            if python:
                note(folder, python=python)
            _run(base, report, probe=False)
        complete.touch()
    _forget_old(checkout, folder)
    return built(folder)


def _run(checkout: Checkout, report: Report, *, probe: bool) -> None:
    algorithms = list(algorithm_roles(checkout.root))
    with own_lock(checkout):
        run_graph(checkout, algorithms, report, probe=probe)
    missing = [
        name for name in algorithms if not (checkout / paths.SCORES / f"{name}.parquet").exists()
    ]
    if missing or not (checkout / paths.EVALUATION).exists():
        raise BadInput(
            "the graph ended without scores of "
            f"{', '.join(missing) or 'anything'}; see build/graph.log"
        )


def with_extra_seeds(
    commit: BuiltCommit, algorithms: Iterable[str], report: Report, *, shared: bool
) -> BuiltCommit:
    """`commit` with the extra seeds of those of `algorithms` whose seed matters and that lack them.

    `shared` says that another pull request may be at work in the same checkout.
    """
    pool = commit.extra_seeds
    wanted = [
        name
        for name in algorithms
        if pool and name not in commit.pooled and commit.about(name).seeded
    ]
    if not wanted:
        return commit
    with (
        locked(commit.root.with_suffix(".lock")) if shared else nullcontext(),
        own_lock(commit.checkout),
    ):
        run_extra_seeds(commit.checkout, wanted, report)
    return replace(commit, pooled=commit.pooled | set(wanted))


def _forget_old(checkout: Checkout, newest: Path) -> None:
    kept = [path for path in newest.parent.iterdir() if (path / paths.BUILD / COMPLETE).exists()]
    kept.sort(key=lambda path: (path / paths.BUILD / COMPLETE).stat().st_mtime, reverse=True)
    for folder in kept[KEPT_WORKTREES:]:
        with locked(folder.with_suffix(".lock")):
            checkout.remove_worktree(folder)
