"""Two built commits -> checks and the scores they rest on: the certain first, then the measured."""

import time
from collections.abc import Callable
from dataclasses import replace

from clockwork.compare.base_gate import edits_of_the_gate, needs_owner
from clockwork.compare.both_engines import engines_agree
from clockwork.compare.build import build_base, with_extra_seeds
from clockwork.compare.built_commit import BuiltCommit, FailedBuild
from clockwork.compare.compared import Compared
from clockwork.compare.costs_beside import costs_beside
from clockwork.compare.first_baseline import alone, certain, figures
from clockwork.compare.line_up import all_roles, gather, line_up
from clockwork.compare.measure import ask, attempt, attribution, tried
from clockwork.compare.pair import Pair
from clockwork.compare.paired_scores import Evidence
from clockwork.compare.request import Commits, Request
from clockwork.gate.catalogue import CheckId, title_of
from clockwork.gate.outcome import Check, Outcome, overall
from clockwork.release.version import VERSION
from clockwork.support.errors import BadInput
from clockwork.support.libraries import LIBRARIES, interpreter
from clockwork.support.pinned import DATA


def compare_builds(
    request: Request,
    commits: Commits,
    head: BuiltCommit | FailedBuild | None,
    base: BuiltCommit | FailedBuild | None,
) -> Compared:
    """Line both commits up on head's rows and compare them: by base's gate if head edits the gate.

    A build that failed or is missing is a check that is never green.
    """
    seconds = {name: build.seconds for name, build in (("base", base), ("head", head)) if build}
    found = Compared(
        request.gate,
        head if isinstance(head, BuiltCommit) else None,
        base if isinstance(base, BuiltCommit) else None,
        _failures(commits, head, base),
        seconds=seconds,
    )
    since = time.monotonic()
    if found.head is not None and commits.first:
        found = _alone(request, commits, found, found.head)
    elif found.head is not None and found.base is not None:
        found = _compare(request, commits, found, found.head, found.base)
    else:
        return found
    return replace(found, seconds={**seconds, "gate": time.monotonic() - since})


def _failures(
    commits: Commits, head: BuiltCommit | FailedBuild | None, base: BuiltCommit | FailedBuild | None
) -> list[Check]:
    checks = [commits.problem] if commits.problem else []
    if isinstance(base, FailedBuild):
        checks.append(
            Check(CheckId.BASELINE, Outcome.INVALID, f"base could not be run: {base.reason}")
        )
    if isinstance(head, FailedBuild):
        checks.append(Check(CheckId.HEAD_RUNS, Outcome.INVALID, head.reason))
    return checks


def _alone(request: Request, commits: Commits, found: Compared, head: BuiltCommit) -> Compared:
    """The checks of head alone, where there is no baseline; gate and settings are head's own."""
    assert commits.base
    edited = edits_of_the_gate(request.checkout, commits.base.sha, commits.head.sha, added=False)
    if edited:
        found = found.plus([needs_owner(edited, whose="head's own")])
    found = found.plus(certain(head, found.settings, commits.first, quick=request.quick))
    evidence = tried(CheckId.GATE_RUNS, lambda: alone(head))
    if isinstance(evidence, Check):
        return found.plus([evidence])
    question = ask(head, head, found.settings)
    checks = attempt(CheckId.GATE_RUNS, lambda: figures(evidence, question, found.settings.block))
    return replace(found, evidence=evidence).plus(checks)


def _compare(
    request: Request, commits: Commits, found: Compared, head: BuiltCommit, base: BuiltCommit
) -> Compared:
    assert commits.base
    edited = edits_of_the_gate(request.checkout, commits.base.sha, commits.head.sha)
    if edited:
        found = replace(found, settings=base.gate).plus([needs_owner(edited)])
    pair = Pair(request, commits, head, base, found.settings, edited)

    with costs_beside(pair) as timed:
        certain = pair.ask()
        try:
            pair = replace(pair, base=line_up(head, base))
        except BadInput as error:
            refused = Check(CheckId.BASE_READS_ROWS, Outcome.NOT_COMPARABLE, str(error))
            return replace(found, costs=timed.result()[0]).plus(
                [*certain, *timed.result()[1], refused]
            )
        before = found.checks
        pair, evidence, checks = measured(pair, lambda: [*before, *certain, *timed.result()[1]])
    costs, dear = timed.result()
    found = replace(found, head=pair.head, base=pair.base, evidence=evidence, costs=costs)
    found = found.plus([*certain, *dear, *checks])
    if VERSION in edited:
        found = found.plus(
            attempt(
                CheckId.ENGINES_AGREE,
                lambda: [compared_engines(pair, evidence, [*certain, *checks])],
            )
        )
    if evidence is None or request.quick:
        return found
    return found.plus(attempt(CheckId.ATTRIBUTION, lambda: attributed(pair, evidence)))


