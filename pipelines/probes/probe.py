"""What an experiment found: held or not, and in a sentence what was seen."""

from dataclasses import asdict, dataclass
from typing import Any


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
