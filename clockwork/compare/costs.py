"""What head costs against base, by both commits' own code, turn by turn on one machine.

Only the ratios mean much.
"""

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

from clockwork.compare.choice import at_one_choice
from clockwork.compare.cost_worker import Clock, running
from clockwork.gate.outcome import Check, Outcome
from clockwork.learning.about import FILE, read_about
from clockwork.support.errors import BadInput
from clockwork.support.paths import CLOCK, MODELS
from clockwork.verdict.costs import KINDS, Cost, Kind

PATIENCE = 120.0  # seconds of waiting for one answer
BUDGET = 10.0  # seconds for all rounds, about
# Budgets that a first round may take: it may import libraries, which a busy machine is slow to
# read.
FIRST = 3


def cost_checks(costs: Sequence[Cost], limits: Mapping[str, float]) -> list[Check]:
    """Whether head costs at most `limits` times what base does; a limit for each of `KINDS`."""
    return [_check(cost, KINDS[cost.name], limits[cost.name]) for cost in costs]


def _check(cost: Cost, kind: Kind, limit: float) -> Check:
    # A green message holds nothing measured: the same commits must give the same verdict.
    outcome, message, gating = (
        Outcome.PASS,
        f"at most {limit:g} times base's {kind.unit}, plus {kind.plus}",
        True,
    )
    if not all(0 < value < math.inf for value in (cost.head, cost.base)):
        outcome, message = (
            Outcome.INVALID,
            f"not measured: head {cost.head:g}, base {cost.base:g} ({kind.unit})",
        )
    elif cost.too_much(limit):
        gating = cost.same_choice is None or cost.same_choice > cost.limit(limit)
        outcome, message = (
            Outcome.REGRESSION,
            f"{cost.ratio:.2f} times base's {kind.unit}, more than ",
        )
        message += f"{cost.limit(limit):.3g} times"
        if cost.same_choice is not None:
            whose = "" if gating else ", which is the search's choice alone"
            message += (
                f"{whose}: "
                f"{cost.same_choice:.2f} times with the parameters that base's search chose"
            )
    return Check(kind.check, outcome, message, gating=gating, algorithm=cost.algorithm)


def measure(
    head: Path,
    base: Path,
    algorithms: Sequence[str],
    limits: Mapping[str, float] | None = None,
    patience: float = PATIENCE,
    cancelled: Event | None = None,
) -> list[Cost]:
    """The costs of the checkouts `head` and `base`, the least of a few rounds.

    Both must have run their graph. A model that costs more than `limits` is measured once more with
    what base's search chose, on both.

    Raises `BadInput` where a checkout has no clock, or its clock ends, speaks wrongly or is silent
    for `patience`, and soon after `cancelled` is set.
    """
    cancelled = cancelled or Event()
    sizes = [
        Cost("size", one, _size(head, "head", MODELS / one), _size(base, "base", MODELS / one))
        for one in algorithms
    ]
    jobs = [
        ("features", None),
        *((kind, one) for one in algorithms for kind in ("scoring", "training")),
    ]
    with (
        running(head, "head", patience, cancelled) as head_clock,
        running(base, "base", patience, cancelled) as base_clock,
    ):
        for clock in (head_clock, base_clock):
            clock.ready()
        costs = [
            *(_cost(head_clock, base_clock, kind, one, BUDGET / len(jobs)) for kind, one in jobs),
            *sizes,
        ]
        over = {
            one.algorithm
            for one in costs
            if limits and one.algorithm and one.too_much(limits[one.name])
        }
        same = {one: _at_one_choice(head_clock, base_clock, one) for one in sorted(over)}
    return [
        replace(one, same_choice=same.get(one.algorithm or "", {}).get(one.name)) for one in costs
    ]


def _size(root: Path, commit: str, folder: Path) -> float:
    try:
        shipped = root / folder / read_about(root / folder).shipped
        return float(sum(path.stat().st_size for path in shipped.rglob("*") if path.is_file()))
    except (BadInput, OSError):
        raise BadInput(
            f"{commit}'s {folder / FILE} names no model that ships; run `make run` there"
        ) from None


def _cost(head: Clock, base: Clock, kind: str, algorithm: str | None, share: float) -> Cost:
    job = " ".join([KINDS[kind].job, algorithm or ""]).strip()
    of_head, of_base = _race((head, job), (base, job), KINDS[kind].rounds, share)
    return Cost(kind, algorithm, min(of_head), min(of_base), _noise(of_base))


def _at_one_choice(head: Clock, base: Clock, algorithm: str) -> dict[str, float]:
    """How many times base's costs head's are with what base's search chose, on both.

    Empty where that is unknown.
    """
    params = at_one_choice(head.root, base.root, algorithm)
    if params is None:
        return {}
    train = [f"train-with {algorithm} {json.dumps(one, separators=(',', ':'))}" for one in params]
    score, share = f"score-with {algorithm}", BUDGET / len(KINDS)
    try:
        trained = _race((head, train[0]), (base, train[1]), KINDS["training"].rounds, share)
        scored = _race((head, score), (base, score), KINDS["scoring"].rounds, share)
        sizes = [_size(one.root, one.side, CLOCK / algorithm) for one in (head, base)]
    except BadInput:  # a base of before there was such a job, or code that takes no such parameters
        return {}
    both = {"training": map(min, trained), "scoring": map(min, scored), "size": sizes}
    return {name: Cost(name, algorithm, *pair).ratio for name, pair in both.items()}


def _race(
    of_head: tuple[Clock, str], of_base: tuple[Clock, str], rounds: int, share: float
) -> tuple[list[float], list[float]]:
    """The times of both clocks for their jobs, a round for each."""
    taken: dict[str, list[float]] = {"head": [], "base": []}
    since = time.monotonic()
    for at in range(rounds):
        # Turn by turn, and the other one first in every other round: what slows the machine down
        # slows both commits.
        for clock, job in (of_base, of_head) if at % 2 else (of_head, of_base):
            taken[clock.side].append(clock.ask(job))
        now = time.monotonic()
        if now - since > (share if at else FIRST * BUDGET):
            break
        since = since if at else now
    return taken["head"], taken["base"]


def _noise(times: list[float]) -> float:
    """How many times the one half of the rounds the other half takes.

    Both are of the same code, on the same machine, just now.
    """
    halves = [min(times[at::2], default=0.0) for at in range(2)]
    return max(halves) / min(halves) if min(halves) > 0 else 1.0
