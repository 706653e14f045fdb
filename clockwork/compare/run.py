"""A pull request's ML regression test: both arms, the gate, the team's own tests, and the verdict document."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Literal

from clockwork.compare.base_gate import CERTAIN, MEASURED, edits_of_the_gate, judged_by_base, needs_owner
from clockwork.compare.baseline import AlreadyMerged, left_target
from clockwork.compare.build_verdict import document
from clockwork.compare.built_commit import Arm, base_arm, deepen, head_arm
from clockwork.compare.costs import cost_checks, measure
from clockwork.compare.measure import all_roles, attempt, attribution, certain_checks, gather, line_up, measured_checks
from clockwork.compare.paired_scores import Evidence
from clockwork.compare.preflight import check_settings
from clockwork.compare.state import BROKEN_HEAD, Around, Trial
from clockwork.compare.team_tests import ALL, UNTRIED, run_team_tests
from clockwork.gate.outcome import Check, Outcome, overall
from clockwork.settings.gate import gate_settings
from clockwork.support import paths
from clockwork.support.dvc import Say
from clockwork.support.errors import BadInput
from clockwork.support.git import committed, describe, find_commit, git, is_on
from clockwork.support.libraries import LIBRARIES, interpreter, moved_libraries, note
from clockwork.support.pinned import DATA
from clockwork.support.subprocesses import outside_hooks
from clockwork.verdict.schema import Verdict, write_verdict

BASELINE = "baseline"
OF_LIBRARIES, OF_DATA, OF_CODE = "because of the libraries", "because of the data", "because of the code"
WORKS = ("clockwork", "pipelines", "configs", "requirements.lock", "dvc.yaml", DATA)


def judge_commit(
    root: Path, revision: str | None, say: Say, around: Around | None = None, *, quick: bool = False
) -> tuple[Verdict, Evidence | None]:
    """The verdict on the commit checked out at `root`, against `revision` or else its merge-base; also on disk.

    `quick` leaves out the experiments on head's code, and says so in the verdict.

    Raises `BadInput` on wrong use: a dirty tree, no such commit, wrong settings, broken data on head.
    """
    around = around or Around()
    trial = prepare(root, revision, around)
    trial.quick = quick
    run_base(trial, say)
    run_head(trial, say)
    if len(trial.arms) == 2:
        with trial.part("gate"):
            run_gate(trial, say)
    # The tests read a verdict. Should the run be killed before they end, this one must not pass for the whole.
    write_verdict(document(replace(trial, checks=[*trial.checks, UNTRIED])), root / paths.VERDICT)
    if "head" in trial.arms:
        with trial.part("regression tests"):
            say("tests/regression")
            environment = outside_hooks(os.environ)  # the team's: MLflow's import wants some of its own
            finish = around.meanwhile()
            base, target = trial.arms.get("base"), around.context.target or trial.settings.target_branch
            merged = is_on(root, trial.head.sha, target)
            trial.checks += attempt(ALL, lambda: run_team_tests(root, base, environment, of_target=merged))
            finish()
    trial.seconds["total"] = round(sum(trial.seconds.values()), 2)
    verdict = document(trial)
    write_verdict(verdict, root / paths.VERDICT)
    return verdict, trial.evidence


def prepare(root: Path, revision: str | None, around: Around) -> Trial:
    """Check what can be checked before any work, and take the last run's results away."""
    (root / paths.BUILD).mkdir(parents=True, exist_ok=True)
    for path in (paths.VERDICT, paths.REPORT_MD, paths.REPORT_HTML, paths.JUNIT):
        (root / path).unlink(missing_ok=True)
    settings = check_settings(root)
    dirty = around.unsaved(root)
    if dirty:
        raise BadInput(f"{dirty[0]} differs from HEAD; commit or stash it, for a verdict is on a commit")
    head = find_commit(root, "HEAD")
    trial = Trial(root, settings, describe(root, head), None, around)
    try:
        base = (
            find_commit(root, revision) if revision else left_target(root, head, settings.target_branch, around.context)
        )
    except AlreadyMerged as error:
        trial.checks.append(Check(BASELINE, Outcome.NOT_COMPARABLE, str(error)))
        return trial
    trial.base = describe(root, base) if base else None
    return trial


