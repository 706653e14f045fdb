"""What an experiment found: held or not, and in a sentence what was seen."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

LOOKS_AHEAD = "features do not look ahead"
HISTORY = "features need no older history"
SERVED_ONLY = "features need only what serving has"
ELSEWHERE = "another day and place change nothing"
DECLARED = "features are as declared"
ALONE = "no feature predicts alone"
OWN_SCORES = "scores are the models' own, row by row"
SERVED = "the served model scores as the pipeline does"
UNSEEN = "training never saw the judging rows"
AGAIN = "training again gives the same model"
OF_THE_COMMIT = (LOOKS_AHEAD, HISTORY, SERVED_ONLY, ELSEWHERE, DECLARED, ALONE)
OF_A_MODEL = (OWN_SCORES, SERVED, AGAIN, ELSEWHERE, UNSEEN)


@dataclass(frozen=True)
class Probe:
    """One experiment. `algorithm` is set where it was made on one algorithm alone."""

    name: str
    held: bool
    message: str
    algorithm: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The probe as plain values for JSON."""
        return asdict(self)


def attempt(name: str, make: Callable[[], Probe]) -> Probe:
    """The probe that `make` gives; one that cannot be made does not hold, and says why."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - whatever head's code raises is what was found
        return broken(name, error)


def attempt_each(name: str, algorithms: Sequence[str | None], make: Callable[[], list[Probe]]) -> list[Probe]:
    """The probes that `make` gives; where it cannot, one for each of `algorithms` that does not hold."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - whatever head's code raises is what was found
        return [broken(name, error, one) for one in algorithms]


def broken(name: str, error: Exception, algorithm: str | None = None) -> Probe:
    """A probe that `error` ended: it does not hold, and says why in a line."""
    reason = " ".join(str(error).split()) or "no reason given"
    return Probe(name, False, f"this could not be tried: {type(error).__name__}: {reason}", algorithm)
