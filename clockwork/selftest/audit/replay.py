"""Comparisons from many trainings that differ by the seed alone, and what the gate says of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from clockwork.gate.decide import measured_places, rule
from clockwork.gate.metrics import Rows, Scored
from clockwork.gate.outcome import Outcome, overall
from clockwork.gate.pairs import Pair, measure_at
from clockwork.gate.places import Bools, Place
from clockwork.gate.question import Question
from clockwork.gate.resamples import Resamples
from clockwork.gate.tasks.binary import replaced
from clockwork.gate.variance import Spread

Floats = npt.NDArray[np.float64]
Runs = npt.NDArray[np.intp]
Step = Callable[[], None]


@dataclass(frozen=True)
class Trainings:
    """Many runs of one algorithm on one set of rows.

    Each is measured everywhere once: `spreads`, one for each place.
    """

    algorithm: str
    places: Sequence[Place]
    spreads: Sequence[Spread]

    @property
    def runs(self) -> int:
        """How many trainings there are."""
        return len(self.spreads[0].point)


@dataclass(frozen=True)
class Draws:
    """What the gate said of many draws: at first look, in the end, the primary metric's numbers.

    `delta` and `minimum_detectable` (draws,) are shares of base's value.
    """

    first: list[Outcome]
    final: list[Outcome]
    delta: Floats
    minimum_detectable: Floats

    def share(self, *, last: bool, code: int) -> float:
        """The share of draws that ended with an exit code, in the end or at the first look."""
        message = self.final if last else self.first
        return sum(outcome.exit_code == code for outcome in message) / len(message)


def measure(
    algorithm: str,
    runs: Floats,
    rows: Rows,
    slices: Mapping[str, Bools],
    question: Question,
) -> Trainings:
    """Measure `runs` (trainings, rows) by every metric and slice that the question asks for."""
    resamples = Resamples(rows.entities, question.resamples, question.seed)
    _, threshold = question.thresholds_of(algorithm)
    scored = [Scored(rows, run, threshold) for run in runs]
    where = measured_places(question, rows, slices)
    return Trainings(algorithm, where, measure_at(where, scored, resamples))


def draw(
    head: Trainings,
    base: Trainings,
    question: Question,
    sizes: tuple[int, int],
    draws: int,
    step: Step = lambda: None,
) -> Draws:
    """Let the gate judge `draws` times: a few runs of `head` and then more against many of `base`.

    No seed is in both. `sizes` are head's runs at the first look and base's runs; at the second
    look head has as many as base. `step` is called after each draw.
    """
    few, many = sizes
    generator = np.random.default_rng(question.seed)
    first, final, numbers = [], [], []
    for _ in range(draws):
        order = generator.permutation(head.runs)
        head_runs, base_runs = order[: head.runs - many], order[head.runs - many :]
        outcome, delta, detectable = _judge(head, base, head_runs[:few], base_runs, question)
        first.append(outcome)
        unsure = outcome.exit_code == 3
        if unsure and len(head_runs) > few:
            outcome, _, _ = _judge(head, base, head_runs[:many], base_runs, question)
        final.append(outcome)
        numbers.append((delta, detectable))
        step()
    delta, detectable = np.array(numbers).T
    return Draws(first, final, delta, detectable)


def _judge(
    head: Trainings, base: Trainings, head_runs: Runs, base_runs: Runs, question: Question
) -> tuple[Outcome, float, float]:
    pairs = [
        Pair(
            place.metric,
            place.slice,
            mine.take(head_runs),
            its.take(base_runs),
            place.rows.positive_entities,
            identical=False,
        )
        for place, mine, its in zip(head.places, head.spreads, base.spreads, strict=True)
    ]
    checks = rule(pairs, question, head.algorithm)
    primary = checks[0].estimate
    assert primary
    return (
        overall(checks),
        primary.delta / abs(primary.base),
        primary.minimum_detectable / abs(primary.base),
    )


def seed_churn(runs: Floats, rows: Rows, question: Question, algorithm: str) -> Floats:
    """The share of decisions, like alerts, where every two of `runs` (trainings, rows) differ."""
    pairs = np.triu_indices(len(runs), k=1)
    if question.task.alerts:
        _, threshold = question.thresholds_of(algorithm)
        return replaced(runs, runs, (threshold, threshold))[pairs]
    return question.task.replaced(rows, runs, runs)[pairs]
