"""A pull request's ML regression test: two commits in, one verdict out."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from clockwork.compare.build import build_base, build_head
from clockwork.compare.build_verdict import build_verdict, with_checks
from clockwork.compare.built_commit import BuiltCommit, FailedBuild
from clockwork.compare.checks.training import lock_of
from clockwork.compare.compare_builds import compare_builds
from clockwork.compare.compared import Compared
from clockwork.compare.measure import attempt
from clockwork.compare.paired_scores import Evidence
from clockwork.compare.request import Commits, Request, find_commits, refuse_unsaved
from clockwork.compare.team_tests import UNTRIED, OnBase, run_team_tests, tried_on_base
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check
from clockwork.support import paths
from clockwork.support.errors import BadInput
from clockwork.support.libraries import LIBRARIES, moved_libraries, note
from clockwork.support.subprocesses import outside_hooks
from clockwork.verdict.schema import Verdict, write_verdict


def compare(request: Request) -> tuple[Verdict, Evidence | None]:
    """The verdict on the commit that is checked out, also on disk, and the scores that it rests on.

    Raises `BadInput` on wrong use: files that differ from HEAD, or no such commit.
    """
    commits = find_commits(request)
    base = _build(lambda: _build_base(request, commits))
    with tried_on_base(base) as on_base:
        head = _build(lambda: _build_head(request, commits))
        if isinstance(head, BuiltCommit):
            _refuse_moved(request, commits)
        compared = compare_builds(request, commits, head, base)

        verdict, settings = build_verdict(request, commits, compared), compared.settings
        # The tests read a verdict. Should the run be killed before they end, this one must not pass
        # for the whole.
        write_verdict(with_checks(verdict, settings, [UNTRIED]), request.checkout / paths.VERDICT)
        # The team's: what is begun meanwhile may want some of its own.
        environment = outside_hooks(os.environ)
        finish = request.meanwhile(verdict, compared.evidence)
        checks, seconds = _run_tests(request, commits, compared, on_base, environment)
        finish()
    verdict = with_checks(verdict, settings, checks, seconds)
    write_verdict(verdict, request.checkout / paths.VERDICT)
    return verdict, compared.evidence


def _build(build: Callable[[], BuiltCommit | None]) -> BuiltCommit | FailedBuild | None:
    since = time.monotonic()
    try:
        built = build()
    except BadInput as error:
        return FailedBuild(str(error), time.monotonic() - since)
    return replace(built, seconds=time.monotonic() - since) if built else None


def _build_base(request: Request, commits: Commits) -> BuiltCommit | None:
    if commits.base is None:
        return None
    if commits.first:
        request.report(
            f"base {commits.base.sha[:10]}  {commits.first}: "
            "a first baseline, nothing to compare with"
        )
        return None
    request.report(f"base {commits.base.sha[:10]}  {commits.base.subject}")
    return base_with_libraries(request, commits.base.sha)


def base_with_libraries(request: Request, sha: str) -> BuiltCommit:
    """Base, with its own libraries where head's are others: what they change is compared, too."""
    checkout = request.checkout
    lock = lock_of(checkout, sha)
    moved = moved_libraries(lock_of(checkout), lock)
    if not moved:
        return build_base(checkout, sha, request.report)
    request.report(f"{LIBRARIES} changed ({moved[0]}): base runs with its own libraries")
    try:
        return build_base(checkout, sha, request.report, lock=lock)
    except BadInput as error:
        request.report(f"base's libraries cannot be had: {error}")
        base = build_base(checkout, sha, request.report)
        note(base.root, error=str(error))
        return base


def _build_head(request: Request, commits: Commits) -> BuiltCommit:
    request.report(f"head {commits.head.sha[:10]}  {commits.head.subject}")
    return build_head(request.checkout, request.report, probe=not request.quick)


def _refuse_moved(request: Request, commits: Commits) -> None:
    # What the graph read must be what the commit pins.
    if request.checkout.commit().sha != commits.head.sha:
        raise BadInput("HEAD moved while the run was on; run again")
    refuse_unsaved(request, " since the run began; commit or stash it, and run again")


def _run_tests(
    request: Request,
    commits: Commits,
    compared: Compared,
    on_base: OnBase,
    environment: Mapping[str, str],
) -> tuple[list[Check], dict[str, float]]:
    if compared.head is None:
        return [], {}
    request.report("tests/regression")
    since, root = time.monotonic(), request.checkout.root
    merged = request.checkout.is_on(commits.head.sha, request.target)
    checks = attempt(
        CheckId.REGRESSION_TESTS,
        lambda: run_team_tests(root, compared.base, on_base, environment, of_target=merged),
    )
    return checks, {"regression tests": time.monotonic() - since}
