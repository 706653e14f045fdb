"""Was head trained as base was: on as many rows, with the same libraries?"""

from pipelines.arms import Arm
from pipelines.gate.outcome import Check, Outcome

ROOM_SAME_DATA, ROOM_OTHER_DATA = 0.02, 0.5  # shares by which a count of training rows may move


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
