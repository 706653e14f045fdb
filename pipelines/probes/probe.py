"""What an experiment found: held or not, and in a sentence what was seen."""

from dataclasses import asdict, dataclass
from typing import Any

LOOKS_AHEAD = "features do not look ahead"
DECLARED = "features are as declared"
ALONE = "no feature predicts alone"
OWN_SCORES = "scores are the models' own, row by row"
SERVED = "the served model scores as the pipeline does"
UNSEEN = "training never saw the judging rows"
AGAIN = "training again gives the same model"
OF_THE_COMMIT = (LOOKS_AHEAD, DECLARED, ALONE)
OF_A_MODEL = (OWN_SCORES, SERVED, AGAIN, UNSEEN)


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