def run_base(trial: Trial, say: Say) -> None:
    """Run the base's graph in its worktree; a base that is missing or broken is a check that is never green."""
    if trial.base is None:
        if not trial.checks:
            trial.checks.append(Check(BASELINE, Outcome.INVALID, "no commit came before this one: no baseline"))
        return
    say(f"base {trial.base.sha[:10]}  {trial.base.subject}")
    try:
        with trial.part("base"):
            trial.arms["base"] = base_with_libraries(trial.root, trial.base.sha, say)
    except BadInput as error:
        trial.checks.append(Check(BASELINE, Outcome.INVALID, f"base could not be run: {error}"))


def base_with_libraries(root: Path, sha: str, say: Say) -> Arm:
    """Base, with its own libraries where they are others than head's: what they change is compared as well."""
    lock = git(root, "show", f"{sha}:{LIBRARIES}") if git(root, "ls-tree", sha, "--", LIBRARIES) else ""
    moved = moved_libraries((committed(root, LIBRARIES) or b"").decode(errors="replace"), lock)
    if not moved:
        return base_arm(root, sha, say)
    say(f"{LIBRARIES} changed ({moved[0]}): base runs with its own libraries")
    try:
        return base_arm(root, sha, say, lock=lock)
    except BadInput as error:
        say(f"base's libraries cannot be had: {error}")
        arm = base_arm(root, sha, say)
        note(arm.root, error=str(error))
        return arm


def run_head(trial: Trial, say: Say) -> None:
    """Run head's graph where it is checked out; what it read must be what the commit pins.

    Where it cannot run (broken data, a wrong key) that is a check, so that the pull request is told.
    """
    say(f"head {trial.head.sha[:10]}  {trial.head.subject}")
    try:
        with trial.part("head"):
            arm = head_arm(trial.root, say, probe=not trial.quick)
    except BadInput as error:
        trial.checks.append(Check(BROKEN_HEAD, Outcome.INVALID, str(error)))
        return
    if find_commit(trial.root, "HEAD") != trial.head.sha:
        raise BadInput("HEAD moved while the run was on; run again")
    moved = trial.around.unsaved(trial.root)
    if moved:
        raise BadInput(f"{moved[0]} differs from HEAD since the run began; commit or stash it, and run again")
    trial.arms["head"] = arm


def run_gate(trial: Trial, say: Say) -> None:
    """Line both arms up on head's rows and judge them: by base's gate where head edits the gate."""
    head, base = trial.arms["head"], trial.arms["base"]
    assert trial.base
    trial.edited = edits_of_the_gate(trial.root, trial.base.sha, trial.head.sha)
    if trial.edited:
        trial.settings = gate_settings(base.root)
        trial.checks.append(needs_owner(trial.edited))
    trial.checks += _ask(trial, CERTAIN)
    if not trial.quick:
        trial.checks += attempt("costs", lambda: weigh(trial))
    try:
        trial.arms["base"] = line_up(head, base)
    except BadInput as error:
        trial.checks.append(Check("base reads the judging rows", Outcome.NOT_COMPARABLE, str(error)))
        return
    trial.checks += attempt("the gate", lambda: look(trial, say))
    if not trial.quick:
        trial.checks += attempt("attribution", lambda: attributed(trial, say))


