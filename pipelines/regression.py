"""A pull request's ML regression test: both arms, the gate, the team's own tests, and the verdict document."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipelines import paths
from pipelines.arms import Arm, base_arm, head_arm
from pipelines.ci.context import context
from pipelines.comparison import gather, judge_arms, line_up
from pipelines.errors import BadInput
from pipelines.evidence import Evidence
from pipelines.gate.outcome import Check, Outcome, overall
from pipelines.git import base_of, changes, describe, find_commit
from pipelines.graph import Say
from pipelines.judge import edits_of_the_gate, judged_by_base
from pipelines.settings.everything import check_settings
from pipelines.settings.gate import GateSettings, gate_settings
from pipelines.stages.tables import read_json
from pipelines.team_tests import run_team_tests
from pipelines.verdict import Commit, Evaluation, Finding, Rules, Verdict, write_verdict

BROKEN_HEAD = "head runs"


@dataclass
class Trial:
    """One head against one base, as far as it has come."""

    root: Path
    settings: GateSettings
    head: Commit
    base: Commit | None
    quick: bool = False
    arms: dict[str, Arm] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    evidence: Evidence | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time the block under `name`, for the report."""
        since = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - since, 2)


def judge_commit(root: Path, revision: str | None, say: Say, *, quick: bool = False) -> tuple[Verdict, Evidence | None]:
    """The verdict on the commit checked out at `root`, against `revision` or else its merge-base; also on disk.

    `quick` leaves out the experiments on head's code, and says so in the verdict.

    Raises `BadInput` on wrong use: a dirty tree, no such commit, wrong settings, broken data on head.
    """
    trial = prepare(root, revision)
    trial.quick = quick
    run_base(trial, say)
    run_head(trial, say)
    if len(trial.arms) == 2:
        with trial.part("gate"):
            run_gate(trial)
    write_verdict(document(trial), root / paths.VERDICT)
    if "head" in trial.arms:
        with trial.part("regression tests"):
            say("tests/regression")
            trial.checks += run_team_tests(root, trial.arms.get("base"))
    trial.seconds["total"] = round(sum(trial.seconds.values()), 2)
    verdict = document(trial)
    write_verdict(verdict, root / paths.VERDICT)
    return verdict, trial.evidence


def prepare(root: Path, revision: str | None) -> Trial:
    """Check what can be checked before any work, and take the last run's results away."""
    (root / paths.BUILD).mkdir(parents=True, exist_ok=True)
    for path in (paths.VERDICT, paths.REPORT_MD, paths.REPORT_HTML, paths.JUNIT):
        (root / path).unlink(missing_ok=True)
    settings = check_settings(root)
    dirty = changes(root)
    if dirty:
        raise BadInput(f"{dirty[0]} differs from HEAD; commit or stash it, for a verdict is on a commit")
    head = find_commit(root, "HEAD")
    base = (
        find_commit(root, revision)
        if revision
        else base_of(root, head, context(os.environ).target or settings.target_branch)
    )
    return Trial(root, settings, describe(root, head), describe(root, base) if base else None)


def run_base(trial: Trial, say: Say) -> None:
    """Run the base's graph in its worktree; a base that is missing or broken is a check that is never green."""
    if trial.base is None:
        trial.checks.append(Check("baseline", Outcome.INVALID, "no commit came before this one: no baseline"))
        return
    say(f"base {trial.base.sha[:10]}  {trial.base.subject}")
    try:
        with trial.part("base"):
            trial.arms["base"] = base_arm(trial.root, trial.base.sha, say)
    except BadInput as error:
        trial.checks.append(Check("baseline", Outcome.INVALID, f"base could not be run: {error}"))


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
    moved = changes(trial.root)
    if moved:
        raise BadInput(f"{moved[0]}: data/ is not what the commit pins; commit it, or run `dvc checkout`")
    trial.arms["head"] = arm


def run_gate(trial: Trial) -> None:
    """Line both arms up on head's rows and judge them: by base's gate where head edits the gate."""
    head, base, settings = trial.arms["head"], trial.arms["base"], trial.settings
    try:
        trial.arms["base"] = base = line_up(head, base)
    except BadInput as error:
        trial.checks.append(Check("base reads the judging rows", Outcome.NOT_COMPARABLE, str(error)))
        return
    trial.evidence = gather(head, base, settings)
    assert trial.base
    edited = edits_of_the_gate(trial.root, trial.base.sha, trial.head.sha)
    if edited:
        trial.settings = gate_settings(base.root)
        trial.checks += judged_by_base(head, base, edited, quick=trial.quick)
    else:
        trial.checks += judge_arms(head, base, trial.evidence, settings, quick=trial.quick)


def document(trial: Trial) -> Verdict:
    """The trial as the verdict document."""
    outcome = overall(trial.checks)
    return Verdict(
        outcome=outcome,
        exit_code=_exit_code(trial, outcome),
        summary=summarise(outcome, trial.checks),
        head=trial.head,
        base=trial.base,
        context=context(os.environ),
        rules=Rules.model_validate(trial.settings, from_attributes=True),
        evaluation=_evaluation(trial),
        arms={name: arm.document() for name, arm in trial.arms.items()},
        checks=trial.checks,
        findings=_findings(trial),
        seconds=trial.seconds,
    )


def _exit_code(trial: Trial, outcome: Outcome) -> int:
    if any(check.name == BROKEN_HEAD for check in trial.checks):
        return 2
    lenient = trial.settings.cannot_tell == "green" and outcome is Outcome.CANNOT_TELL
    return 0 if lenient else outcome.exit_code


def _findings(trial: Trial) -> list[Finding]:
    # A stage that found broken data has written what it found, and then stopped the graph.
    path = trial.root / paths.VALIDATION
    return [Finding(**one) for one in read_json(path)["findings"]] if path.exists() else []


def summarise(outcome: Outcome, checks: list[Check]) -> str:
    """The verdict and the check that made it, in one line."""
    made = [check for check in checks if check.gating and check.outcome is outcome]
    told = [check for check in made if check.estimate] or made
    return f"{outcome}: {told[0].title}: {told[0].message}" if told else f"{outcome}: nothing was checked"


def _evaluation(trial: Trial) -> Evaluation | None:
    if trial.evidence is None:
        return None
    block = trial.settings.block
    rows = trial.evidence.rows(block)
    return Evaluation(
        fingerprint=trial.arms["head"].fingerprint,
        rows=len(rows.label),
        positives=int(rows.label.sum()),
        clusters=rows.entities,
        positive_clusters=rows.positive_entities,
        cluster="entity" if block is None else f"entity x {block} minutes",
    )
