"""What head costs against base, by both commits' own code, turn by turn on one machine: only the ratios mean much."""

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.clock import Clock, running
from pipelines.errors import BadInput
from pipelines.gate.outcome import Check, Outcome
from pipelines.paths import MODELS

PATIENCE = 120.0  # seconds of waiting for one answer
BUDGET = 10.0  # seconds for all rounds, about


@dataclass(frozen=True)
class Kind:
    """One kind of cost: its check, its unit, the `room` that is too little to judge, what a clock does for it."""

    check: str
    unit: str
    room: float
    plus: str
    job: str = ""
    rounds: int = 0


TIME = ("processor time", 0.002, "2 ms")
KINDS = {
    "features": Kind("builds features about as quickly as base", *TIME, "features", 7),
    "scoring": Kind("scores about as quickly as base", *TIME, "score", 7),
    "training": Kind("trains about as quickly as base", *TIME, "train", 3),
    "size": Kind("model about as small as base's", "bytes", 10_000, "10,000"),
}


@dataclass(frozen=True)
class Cost:
    """What one of `KINDS` takes on both arms: seconds of processor time, or bytes of the model that ships."""

    name: str
    algorithm: str | None
    head: float
    base: float

    @property
    def ratio(self) -> float:
        """How many times base's cost head's is."""
        return self.head / self.base if self.base else math.inf


def cost_checks(costs: Sequence[Cost], limits: Mapping[str, float]) -> list[Check]:
    """Whether head costs at most `limits` times what base does; a limit for each name in `KINDS`."""
    return [_check(cost, KINDS[cost.name], limits[cost.name]) for cost in costs]


def _check(cost: Cost, kind: Kind, limit: float) -> Check:
    # A green message holds nothing measured: the same commits must give the same verdict.
    outcome, said = Outcome.PASS, f"at most {limit:g} times base's {kind.unit}, plus {kind.plus}"
    if not all(0 < value < math.inf for value in (cost.head, cost.base)):
        outcome, said = Outcome.INVALID, f"not measured: head {cost.head:g}, base {cost.base:g} ({kind.unit})"
    elif cost.head > limit * cost.base + kind.room:
        outcome, said = Outcome.REGRESSION, f"{cost.ratio:.2f} times base's {kind.unit}, more than {limit:g} times"
    return Check(kind.check, outcome, said, algorithm=cost.algorithm)


def measure(head: Path, base: Path, algorithms: Sequence[str], patience: float = PATIENCE) -> list[Cost]:
    """The costs of the checkouts `head` and `base`, the least of a few rounds; both must have run their graph.

    Raises `BadInput` where a checkout has no clock, or its clock ends, speaks wrongly or is silent for `patience`.
    """
    sizes = [Cost("size", one, _size(head, "head", one), _size(base, "base", one)) for one in algorithms]
    jobs = [("features", None), *((kind, one) for one in algorithms for kind in ("scoring", "training"))]
    with running(head, "head", patience) as ours, running(base, "base", patience) as theirs:
        for clock in (ours, theirs):
            clock.ready()
        return [*(_race(ours, theirs, kind, one, BUDGET / len(jobs)) for kind, one in jobs), *sizes]


def _size(root: Path, arm: str, algorithm: str) -> float:
    folder = MODELS / algorithm
    try:
        shipped = (
            root / folder / str(json.loads((root / folder / "about.json").read_text(encoding="utf-8"))["seeds"][0])
        )
        return float(sum(path.stat().st_size for path in shipped.rglob("*") if path.is_file()))
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        raise BadInput(f"{arm}'s {folder / 'about.json'} names no model that ships; run `make run` there") from None


def _race(ours: Clock, theirs: Clock, kind: str, algorithm: str | None, share: float) -> Cost:
    job = " ".join([KINDS[kind].job, algorithm or ""]).strip()
    least, since = {"head": math.inf, "base": math.inf}, time.monotonic()
    for at in range(KINDS[kind].rounds):
        # Turn by turn, and the other one first in every other round: what slows the machine down slows both arms.
        for clock in (theirs, ours) if at % 2 else (ours, theirs):
            least[clock.arm] = min(least[clock.arm], clock.ask(job))
        now = time.monotonic()
        if now - since > (share if at else BUDGET):
            break
        since = since if at else now  # the first round may import libraries: it stands alone only where it is long
    return Cost(kind, algorithm, least["head"], least["base"])
