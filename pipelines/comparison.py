"""Two arms -> evidence and checks: are these the same rows, did nobody train on them, is head no worse?"""

from pathlib import Path

from pipelines.arms import Arm, on_rows_of, trained_on
from pipelines.errors import BadInput
from pipelines.evidence import Evidence, read_scores
from pipelines.gate.decide import Question, decide
from pipelines.gate.noninferiority import Rules
from pipelines.gate.outcome import Check, Outcome
from pipelines.paths import PROBES
from pipelines.settings.gate import GateSettings, gate_settings
from pipelines.stages.tables import read_json

SKIPPED = Check("experiments on head's code", Outcome.CANNOT_TELL, "left out: this run is a quick one", gating=False)
ROOM_SAME_DATA, ROOM_OTHER_DATA = 0.02, 0.5  # shares by which a count of training rows may move


def compare_arms(
    head: Arm, base: Arm, settings: GateSettings, *, quick: bool = False
) -> tuple[list[Check], Evidence | None]:
    """Every check on two arms, and the scores they rest on; no evidence where base cannot read head's rows."""
    keys, key = head.judging, head.fingerprint
    checks = [
        same_rows(head, base),
        *unseen_rows(head, base),
        *same_training(head, base),
        same_dependencies(head, base),
    ]
    checks += [SKIPPED] if quick else probe_checks(head, settings)
    if head.document().data != base.document().data or key != base.fingerprint:
        try:
            base = on_rows_of(base, head, key + head.document().data)
        except BadInput as error:
            return [*checks, Check("base reads the rows", Outcome.NOT_COMPARABLE, str(error))], None
    roles = all_roles(settings, base.root)
    evidence = Evidence(keys, read_scores(head.scores, keys, roles), read_scores(base.scores, keys, roles))
    question = ask(settings, roles, seed=int(key[:8], 16))
    return [*checks, *decide(question, evidence.rows(settings.block), evidence.head, evidence.base)], evidence


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
    return [
        Check(
            probe["name"],
            Outcome.PASS if probe["held"] else Outcome.SUSPICIOUS,
            probe["message"],
            gating=settings.algorithms.get(probe["algorithm"], "gating") == "gating",
            algorithm=probe["algorithm"],
        )
        for probe in read_json(head.root / PROBES)["probes"]
    ]


def all_roles(settings: GateSettings, base_root: Path) -> dict[str, bool]:
    """Which algorithms gate: head's by head's settings, and those that only base has, which head cannot drop."""
    ours = {name: role == "gating" for name, role in settings.algorithms.items()}
    theirs = {name: role == "gating" for name, role in gate_settings(base_root).algorithms.items()}
    return {**theirs, **ours}


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
