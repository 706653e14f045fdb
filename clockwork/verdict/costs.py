"""What a commit costs against another, as data."""

import math
from dataclasses import dataclass

from clockwork.gate.catalogue import CheckId

NOISIEST = (
    1.5  # a limit is not raised further than so many times, however much base differs from itself
)


@dataclass(frozen=True)
class Kind:
    """A kind of cost: check, unit, `room` that is too little to judge, what a clock does for it."""

    check: CheckId
    unit: str
    room: float
    plus: str
    job: str = ""
    rounds: int = 0


TIME = ("processor time", 0.002, "2 ms")
KINDS = {
    "features": Kind(CheckId.COST_FEATURES, *TIME, "features", 7),
    "scoring": Kind(CheckId.COST_SCORING, *TIME, "score", 7),
    # A commit is trained once: a quarter of a second more costs nothing, and twice 8 ms is what a
    # busy machine adds.
    "training": Kind(CheckId.COST_TRAINING, "processor time", 0.25, "0.25 s", "train", 3),
    "size": Kind(CheckId.COST_SIZE, "bytes", 10_000, "10,000"),
}


@dataclass(frozen=True)
class Cost:
    """What one of `KINDS` takes on both commits.

    It is in seconds of processor time, or in bytes of the model that ships. `noise` is how many
    times base's own cost base's is, measured twice. `same_choice` is how many times base's cost
    head's is where both train with what base's search chose; None where that was not asked, or
    explains nothing.
    """

    name: str
    algorithm: str | None
    head: float
    base: float
    noise: float = 1.0
    same_choice: float | None = None

    @property
    def ratio(self) -> float:
        """How many times base's cost head's is."""
        return self.head / self.base if self.base else math.inf

    def limit(self, floor: float) -> float:
        """How many times base's cost is too much.

        It is `floor`, raised by what base differs from itself.
        """
        return floor * min(self.noise, NOISIEST)

    def too_much(self, floor: float) -> bool:
        """Whether head costs more than that, beyond what is too little to judge."""
        return self.head > self.limit(floor) * self.base + KINDS[self.name].room
