"""What an experiment found: held or not, and in a sentence what was seen."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from clockwork.gate.catalogue import CheckId

OF_THE_COMMIT = (
    CheckId.LOOKS_AHEAD,
    CheckId.OLDER_HISTORY,
    CheckId.SERVED_COLUMNS,
    CheckId.ELSEWHERE,
    CheckId.FEATURES_DECLARED,
    CheckId.SINGLE_FEATURE,
)
OF_A_MODEL = (
    CheckId.OWN_SCORES,
    CheckId.SERVED,
    CheckId.SAME_AGAIN,
    CheckId.ELSEWHERE,
    CheckId.TRAINING_BLIND,
)


@dataclass(frozen=True)
class Probe:
    """One experiment. `algorithm` is set where it was made on one algorithm alone."""

    id: CheckId
    held: bool
    message: str
    algorithm: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The probe as plain values for JSON."""
        return asdict(self)


def attempt(check: CheckId, make: Callable[[], Probe]) -> Probe:
    """The probe that `make` gives; one that cannot be made does not hold, and says why."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - whatever head's code raises is what was found
        return broken(check, error)


def attempt_each(
    check: CheckId, algorithms: Sequence[str | None], make: Callable[[], list[Probe]]
) -> list[Probe]:
    """The probes `make` gives; where it cannot, one for each of `algorithms` that does not hold."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - whatever head's code raises is what was found
        return [broken(check, error, one) for one in algorithms]


def broken(check: CheckId, error: Exception, algorithm: str | None = None) -> Probe:
    """A probe that `error` ended: it does not hold, and says why in a line."""
    reason = " ".join(str(error).split()) or "no reason given"
    return Probe(
        check, False, f"this could not be tried: {type(error).__name__}: {reason}", algorithm
    )
