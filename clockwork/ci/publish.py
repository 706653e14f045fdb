"""Publish a verdict where its pull request is: one comment kept up to date, commit status, report.

What is published is made here from the verdict's data. Whose pull request it is comes from the CI
system and from the forge, never from the verdict: a run that handed it over may be an untrusted
fork's.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import sleep as wait
from typing import TypeVar

from rich.console import Console

from clockwork.ci.answers import Refused
from clockwork.ci.context import COMMIT, context
from clockwork.ci.forges import Change, Forge, KnownForge, Message, Sleep, github
from clockwork.ci.forges.table import FORGES, address
from clockwork.ci.handover import handed_over
from clockwork.ci.message import message
from clockwork.report.phrases import plain
from clockwork.report.terminal import render
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.run_context import Context
from clockwork.verdict.parts import Context as ContextDocument
from clockwork.verdict.schema import Verdict

LONGEST_SUMMARY = 200_000  # a job summary may have 1 MiB, and a character up to 4 bytes
LONGEST_LINE, WIDTH = 600, 110
Answer = TypeVar("Answer")
STRANGE = (KeyError, TypeError, AttributeError, IndexError, ValueError)


def publish(folder: Path, environ: Mapping[str, str], report: Report, sleep: Sleep = wait) -> int:
    """Publish the verdict in `folder`; 0 when it stands where people look, 2 when it was refused.

    It is 0 whatever the verdict says. Where people look is the comment, and where merge rules look
    the status: an old one there would speak for this verdict. Without a pull request or a token, it
    is the job's summary or else the console.
    """

    def tell(line: str) -> None:
        report(harmless(plain(line, LONGEST_LINE)))

    verdict, found, trouble = handed_over(folder), context(environ), ""
    try:
        found = located(found, environ, sleep)
        opened = enter(found, environ, sleep)
        if opened:
            same_commit(verdict, opened[1])
    except Refused as error:
        opened, trouble = None, str(error)
    verdict = verdict.model_copy(update={"context": ContextDocument.model_validate(found)})
    # An untrusted fork must not choose links.
    telling = message(verdict, {} if found.fork else verdict.pages)
    tell(f"{telling.title}: {telling.summary}")
    shown = summarise(telling, environ)
    stands = everywhere(*opened, telling, tell) if opened else []
    if {"comment", "status"} <= set(stands):
        return 0
    if not shown:
        report(harmless(drawn(verdict)))
    places = " and ".join([*stands, "the summary of this job" if shown else "this log"])
    tell(f"it stands only in {places}: {trouble or why_nowhere(found, environ)}")
    forge = forge_of(found)
    return 2 if trouble or (forge and environ.get(forge.token)) else 0


def same_commit(verdict: Verdict, change: Change) -> None:
    """Raises `Refused` where the verdict is on another commit than the pull request's.

    A newer one must be judged. Where the run knew no commit of the change, it is the one that was
    checked out, or CI merged it there.
    """
    judged, built = verdict.head.sha, verdict.context.commit
    if change.commit not in (judged, *([built] if built else merged_by(judged))):
        raise Refused(
            f"the verdict is on {(built or judged)[:10]}, "
            f"and the pull request is at {change.commit[:10]}"
        )


def merged_by(sha: str) -> list[str]:
    """The parents of the merge `sha`; none where it is no merge, or unknown to git here."""
    known = Checkout().ask("rev-list", "--parents", "-n1", sha) if COMMIT.fullmatch(sha) else None
    parents = (known or "").split()[1:]
    return parents if len(parents) > 1 else []


def located(found: Context, environ: Mapping[str, str], sleep: Sleep) -> Context:
    """`found`, and after a pull request's run (GitHub's `workflow_run`) also which pull request."""
    if environ.get("GITHUB_EVENT_NAME") != "workflow_run":
        return found
    return asked(lambda: github.after_run(found, environ, sleep)) or found


def forge_of(found: Context) -> KnownForge | None:
    """The kind of forge that has the pull request; None where that is not known."""
    at = address(found.page or "")
    return FORGES[at.kind] if at else None


def enter(found: Context, environ: Mapping[str, str], sleep: Sleep) -> tuple[Forge, Change] | None:
    """The forge and the pull request on it. None: it is on none that is known, or no token is set.

    The forge knows the pull request's head where the CI system names a merge, or nothing.
    """
    at = address(found.page or "")
    forge = FORGES[at.kind].connect(at, environ, sleep) if at else None
    if at is None or forge is None:
        return None
    commit = found.commit or asked(lambda: forge.head(at.number))
    if not COMMIT.fullmatch(commit):
        raise Refused("the forge names no commit as the head of the pull request")
    return forge, Change(at.number, commit, found.branch)


def everywhere(forge: Forge, change: Change, telling: Message, tell: Report) -> list[str]:
    """Publish comment, status and report, each whatever becomes of the others; those that stand."""
    pages: list[str] = []
    calls: dict[str, Callable[[], object]] = {
        "comment": lambda: pages.append(forge.comment(change, telling)),
        "status": lambda: forge.status(change, telling),
        "report": lambda: forge.report(change, telling),
    }
    refused = {name: why for name, call in calls.items() if (why := refusal(call))}
    for name, why in refused.items():
        tell(f"{name} not published: {why}")
    for page in pages:
        tell(f"published on pull request {change.number}: {page}")
    return [name for name in calls if name not in refused]


def refusal(call: Callable[[], object]) -> Refused | None:
    """Why the forge refuses `call`; None when it does not."""
    try:
        asked(call)
    except Refused as error:
        return error
    return None


def asked(call: Callable[[], Answer]) -> Answer:
    """What a forge answers; one of another shape than its documentation gives is a refusal too."""
    try:
        return call()
    except STRANGE as error:
        raise Refused(f"an answer of unknown shape ({type(error).__name__})") from None


def summarise(telling: Message, environ: Mapping[str, str]) -> bool:
    """Write the comment into the job's summary; whether there is one."""
    place = environ.get("GITHUB_STEP_SUMMARY")
    if place:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(telling.comment(LONGEST_SUMMARY, True))
    return bool(place)


def why_nowhere(found: Context, environ: Mapping[str, str]) -> str:
    """Why no comment stands on the pull request, with the remedy where it is none of its doing."""
    after_run = environ.get("GITHUB_EVENT_NAME") == "workflow_run" and found.source
    forge = FORGES["github"] if after_run else forge_of(found)
    if forge and not environ.get(forge.token):
        return f"no token is set; {forge.remedy}"
    if after_run and not found.page:
        return "no open pull request has the tested commit at its head"
    if forge:
        return forge.remedy
    if found.pull_request:
        return "the page of the pull request is not given, or on no forge that is known here"
    return "this is no run for a pull request"


def drawn(verdict: Verdict) -> str:
    """The verdict as a terminal shows it."""
    console = Console(width=WIDTH, markup=False)
    with console.capture() as got:
        console.print(render(verdict))
    return got.get()


def harmless(text: str) -> str:
    """`text` without what a runner of GitHub would take for a command to it."""
    return text.replace("::", ": :").replace("##[", "## [")
