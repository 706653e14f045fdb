"""An engine upgrade: base's gate decides; what head's would end otherwise is shown beside it."""

from collections.abc import Sequence

from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome

MOST = 5  # checks in a message
Asked = tuple[str, str | None, str | None, str | None]


def engines_agree(by_base: Sequence[Check], by_head: Sequence[Check]) -> Check:
    """Whether both engines end every check alike; reported, and never what decides."""
    base, head = ({_asked(check): check for check in checks} for checks in (by_base, by_head))
    differing = [
        asked for asked in {**base, **head} if _outcome(base, asked) != _outcome(head, asked)
    ]
    if not differing:
        return Check(
            CheckId.ENGINES_AGREE, Outcome.PASS, f"all {len(head)} checks end alike", gating=False
        )
    each = [
        (
            f"{(base.get(asked) or head[asked]).title}: "
            f"{_outcome(base, asked)} -> {_outcome(head, asked)}"
        )
        for asked in differing[:MOST]
    ]
    more = f" and {len(differing) - MOST} more" if len(differing) > MOST else ""
    message = (
        f"{len(differing)} of {len({**base, **head})} checks end otherwise by head's engine: "
        f"{', '.join(each)}{more}"
    )
    return Check(CheckId.ENGINES_AGREE, Outcome.CANNOT_TELL, message, gating=False)


def _asked(check: Check) -> Asked:
    return check.id, check.algorithm, check.metric, check.slice


def _outcome(checks: dict[Asked, Check], asked: Asked) -> str:
    return str(checks[asked].outcome) if asked in checks else "not asked"
