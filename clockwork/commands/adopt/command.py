"""The verb: looks, shows what it found and what it takes it for, makes one commit on a branch."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from clockwork.adopt.clean import edits, removed
from clockwork.adopt.guess import Given
from clockwork.adopt.into import OWN, place, plan
from clockwork.adopt.measure import Sensitivity
from clockwork.adopt.show import tables
from clockwork.commands.adopt.again import propose_again
from clockwork.commands.adopt.carry_out import carry_out, coming, written
from clockwork.commands.adopt.found import Found, look
from clockwork.release.manifest import has_demo, read
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput, named, printable

WIDTH = 118


def adopt(
    checkout: Checkout,
    data: Path,
    given: Given,
    name: str | None,
    report: Report,
    *,
    dry: bool = False,
    into: Checkout | None = None,
) -> int:
    """Adopt the files at `data` in `checkout`, or by its engine in another repository, `into`.

    Gives the exit code, 2 where something has to be mended. Where that was done before, it shows
    what it would say otherwise now, and writes nothing.
    """
    found, problems = _look(data, given, name)
    again, home = not has_demo(checkout), into or checkout
    unfit = "" if into is None else _unfit(checkout, into)
    if unfit:
        problems.append(unfit)
    elif into is not None or not again:
        problems += covered(checkout, home, found)
        problems += [] if dry else in_the_way(home, found)
    if into is not None and not unfit:
        found = found and replace(found, target_branch=into.branch or found.target_branch)
    if found is not None:
        _show(found, report)
    for problem in problems:
        report(f"error: {printable(problem)}")
    if problems or found is None:
        report(f"{len(problems)} to mend; nothing was written")
        return 2
    if again and into is None:
        propose_again(checkout, found, report)
    elif dry:
        _would(checkout, home, found, report)
    else:
        carry_out(checkout, home, found, report)
    _ask(found, report)
    return 0


def _look(data: Path, given: Given, name: str | None) -> tuple[Found | None, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            return look(data, given, name, Path(folder))
        except BadInput as error:
            return None, [str(error)]


def _show(found: Found, report: Report) -> None:
    console = Console(width=WIDTH, markup=False, highlight=False)
    for table in tables(found.proposal):
        console.print(table)
    if found.files.others:
        report(printable(f"not taken of that folder: {', '.join(found.files.others)}"))


def _unfit(source: Checkout, into: Checkout) -> str:
    # Why the engine of `source` cannot come to `into`, where nothing is overwritten; empty where it
    # can.
    option = f"--into {into.root}"
    top = into.ask("rev-parse", "--show-toplevel") if into.known("HEAD") else None
    if top != str(into.root.resolve()):
        return (
            f"{option}: not the top of a git repository with a commit; "
            "`git init` and commit there first"
        )
    if not has_demo(source):
        return (
            f"{option}: this checkout was adopted itself; "
            "call it from a clone of the engine's repository"
        )
    taken = [name for name in OWN if (into / name).exists()] + ["build"] * bool(
        into.tracked("build")
    )
    return (
        f"{option}: has {', '.join(taken)} already, whose names are needed; rename them there"
        if taken
        else ""
    )


def covered(source: Checkout, home: Checkout, found: Found | None) -> Iterator[str]:
    """What would be overwritten in `home`, as git does not track it, or lies behind a link."""
    if found is None:
        return
    known = set(home.tracked("."))
    if source == home:
        own = written(source, found) | (known & edits(found.name, "").keys())
        names = {name: name for name in sorted(own)}
    else:
        names = {name: place(name, known) for name in coming(source, found)}
    try:
        home.refuse_links(names.values())
    except BadInput as error:
        yield f"{home.root}: {error}"
    lost = [
        new
        for name, new in names.items()
        if (home / new).exists() and (new != name or new not in known)
    ]
    if lost:
        yield f"{home.root}: {named(lost)} would be overwritten; move it away"


def in_the_way(checkout: Checkout, found: Found | None) -> Iterator[str]:
    """What keeps `checkout` from getting a commit."""
    # Of dvc.lock, which may differ for a run, the branch has another one.
    lock = checkout.git("diff", "--name-only", "HEAD", "--", "dvc.lock")
    dirty = [*checkout.changes(), *lock.splitlines()]
    if dirty:
        yield f"{len(dirty)} files differ from HEAD, such as {dirty[0]}; commit or stash them"
    try:
        checkout.git("var", "GIT_COMMITTER_IDENT")
    except BadInput:
        yield (
            "git does not know who commits; "
            "run `git config user.name ...` and `git config user.email ...`"
        )
    if found is not None and checkout.known(f"refs/heads/{found.branch}"):
        yield (
            f"there is a branch {found.branch} already; "
            "delete it, or give the project another --name"
        )


def _would(checkout: Checkout, home: Checkout, found: Found, report: Report) -> None:
    roles = found.roles(checkout)
    for name, text in found.configs(roles, Sensitivity()).items():
        report(f"\n--- {name}\n{printable(text.rstrip())}")
    if home == checkout:
        gone = removed(checkout.tracked("."), list(roles), read(checkout))
        report(f"\n{len(gone)} tracked files would go, such as {', '.join(gone[:3])}")
    else:
        report("")
        for line in plan(coming(checkout, found), set(home.tracked("."))):
            report(line)
    report(
        "a dry run: nothing was written; "
        "margins and alert thresholds are measured once the pipeline has run"
    )


def _ask(found: Found, report: Report) -> None:
    for number, question in enumerate(found.proposal.questions, 1):
        report(f"question {number}: {printable(question)}")
    if found.proposal.questions:
        report("none needs an answer; another one is an option, or an edit of configs/data.yaml")