def attributed(trial: Trial, say: Say) -> list[Check]:
    """How much of the difference libraries, data and code made, where a pull request changes more than one of them.

    Each step is base with one more of head's: its libraries, then its data, then its code.
    """
    head, base, settings = trial.arms["head"], trial.arms["base"], trial.settings
    assert trial.base
    edited = git(trial.root, "diff", "--name-only", trial.base.sha, trial.head.sha, "--", *WORKS).split()
    causes: dict[str, list[str]] = {}  # and what base takes over from head for each, one after the other
    if interpreter(base.root) != interpreter(head.root):
        causes[OF_LIBRARIES] = []
    if DATA in edited:
        causes[OF_DATA] = [DATA]
    if set(edited) - {DATA, LIBRARIES}:
        causes[OF_CODE] = []
    if trial.evidence is None or (len(causes) < 2 and OF_LIBRARIES not in causes):
        return []
    steps = []
    for cause, own in list(causes.items())[:-1]:
        say(f"{cause}: training base's code with head's {'data' if own else 'libraries'}")
        steps.append((cause, line_up(head, base_arm(trial.root, trial.base.sha, say, own=own))))
    return attribution(head, base, [*steps, (list(causes)[-1], head)], trial.evidence.keys, settings)


def weigh(trial: Trial) -> list[Check]:
    """What both commits cost, measured side by side where their code, settings or data differ."""
    head, base = trial.arms["head"], trial.arms["base"]
    assert trial.base
    if not git(trial.root, "diff", "--name-only", trial.base.sha, trial.head.sha, "--", *WORKS).strip():
        return [Check("costs", Outcome.PASS, "code, settings and data are base's")]
    both = [name for name in head.algorithms() if name in base.algorithms()]
    limits = trial.settings.costs.model_dump()
    trial.costs = measure(head.root, base.root, both, limits)
    roles = all_roles(trial.settings, base.root)
    checks = cost_checks(trial.costs, limits)
    return [replace(one, gating=one.gating and roles.get(one.algorithm or "", True)) for one in checks]


def look(trial: Trial, say: Say) -> list[Check]:
    """The measured checks: a few runs of head first, and as many as base has only where those cannot tell.

    Base has its whole pool from the start; it is cached with its commit. A quick run compares what is there.
    """
    trial.evidence = gather(trial.arms["head"], trial.arms["base"], trial.settings)
    moved = trial.evidence.moved()
    if trial.quick or not moved:
        return _ask(trial, MEASURED)
    _deepen(trial, "base", moved, say)
    checks = _ask(trial, MEASURED)
    again = sorted(trial.arms["base"].pooled & unsure(checks))
    if not again or overall([*trial.checks, *checks]).exit_code == 1:
        return checks
    say(f"{', '.join(again)}: {len(trial.arms['head'].seeds(again[0]))} runs cannot tell; training the pool's seeds")
    _deepen(trial, "head", again, say)
    return _ask(trial, MEASURED)


def unsure(checks: list[Check]) -> set[str | None]:
    """The algorithms with a gating check that further runs may settle: it cannot tell, or sees too little."""
    settled = [one for one in checks if one.outcome not in (Outcome.CANNOT_TELL, Outcome.INVALID)]
    return {one.algorithm for one in checks if one.gating and one.estimate and one not in settled}


def _deepen(trial: Trial, arm: Literal["head", "base"], algorithms: list[str], say: Say) -> None:
    gating = [name for name in algorithms if all_roles(trial.settings, trial.arms["base"].root).get(name)]
    trial.arms[arm] = deepen(trial.arms[arm], gating, say, shared=arm == "base")
    trial.arms["base"] = line_up(trial.arms["head"], trial.arms["base"])
    trial.evidence = gather(trial.arms["head"], trial.arms["base"], trial.settings)


def _ask(trial: Trial, kind: str) -> list[Check]:
    head, base = trial.arms["head"], trial.arms["base"]
    if trial.edited:
        return judged_by_base(head, base, kind, quick=trial.quick)
    if kind == CERTAIN:
        return certain_checks(head, base, trial.settings, quick=trial.quick)
    assert trial.evidence
    return measured_checks(head, base, trial.evidence, trial.settings)
