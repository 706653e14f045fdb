"""The adoption itself: in a worktree, so that the checkout changes only when the new commit is whole."""

from collections.abc import Mapping

from clockwork.adopt.clean import edits, removed
from clockwork.adopt.measure import Sensitivity, sensitivity
from clockwork.adopt.readme import about
from clockwork.commands.adopt.found import Found
from clockwork.compare.built_commit import built
from clockwork.compare.preflight import check_settings
from clockwork.gate.registry import TASKS
from clockwork.learning.probes.declaration import declare
from clockwork.settings.gate import gate_settings
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.dvc import run_graph
from clockwork.support.errors import BadInput
from clockwork.support.paths import BUILD
from clockwork.support.pinned import DATA
from clockwork.support.subprocesses import last_line


def carry_out(checkout: Checkout, found: Found, report: Report) -> None:
    """Make the commit, and check its branch out in `checkout`. Raises `BadInput` where the pipeline does not run."""
    adopted = checkout.add_worktree(checkout.main / BUILD / "worktrees" / "adopt", checkout.find("HEAD"))
    try:
        _fill(adopted, found, report)
        adopted.git("checkout", "--quiet", "-b", found.branch)
        adopted.git("add", "--all")
        adopted.git("commit", "--quiet", "--no-verify", "-m", _subject(found))
    finally:
        checkout.remove_worktree(adopted.root)
    checkout.git("checkout", "--quiet", found.branch)
    report(f"branch {found.branch}: one commit, checked out; git has all that is gone")
    try:
        run_graph(checkout, list(found.roles(checkout)), report)
    except BadInput as error:  # as data of one's own in data/; the commit is there all the same
        report(f"before the next run: {error}")
    report("next: push the branch and open a pull request, or `make regression` here")


def _subject(found: Found) -> str:
    subject = f"Predict {found.proposal.target.name} in {found.name}"
    return subject if len(subject) <= 50 else f"Adopt {found.name}"[:50]


def _fill(adopted: Checkout, found: Found, report: Report) -> None:
    # The settings first as they come, then as the rows can see by the models that they gave.
    roles = found.roles(adopted)
    _clean(adopted, found, list(roles))
    _put(adopted, found.configs(roles, Sensitivity()))
    check_settings(adopted.root)
    found.files.copy(adopted.root)
    done = adopted.run("dvc", "add", "--quiet", "data")
    if done.returncode:
        raise BadInput(f"{DATA}: dvc add failed: {last_line(done.stderr)}")
    report(f"data/: {len(found.files.paths)} files, pinned in {DATA}")
    run_graph(adopted, list(roles), report, probe=False)
    seen = sensitivity(built(adopted.root), TASKS[found.proposal.task], gate_settings(adopted.root))
    _put(adopted, found.configs(roles, seen))
    report(declare(adopted.root).removesuffix("; commit it"))
    run_graph(adopted, list(roles), report)


def _clean(adopted: Checkout, found: Found, algorithms: list[str]) -> None:
    gone = removed(adopted.tracked("."), algorithms)
    adopted.git("rm", "--quiet", "-r", "--", *gone)
    for name, edit in edits(found.name, about(found.proposal)).items():
        path = adopted / name
        if path.exists():
            path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")


def _put(adopted: Checkout, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (adopted / name).parent.mkdir(parents=True, exist_ok=True)
        (adopted / name).write_text(text, encoding="utf-8")
