"""Was head trained as base was: on as many rows, with the same libraries?"""

from clockwork.compare.built_commit import BuiltCommit
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.support.checkout import Checkout
from clockwork.support.libraries import LIBRARIES, interpreter, moved_libraries, trouble
from clockwork.support.pinned import data_hash

ROOM_SAME_DATA, ROOM_OTHER_DATA = 0.02, 0.5  # shares by which a count of training rows may move


def same_training(head: BuiltCommit, base: BuiltCommit) -> list[Check]:
    """Whether each learner saw about as many rows and positives as base's in all and in each slice.

    Fewer or more are suspicious until a person explains them: rows lost to a filter or doubled by a
    join.
    """
    same = data_hash(head.checkout) == data_hash(base.checkout)
    room = ROOM_SAME_DATA if same else ROOM_OTHER_DATA
    checks = []
    for algorithm in sorted(set(head.algorithms()) & set(base.algorithms())):
        of_head, of_base = (commit.about(algorithm).trained_on for commit in (head, base))
        moved = [
            f"{name}: {of_head.get(name, 0)} rows, base {of_base.get(name, 0)}"
            for name in sorted(of_head | of_base)
            if abs(of_head.get(name, 0) - of_base.get(name, 0))
            > room * max(of_base.get(name, 0), 1)
        ]
        outcome = Outcome.SUSPICIOUS if moved else Outcome.PASS
        message = (
            f"{len(moved)} counts moved, {moved[0]}"
            if moved
            else f"{of_head['all']} rows, about as many as base's"
        )
        checks.append(Check(CheckId.TRAINED_ON, outcome, message, algorithm=algorithm))
    return checks


def lock_of(checkout: Checkout, sha: str = "HEAD") -> str:
    """The requirements.lock that commit `sha` holds; empty where it has none."""
    return (checkout.committed(LIBRARIES, sha) or b"").decode(errors="replace")


def same_dependencies(head: BuiltCommit, base: BuiltCommit) -> Check:
    """Whether both ran with the libraries of their own requirements.lock.

    Where base could not, nothing is equal.
    """
    of_head, of_base = (lock_of(commit.checkout) for commit in (head, base))
    moved = moved_libraries(of_head, of_base)
    if not moved:
        same = "is base's" if of_head == of_base else "changed, but for no package or version"
        return Check(CheckId.DEPENDENCIES, Outcome.PASS, f"{LIBRARIES} {same}", gating=False)
    message = (
        f"{LIBRARIES} changed "
        f"({', '.join(moved[:3])}{f' and {len(moved) - 3} more' if moved[3:] else ''})"
    )
    if interpreter(base.root) == interpreter(head.root):
        why = trouble(base.root) or "they were not installed"
        message = f"{message}, and base ran with head's libraries, for its own cannot be had: {why}"
        return Check(CheckId.DEPENDENCIES, Outcome.NOT_COMPARABLE, message)
    return Check(
        CheckId.DEPENDENCIES,
        Outcome.PASS,
        f"{message}: each commit ran with its own libraries",
        gating=False,
    )
