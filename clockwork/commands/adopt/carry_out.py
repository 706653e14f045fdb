"""The adoption itself: in a worktree, so that the checkout changes only when the new commit is whole."""

from collections.abc import Mapping
from pathlib import Path

from clockwork.adopt.clean import edits, removed
from clockwork.adopt.measure import Sensitivity, sensitivity
from clockwork.adopt.readme import about
from clockwork.commands.adopt.found import Found
from clockwork.compare.built_commit import built
from clockwork.compare.preflight import check_settings
from clockwork.gate.registry import TASKS
from clockwork.learning.probes.declaration import declare
from clockwork.settings.gate import gate_settings
from clockwork.support.console import Report
from clockwork.support.dvc import run_graph
from clockwork.support.errors import BadInput
from clockwork.support.git import add_worktree, find_commit, git, main_checkout, remove_worktree, tracked
from clockwork.support.paths import BUILD
from clockwork.support.pinned import DATA
from clockwork.support.subprocesses import last_line, run_module


def carry_out(root: Path, found: Found, report: Report) -> None:
    """Make the commit, and check its branch out at `root`. Raises `BadInput` where the pipeline does not run."""
    folder = main_checkout(root) / BUILD / "worktrees" / "adopt"
    add_worktree(root, folder, find_commit(root, "HEAD"))
    try:
        _fill(folder, found, report)
        git(folder, "checkout", "--quiet", "-b", found.branch)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--no-verify", "-m", _subject(found))
    finally:
        remove_worktree(root, folder)
    git(root, "checkout", "--quiet", found.branch)
    report(f"branch {found.branch}: one commit, checked out; git has all that is gone")
    try:
        run_graph(root, list(found.roles(root)), report)
    except BadInput as error:  # as data of one's own in data/; the commit is there all the same
        report(f"before the next run: {error}")
    report("next: push the branch and open a pull request, or `make regression` here")


def _subject(found: Found) -> str:
    subject = f"Predict {found.proposal.target.name} in {found.name}"
    return subject if len(subject) <= 50 else f"Adopt {found.name}"[:50]


def _fill(folder: Path, found: Found, report: Report) -> None:
    # The settings first as they come, then as the rows can see by the models that they gave.
    roles = found.roles(folder)
    _clean(folder, found, list(roles))
    _put(folder, found.configs(roles, Sensitivity()))
    check_settings(folder)
    found.files.copy(folder)
    done = run_module(folder, "dvc", "add", "--quiet", "data")
    if done.returncode:
        raise BadInput(f"{DATA}: dvc add failed: {last_line(done.stderr)}")
    report(f"data/: {len(found.files.paths)} files, pinned in {DATA}")
    run_graph(folder, list(roles), report, probe=False)
    seen = sensitivity(built(folder), TASKS[found.proposal.task], gate_settings(folder))
    _put(folder, found.configs(roles, seen))
    report(declare(folder).removesuffix("; commit it"))
    run_graph(folder, list(roles), report)


def _clean(folder: Path, found: Found, algorithms: list[str]) -> None:
    gone = removed(tracked(folder, "."), algorithms)
    git(folder, "rm", "--quiet", "-r", "--", *gone)
    for name, edit in edits(found.name, about(found.proposal)).items():
        path = folder / name
        if path.exists():
            path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")


def _put(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