def compared_engines(pair: Pair, evidence: Evidence | None, by_base: list[Check]) -> Check:
    """What head's gate would decide otherwise, where head brings another version of the engine."""
    own = replace(pair, settings=pair.request.gate, edited=[])
    return engines_agree(by_base, [*own.ask(), *(own.ask(evidence) if evidence else [])])


def measured(
    pair: Pair, before: Callable[[], list[Check]]
) -> tuple[Pair, Evidence | None, list[Check]]:
    """The measured checks: a few runs of head first; as many as base has only if those cannot tell.

    Base has all its runs from the start; they are cached with its commit. A quick run compares what
    is there. `before` gives the checks that are made otherwise: where they decide already, no
    further run is trained.
    """
    first = tried(CheckId.GATE_RUNS, lambda: gather(pair.head, pair.base, pair.settings))
    if isinstance(first, Check):
        return pair, None, [first]
    found = tried(CheckId.GATE_RUNS, lambda: _measured(pair, first, before))
    return (pair, first, [found]) if isinstance(found, Check) else found


def _measured(
    pair: Pair, evidence: Evidence, before: Callable[[], list[Check]]
) -> tuple[Pair, Evidence, list[Check]]:
    moved = evidence.moved()
    if pair.request.quick or not moved:
        return pair, evidence, pair.ask(evidence)
    base = with_extra_seeds(pair.base, _gating(pair, moved), pair.request.report, shared=True)
    pair = replace(pair, base=line_up(pair.head, base))
    evidence = gather(pair.head, pair.base, pair.settings)
    checks = pair.ask(evidence)

    again = sorted(pair.base.pooled & unsure(checks))
    if not again or overall([*before(), *checks]).exit_code == 1:
        return pair, evidence, checks
    runs = len(pair.head.seeds(again[0]))
    pair.request.report(f"{', '.join(again)}: {runs} runs cannot tell; training the extra seeds")
    head = with_extra_seeds(pair.head, _gating(pair, again), pair.request.report, shared=False)
    pair = replace(pair, head=head, base=line_up(head, pair.base))
    evidence = gather(pair.head, pair.base, pair.settings)
    return pair, evidence, pair.ask(evidence)


def _gating(pair: Pair, algorithms: list[str]) -> list[str]:
    return [name for name in algorithms if all_roles(pair.settings, pair.base.root).get(name)]


def unsure(checks: list[Check]) -> set[str | None]:
    """The algorithms with a gating check that further runs may settle.

    Such a check cannot tell, or sees too little.
    """
    unsettled = [one for one in checks if one.outcome in (Outcome.CANNOT_TELL, Outcome.INVALID)]
    return {one.algorithm for one in unsettled if one.gating and one.estimate}


def attributed(pair: Pair, evidence: Evidence) -> list[Check]:
    """How much of the difference libraries, data and code made, if a pull request changes several.

    Each step is base with one more of head's: its libraries, then its data, then its code.
    """
    edited = pair.changed()
    causes: dict[
        CheckId, list[str]
    ] = {}  # and what base takes over from head for each, one after the other
    if interpreter(pair.base.root) != interpreter(pair.head.root):
        causes[CheckId.OF_LIBRARIES] = []
    if DATA in edited:
        causes[CheckId.OF_DATA] = [DATA]
    if set(edited) - {DATA, LIBRARIES}:
        causes[CheckId.OF_CODE] = []
    if len(causes) < 2 and CheckId.OF_LIBRARIES not in causes:
        return []
    assert pair.commits.base
    steps, request = [], pair.request
    for cause, own in list(causes.items())[:-1]:
        request.report(
            f"{title_of(cause)}: training base's code with head's {'data' if own else 'libraries'}"
        )
        step = build_base(request.checkout, pair.commits.base.sha, request.report, own=own)
        steps.append((cause, line_up(pair.head, step)))
    last = (list(causes)[-1], pair.head)
    return attribution(pair.head, pair.base, [*steps, last], evidence.keys, pair.settings)
