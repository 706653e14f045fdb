"""What a tick is given and gives, and the state of a fleet between two ticks."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.learning.ticks.cells import Cells, Floats
from clockwork.settings.features import FeatureSettings

Minutes = npt.NDArray[np.int64]
Score = Callable[[Floats], npt.NDArray[np.float64]]
BLOCK = 4096  # entities a ring at most: what one merge touches then stays in the cache of a core
NEVER = -(2**62)  # the last minute of a slot without an entity
FEW = 16  # entities at least by which a ring grows


@dataclass(frozen=True)
class Rows:
    """Raw rows as sent: entity names, minutes, float32 values (rows, metrics), NaN where none."""

    entity: npt.NDArray[Any]
    time: Minutes
    values: Floats

    def take(self, at: npt.NDArray[Any]) -> "Rows":
        """Some of them."""
        return Rows(self.entity[at], self.time[at], self.values[at])


@dataclass(frozen=True)
class Scores:
    """What a tick gives: each row's entity, minute and score, and what was refused.

    Also whether a row had a score before.
    """

    minute: int
    entity: npt.NDArray[Any]
    time: Minutes
    score: npt.NDArray[np.float64]
    again: npt.NDArray[np.bool_]
    refused: dict[str, list[int]]
    counts: dict[str, int]


@dataclass
class State:
    """All that a fleet's next scores depend on.

    `kind` is what its rings are. `recent`: entities that came together, and where each is.
    """

    how: FeatureSettings
    step: int
    metrics: list[str]
    late: int
    score: Score
    kind: type[Cells]
    block: int = BLOCK
    minute: int | None = None
    rings: list[Cells] = field(default_factory=list)
    phases: list[int] = field(default_factory=list)
    place: dict[Any, int] = field(default_factory=dict)
    names: list[npt.NDArray[Any]] = field(default_factory=list)
    seen: list[Minutes] = field(default_factory=list)
    free: dict[int, list[int]] = field(default_factory=dict)
    total: Counter[str] = field(default_factory=Counter)
    recent: tuple[list[Any], npt.NDArray[np.intp]] = field(
        default_factory=lambda: ([], np.empty(0, dtype=np.intp))
    )

    @property
    def bytes(self) -> int:
        """What the rings hold in memory."""
        return sum(ring.bytes for ring in self.rings)

    def add(self, phase: int, slots: int) -> None:
        """One ring more, for `slots` entities whose minutes leave the remainder `phase`."""
        late = self.late // self.step
        self.rings.append(self.kind(self.how, self.step, self.metrics, slots, late))
        self.phases.append(phase)
        self.names.append(np.full(slots, None, dtype=object))
        self.seen.append(np.full(slots, NEVER, dtype=np.int64))

    def open(self, phase: int, slots: int) -> None:
        """Make room for `slots` entities more of `phase`, as far as its newest ring holds them."""
        number = max((at for at, its in enumerate(self.phases) if its == phase), default=-1)
        have = len(self.seen[number]) if number >= 0 else self.block
        if have >= self.block:
            number, have = len(self.rings), 0
            self.add(phase, 0)
        more = min(max(slots, have // 64, FEW), self.block - have)
        self.rings[number].grow(more)
        self.names[number] = np.concatenate([self.names[number], np.full(more, None, dtype=object)])
        self.seen[number] = np.concatenate(
            [self.seen[number], np.full(more, NEVER, dtype=np.int64)]
        )
        first = number * self.block + have
        self.free[phase] = [*range(first + more - 1, first - 1, -1), *self.free.get(phase, [])]

    def slot(self, name: Any, phase: int, new: int = 1) -> int:
        """Where a new entity is kept from now on; `new` others of its phase are expected too."""
        if not self.free.get(phase):
            self.open(phase, new)
        self.place[name] = slot = self.free[phase].pop()
        self.names[slot // self.block][slot % self.block] = name
        return slot
