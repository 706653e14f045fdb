"""The verb: looks, shows what it found and what it takes it for, and makes one commit on a branch."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from clockwork.adopt.clean import removed
from clockwork.adopt.guess import Given
from clockwork.adopt.measure import Sensitivity
from clockwork.adopt.show import tables
from clockwork.commands.adopt.again import propose_again
from clockwork.commands.adopt.carry_out import carry_out
from clockwork.commands.adopt.found import Found, look
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.errors import BadInput, printable

WIDTH = 118
SEEDS = "seeds"  # which only the demo has


def adopt(checkout: Checkout, data: Path, given: Given, name: str | None, report: Report, *, dry: bool = False) -> int:
    """Adopt the files at `data` in `checkout`; gives the exit code, 2 where something has to be mended.

    Where that was done before, it shows what it would say otherwise now, and writes nothing.
    """
    found, problems = _look(data, given, name)
    again = not (checkout / SEEDS).exists()
    if not again:
        problems += in_the_way(checkout, found, dry=dry)
    if found is not None:
        console = Console(width=WIDTH, markup=False, highlight=False)
        for table in tables(found.proposal):
            console.print(table)
    for problem in problems:
        report(f"error: {printable(problem)}")
    if problems or found is None:
        report(f"{len(problems)} to mend; nothing was written")
        return 2
    if again:
        propose_again(checkout, found, report)
    elif dry:
        _would(checkout, found, report)
    else:
        carry_out(checkout, found, report)
    _ask(found, report)
    return 0


def _look(data: Path, given: Given, name: str | None) -> tuple[Found | None, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            return look(data, given, name, Path(folder))
        except BadInput as error:
            return None, [str(error)]


def in_the_way(checkout: Checkout, found: Found | None, *, dry: bool) -> Iterator[str]:
    """What keeps `checkout` from getting a commit; of a dry run nothing does."""
    if dry:
        return
    dirty = checkout.changes()
    if dirty:
        yield f"{len(dirty)} files differ from HEAD, such as {dirty[0]}; commit or stash them"
    try:
        checkout.git("var", "GIT_COMMITTER_IDENT")
    except BadInput:
        yield "git does not know who commits; run `git config user.name ...` and `git config user.email ...`"
    if found is not None and _exists(checkout, found.branch):
        yield f"there is a branch {found.branch} already; delete it, or give the project another --name"


def _exists(checkout: Checkout, branch: str) -> bool:
    try:
        checkout.find(f"refs/heads/{branch}")
    except BadInput:
        return False
    return True


def _would(checkout: Checkout, found: Found, report: Report) -> None:
    roles = found.roles(checkout)
    gone = removed(checkout.tracked("."), list(roles))
    for name, text in found.configs(roles, Sensitivity()).items():
        report(f"\n--- {name}\n{printable(text.rstrip())}")
    report(f"\n{len(gone)} tracked files would go, such as {', '.join(gone[:3])}")
    report("a dry run: nothing was written; margins and alert thresholds are measured once the pipeline has run")


def _ask(found: Found, report: Report) -> None:
    for number, question in enumerate(found.proposal.questions, 1):
        report(f"question {number}: {printable(question)}")
    if found.proposal.questions:
        report("none needs an answer; another one is an option, or an edit of configs/data.yaml")
