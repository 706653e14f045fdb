"""What two commits cost, measured beside their other checks.

Two processes take turns, for which a thread waits.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from clockwork.compare.costs import cost_checks, measure
from clockwork.compare.line_up import all_roles, by_role
from clockwork.compare.measure import tried
from clockwork.compare.pair import Pair
from clockwork.gate.catalogue import CheckId
from clockwork.gate.outcome import Check, Outcome
from clockwork.verdict.costs import Cost

Costs = tuple[list[Cost], list[Check]]


@contextmanager
def costs_beside(pair: Pair) -> Iterator[Future[Costs]]:
    """Costs of `pair` and their checks, there when the block ends; an error in it cancels them."""
    cancelled = Event()
    with ThreadPoolExecutor(1) as threads:
        try:
            yield threads.submit(_measured, pair, cancelled)
        # An interrupt does not reach the processes, which are a group of their own.
        except BaseException:
            cancelled.set()
            raise


def _measured(pair: Pair, cancelled: Event) -> Costs:
    if pair.request.quick:
        return [], []
    costs = tried(CheckId.COSTS, lambda: _costs(pair, cancelled))
    return ([], [costs]) if isinstance(costs, Check) else costs


def _costs(pair: Pair, cancelled: Event) -> Costs:
    if not pair.changed():
        return [], [Check(CheckId.COSTS, Outcome.PASS, "code, settings and data are base's")]
    both = [name for name in pair.head.algorithms() if name in pair.base.algorithms()]
    limits = pair.settings.costs.model_dump()
    costs = measure(pair.head.root, pair.base.root, both, limits, cancelled=cancelled)
    return costs, by_role(cost_checks(costs, limits), all_roles(pair.settings, pair.base.root))
