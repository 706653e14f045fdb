"""The adoption itself: in a worktree, so the checkout changes only when the new commit is whole."""

from collections.abc import Collection, Mapping

from clockwork.adopt.clean import edits, removed
from clockwork.adopt.into import JOINED, joined, place
from clockwork.adopt.measure import Sensitivity, sensitivity
from clockwork.adopt.readme import about
from clockwork.commands.adopt.found import Found
from clockwork.compare.built_commit import built
from clockwork.compare.preflight import check_settings
from clockwork.gate.registry import TASKS
from clockwork.learning.probes.declaration import declare
from clockwork.release.manifest import read
from clockwork.settings.gate import gate_settings
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.dvc import run_graph
from clockwork.support.dvc_settings import share_settings
from clockwork.support.errors import BadInput
from clockwork.support.paths import BUILD
from clockwork.support.pinned import DATA
from clockwork.support.subprocesses import last_line

PINS = (DATA, "dvc.lock")


def carry_out(source: Checkout, home: Checkout, found: Found, report: Report) -> None:
    """Make the commit by the engine of `source`, and check its branch out in `home`.

    `home` is the same repository, or another one. Raises `BadInput` where the pipeline does not
    run.
    """
    adopted = home.add_worktree(home.main / BUILD / "worktrees" / "adopt", home.find("HEAD"))
    try:
        known = _clean(adopted, found) if source == home else bring(source, home, adopted, found)
        _fill(adopted, found, report, known)
        adopted.git("add", "--all")
        # By name and by force: what their .gitignore leaves out would leave the engine incomplete.
        if source != home:
            own = [place(name, known) for name in coming(source, found)]
            adopted.git(
                "add", "--force", "--", *(name for name in own if (adopted / name).exists())
            )
        home.branch_with(adopted, found.branch, _subject(found))
    finally:
        home.remove_worktree(adopted.root)
    home.git("checkout", "--quiet", found.branch)
    report(f"branch {found.branch}: one commit, checked out; git has all that is gone")
    try:
        run_graph(home, list(found.roles(home)), report)
    except BadInput as error:  # as data of one's own in data/; the commit is there all the same
        report(f"before the next run: {error}")
    make = f"make -f {place('Makefile', known)}" if "Makefile" in known else "make"
    report(f"next: push the branch and open a pull request, or `{make} regression` in {home.root}")


def _subject(found: Found) -> str:
    subject = f"Predict {found.proposal.target.name} in {found.name}"
    return subject if len(subject) <= 50 else f"Adopt {found.name}"[:50]


def _fill(adopted: Checkout, found: Found, report: Report, known: Collection[str]) -> None:
    # The settings first as they come, then as the rows can see by the models that they gave.
    roles = found.roles(adopted)
    put(adopted, found.configs(roles, Sensitivity()), known)
    check_settings(adopted.root)
    found.files.copy(adopted.root)
    done = adopted.run("dvc", "add", "--quiet", "data")
    if done.returncode:
        raise BadInput(f"{DATA}: dvc add failed: {last_line(done.stderr)}")
    report(f"data/: {len(found.files.paths)} files, pinned in {DATA}")
    run_graph(adopted, list(roles), report, probe=False)
    seen = sensitivity(built(adopted.root), TASKS[found.proposal.task], gate_settings(adopted.root))
    put(adopted, found.configs(roles, seen), known)
    report(declare(adopted.root).removesuffix("; commit it"))
    run_graph(adopted, list(roles), report)


def _clean(adopted: Checkout, found: Found) -> Collection[str]:
    adopted.git(
        "rm",
        "--quiet",
        "--",
        *removed(adopted.tracked("."), list(found.roles(adopted)), read(adopted)),
    )
    for name, edit in edits(found.name, about(found.proposal)).items():
        path = adopted / name
        if path.exists():
            path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    return ()


def bring(source: Checkout, home: Checkout, adopted: Checkout, found: Found) -> Collection[str]:
    """Copy to `adopted`, a worktree of `home`, what that gets of the engine's repository `source`.

    What it knows already stays as it is: gives the names of that.
    """
    known = set(adopted.tracked("."))
    changed = edits(found.name, about(found.proposal))
    for name in sorted({*coming(source, found)} - written(source, found)):
        text = (source / name).read_bytes()
        if name in known and text == (adopted / name).read_bytes():
            continue
        if name in changed:
            text = changed[name](text.decode()).encode()
        if name in known and name in JOINED:
            text = joined((adopted / name).read_text(encoding="utf-8"), text.decode()).encode()
        path = adopted / place(name, known)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        path.chmod((source / name).stat().st_mode)
    share_settings(home.root, home.main.root, adopted.root)
    return known


def coming(source: Checkout, found: Found) -> list[str]:
    """The files another repository gets of the engine's, `source`, and those written for it."""
    names, roles = source.tracked("."), found.roles(source)
    kept = set(names) - set(removed(names, list(roles), read(source))) - set(PINS)
    return sorted({name for name in kept if (source / name).is_file()} | written(source, found))


def written(source: Checkout, found: Found) -> set[str]:
    """The files that are written for a project, by the engine of `source`."""
    return {*found.configs(found.roles(source), Sensitivity()), *PINS}


def put(adopted: Checkout, texts: Mapping[str, str], known: Collection[str]) -> None:
    """Write `texts` by their names, each beside what is `known`."""
    for name, text in texts.items():
        path = adopted / place(name, known)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
