"""Alerts as people want them: one as it begins, one an hour while it lasts, none for what flickers.

The rule is that of clockwork/gate/events.py: rows of an entity at or above the threshold are one
alert where they are neighbours or less than `merge` minutes apart. Beside it an alert that is open
lasts down to `clear` of the threshold.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.learning.ticks.state import Scores
from clockwork.settings.fleet import FleetSettings

GAP = 60  # minutes: rows further apart are no neighbours
LARGEST = np.finfo(np.float64).max


def in_json(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """`scores`, of any shape, with the largest numbers for infinite ones, which JSON has not."""
    return np.clip(scores, -LARGEST, LARGEST)


@dataclass
class Open:
    """An entity's alert: since when, last minute at or above, last row at all, highest score."""

    since: int
    last: int
    row: int
    top: float


@dataclass
class Alerts:
    """Which entities alert. `spacing` is the usual time between rows of an entity, in minutes."""

    threshold: float
    how: FleetSettings
    spacing: int = 1
    open: dict[str, Open] = field(default_factory=dict)
    minute: int = 0  # of the last tick

    def take(self, scores: Scores) -> list[tuple[str, int, float]]:
        """What is to be sent for the rows of one tick: entity, minute, score.

        Rows are taken in order of time; one that is older than the entity's last in an open alert
        changes nothing.
        """
        low = scores.score >= self.threshold
        known = np.fromiter(map(self.open.__contains__, scores.entity.tolist()), np.bool_, len(low))
        places = sorted(np.flatnonzero(low | known).tolist(), key=lambda at: int(scores.time[at]))
        score = in_json(scores.score)
        rows = [(scores.entity[at], int(scores.time[at]), float(score[at])) for at in places]
        sent = [row for row in rows if self._row(*row)]
        self.minute = scores.minute
        for name in self._over(max(self.how.merge, self.how.late)):  # no late row brings it again
            del self.open[name]
        return sent

    def _row(self, name: str, time: int, score: float) -> bool:
        one = self.open.get(name)
        if one and time <= one.row:
            return False
        neighbour = (
            one is not None and one.row == one.last and time - one.row <= max(GAP, self.spacing)
        )
        joined = one is not None and (neighbour or time - one.last < self.how.merge)
        if score < (self.threshold * self.how.clear if joined else self.threshold):
            if one:
                one.row = time
            return False
        if one is None or not joined:
            self.open[name] = Open(time, time, time, score)
            return True
        again = (time - one.since) // self.how.repeat != (one.last - one.since) // self.how.repeat
        one.last = one.row = time
        one.top = max(one.top, score)
        return again

    def _over(self, merge: int) -> set[str]:
        # Those that no row can join any more, where rows less than `merge` minutes apart do.
        reach = max(GAP, self.spacing, merge)
        ages = {name: self.minute - one.last for name, one in self.open.items()}
        return {
            name
            for name, one in self.open.items()
            if ages[name] > reach or (one.row > one.last and ages[name] >= merge)
        }

    def lasting(self) -> dict[str, Open]:
        """The open alerts. Others are kept while a late row could be one of theirs."""
        over = self._over(self.how.merge)
        return {name: one for name, one in self.open.items() if name not in over}

    def document(self, slices: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The open alerts, those of one slice together, the highest score first."""
        groups: dict[str, list[dict[str, Any]]] = {}
        lasting = self.lasting()
        for name, one in sorted(lasting.items(), key=lambda item: (-item[1].top, item[0])):
            groups.setdefault((slices or {}).get(name, ""), []).append(
                {"entity": name, **asdict(one)}
            )
        return {"threshold": self.threshold, "open": len(lasting), "slices": groups}
