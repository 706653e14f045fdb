"""Two arms -> evidence and checks: are these the same rows, did nobody train on them, is head no worse?"""

import hashlib
from dataclasses import replace
from pathlib import Path

from pipelines.arms import Arm, on_rows_of, trained_on
from pipelines.evidence import Evidence, read_scores
from pipelines.gate.decide import Question, decide
from pipelines.gate.noninferiority import Rules
from pipelines.gate.outcome import Check, Outcome
from pipelines.paths import PROBES
from pipelines.probes.probe import OF_A_MODEL, OF_THE_COMMIT
from pipelines.settings.gate import GateSettings, gate_settings
from pipelines.stages.tables import read_json

SKIPPED = Check("experiments on head's code", Outcome.CANNOT_TELL, "left out: this run is a quick one", gating=False)
ROOM_SAME_DATA, ROOM_OTHER_DATA = 0.02, 0.5  # shares by which a count of training rows may move


def line_up(head: Arm, base: Arm) -> Arm:
    """`base` with scores for head's judging rows: its own, or, where rows or data differ, made by its code from head's.

    Raises `BadInput` where base cannot read head's rows.
    """
    data = head.document().data
    if data == base.document().data and head.fingerprint == base.fingerprint:
        return base
    return on_rows_of(base, head, hashlib.sha256(f"{head.fingerprint} {data}".encode()).hexdigest())


def gather(head: Arm, base: Arm, settings: GateSettings) -> Evidence:
    """The judging rows and the scores of both arms, which must be lined up."""
    roles = all_roles(settings, base.root)
    keys = head.judging
    ours, theirs = ([name for name in roles if name in arm.algorithms()] for arm in (head, base))
    return Evidence(keys, read_scores(head.scores, keys, ours), read_scores(base.scores, keys, theirs))


def judge_arms(head: Arm, base: Arm, evidence: Evidence, settings: GateSettings, *, quick: bool) -> list[Check]:
    """Every check on two arms that are lined up, the certain ones first."""
    roles = all_roles(settings, base.root)
    counts = [replace(check, gating=roles.get(check.algorithm or "", True)) for check in same_training(head, base)]
    before = [same_rows(head, base), *unseen_rows(head, base), *counts]
    before += [same_dependencies(head, base), *([SKIPPED] if quick else probe_checks(head, settings))]
    question = ask(settings, roles, seed=int(head.fingerprint[:8], 16))
    return [*before, *decide(question, evidence.rows(settings.block), evidence.head, evidence.base)]


def same_rows(head: Arm, base: Arm) -> Check:
    """Whether head is judged by the rows and labels that base is judged by."""
    ours, theirs = head.judging, base.judging
    if head.fingerprint == base.fingerprint:
        return Check("same judging rows", Outcome.PASS, f"{len(ours)} rows, the same as base's")
    said = f"head is judged by {len(ours)} rows, base by {len(theirs)}, or their labels differ: an owner must look"
    return Check("same judging rows", Outcome.NOT_COMPARABLE, said)


def unseen_rows(head: Arm, base: Arm) -> list[Check]:
    """Whether either arm trained on rows that judge."""
    checks = []
    for name, arm in (("head", head), ("base", base)):
        seen = trained_on(arm, head.judging)
        outcome = Outcome.NOT_COMPARABLE if seen else Outcome.PASS
        said = f"{name} trained on {seen} of the judging rows" if seen else f"{name} trained on none of them"
        checks.append(Check(f"judging rows unseen by {name}", outcome, said))
    return checks


def same_training(head: Arm, base: Arm) -> list[Check]:
    """Whether each learner saw about as many rows and positives as base's, in all and in each slice.

    Fewer or more are suspicious until a person explains them: rows lost to a filter or doubled by a join.
    """
    room = ROOM_SAME_DATA if head.document().data == base.document().data else ROOM_OTHER_DATA
    checks = []
    for algorithm in sorted(set(head.algorithms()) & set(base.algorithms())):
        ours, theirs = (arm.about(algorithm).get("trained_on", {}) for arm in (head, base))
        moved = [
            f"{name}: {ours.get(name, 0)} rows, base {theirs.get(name, 0)}"
            for name in sorted(ours | theirs)
            if abs(ours.get(name, 0) - theirs.get(name, 0)) > room * max(theirs.get(name, 0), 1)
        ]
        outcome = Outcome.SUSPICIOUS if moved else Outcome.PASS
        said = f"{len(moved)} counts moved, {moved[0]}" if moved else f"{ours['all']} rows, about as many as base's"
        checks.append(Check("trained on as many rows", outcome, said, algorithm=algorithm))
    return checks


def same_dependencies(head: Arm, base: Arm) -> Check:
    """Whether requirements.lock is base's; where it is not, both arms ran with head's, and that is said."""
    same = head.document().dependencies == base.document().dependencies
    said = "requirements.lock is base's" if same else "requirements.lock changed: both arms ran with head's libraries"
    return Check("dependencies", Outcome.PASS, said, gating=False)


def probe_checks(head: Arm, settings: GateSettings) -> list[Check]:
    """What the experiments on head found: a broken one is suspicious, until a person explains it."""
    if not (head.root / PROBES).exists():
        return [Check("probes", Outcome.INVALID, f"{PROBES} is missing: the experiments on head did not run")]
    found = {(probe["name"], probe["algorithm"]): probe for probe in read_json(head.root / PROBES)["probes"]}
    gating = [name for name, role in settings.algorithms.items() if role == "gating"]
    expected: list[tuple[str, str | None]] = [(name, None) for name in OF_THE_COMMIT]
    expected += [(name, algorithm) for name in OF_A_MODEL for algorithm in gating]
    checks = [
        Check(name, Outcome.INVALID, "this experiment did not run", algorithm=algorithm)
        for name, algorithm in expected
        if (name, algorithm) not in found
    ]
    for (name, algorithm), probe in found.items():
        outcome = Outcome.PASS if probe["held"] else Outcome.SUSPICIOUS
        gates = algorithm is None or algorithm in gating
        checks.append(Check(name, outcome, probe["message"], gating=gates, algorithm=algorithm))
    return checks


def all_roles(settings: GateSettings, base_root: Path) -> dict[str, bool]:
    """Which algorithms gate: those that gate on either side, so that head can neither drop nor demote one."""
    ours = {name: role == "gating" for name, role in settings.algorithms.items()}
    theirs = {name: role == "gating" for name, role in gate_settings(base_root).algorithms.items()}
    return {name: theirs.get(name, False) or ours.get(name, False) for name in {**theirs, **ours}}


def ask(settings: GateSettings, roles: dict[str, bool], seed: int) -> Question:
    """The settings as the gate's question; `seed` makes the same rows give the same verdict."""
    return Question(
        algorithms=roles,
        primary=settings.primary,
        further=tuple(settings.further),
        rules=Rules(settings.margin, settings.alpha_pass, settings.alpha_block, settings.credible_gain),
        resamples=settings.resamples,
        min_positive_clusters=settings.min_positive_clusters,
        seed=seed,
    )
