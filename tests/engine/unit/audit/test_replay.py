"""Comparisons drawn from trainings that differ by seed noise alone, or by more.

They show what the gate says, and of which runs.
"""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from clockwork.gate.decide import decide
from clockwork.gate.outcome import Outcome, overall
from clockwork.gate.places import Bools
from clockwork.gate.question import Question
from clockwork.gate.variance import Spread
from clockwork.selftest.audit.replay import Draws, Trainings, draw, measure, seed_churn
from tests.engine.unit.gate.conftest import Fleet, Floats

TRAININGS, SIZES = 20, (3, 10)
LUCK = 0.2


def doubtful(question: Question) -> Question:
    """The question with a margin so fine that some draws cannot be decided."""
    return replace(question, guardrails={}, rules=replace(question.rules, margin=0.018))


def halves(fleet: Fleet) -> dict[str, Bools]:
    return {
        "odd": fleet.rows.entity % 2 == 1,
        "even": fleet.rows.entity % 2 == 0,
        "few": fleet.rows.entity < 5,
    }


def trained(fleet: Fleet, skill: float = 2.0, start: int = 0) -> Floats:
    """The scores of many trainings that differ by the seed alone."""
    return fleet.runs(skill, seeds=TRAININGS, luck=LUCK, start=start)


def measured(fleet: Fleet, question: Question, skill: float = 2.0, start: int = 0) -> Trainings:
    return measure("trees", trained(fleet, skill, start), fleet.rows, halves(fleet), question)


@pytest.fixture(scope="module")
def base(fleet: Fleet, question: Question) -> Trainings:
    return measured(fleet, question)


@dataclass(frozen=True)
class Watched(Spread):
    """A spread that remembers which of its runs were taken."""

    taken: list[list[int]] = field(default_factory=list)

    def take(self, runs: npt.NDArray[np.intp]) -> Spread:
        self.taken.append(runs.tolist())
        return Spread.take(self, runs)


def watched(pool: Trainings) -> tuple[Trainings, list[list[int]]]:
    """The pool, and the runs of it that are taken for the primary metric."""
    first = Watched(pool.spreads[0].point, pool.spreads[0].resampled)
    return replace(pool, spreads=[first, *pool.spreads[1:]]), first.taken


def blocked(draws: Draws) -> float:
    return draws.share(last=True, code=1)


def test_nothing_but_seed_noise_is_hardly_ever_blocked_and_mostly_passes(
    base: Trainings, question: Question
) -> None:
    draws = draw(base, base, question, SIZES, 400)
    assert blocked(draws) <= 0.02
    assert draws.share(last=True, code=0) > 0.8
    assert abs(draws.delta.mean()) < draws.delta.std() / 4, "nobody is favoured"


def test_a_pool_worse_by_far_is_blocked_nearly_always(
    base: Trainings, fleet: Fleet, question: Question
) -> None:
    draws = draw(measured(fleet, question, skill=1.2, start=50), base, question, SIZES, 100)
    assert blocked(draws) >= 0.99
    assert draws.delta.max() < -question.rules.margin


def test_a_pool_better_by_far_is_a_gain(base: Trainings, fleet: Fleet, question: Question) -> None:
    draws = draw(measured(fleet, question, skill=2.3, start=50), base, question, SIZES, 50)
    assert draws.delta.min() > 0
    assert set(draws.final) <= {Outcome.IMPROVED, Outcome.PASS, Outcome.SUSPICIOUS}


def test_the_same_question_gives_the_same_draws_and_another_seed_others(
    base: Trainings, question: Question
) -> None:
    one, same, other = (
        draw(base, base, asked, SIZES, 30)
        for asked in (question, question, replace(question, seed=6))
    )
    assert (one.first, one.final) == (same.first, same.final)
    np.testing.assert_array_equal(one.delta, same.delta)
    np.testing.assert_array_equal(one.minimum_detectable, same.minimum_detectable)
    assert not np.array_equal(one.delta, other.delta)


def test_no_seed_is_on_both_sides_and_none_is_there_twice(
    base: Trainings, question: Question
) -> None:
    (head, ours), (other, theirs) = watched(base), watched(base)
    draw(head, other, question, SIZES, 100)
    assert len(ours) == len(theirs) >= 100
    for mine, its in zip(ours, theirs, strict=True):
        assert len({*mine, *its}) == len(mine) + len(its)
        assert (len(mine), len(its)) in {SIZES, (10, 10)}
    assert {run for mine in ours for run in mine} == set(range(TRAININGS)), (
        "every training has its turn"
    )


def test_only_what_cannot_be_decided_is_looked_at_again_with_as_many_runs_as_base(
    fleet: Fleet, question: Question
) -> None:
    asked = doubtful(question)
    base = measured(fleet, asked)
    head, ours = watched(measured(fleet, asked, skill=1.97, start=50))
    draws = draw(head, base, asked, SIZES, 60)
    unsure = sum(outcome.exit_code == 3 for outcome in draws.first)
    assert {outcome.exit_code for outcome in draws.first} == {0, 1, 3}, (
        "there are some of each kind"
    )
    assert [len(mine) for mine in ours].count(10) == unsure
    kept = [
        (first, last)
        for first, last in zip(draws.first, draws.final, strict=True)
        if first.exit_code != 3
    ]
    assert all(first is last for first, last in kept)
    assert draws.share(last=True, code=3) < draws.share(last=False, code=3), "more runs tell more"


def test_the_second_look_adds_runs_to_those_of_the_first(fleet: Fleet, question: Question) -> None:
    asked = doubtful(question)
    head, ours = watched(measured(fleet, asked, skill=1.97, start=50))
    draw(head, measured(fleet, asked), asked, SIZES, 60)
    again = [(before, after) for before, after in pairwise(ours) if len(after) == 10]
    assert again
    assert all(after[:3] == before for before, after in again)


def test_what_is_reported_is_what_the_gate_reports_of_the_same_runs(
    fleet: Fleet, base: Trainings, question: Question
) -> None:
    one_look = replace(question, looks={})
    (head, ours), (other, theirs) = (
        watched(measured(fleet, question, 1.93, start=50)),
        watched(base),
    )
    draws = draw(head, other, one_look, (3, 17), 12)
    assert len(set(draws.final)) > 1
    for outcome, mine, its in zip(draws.final, ours, theirs, strict=True):
        one, two = trained(fleet, 1.93, start=50)[mine], trained(fleet)[its]
        checks = decide(one_look, fleet.rows, {"trees": one}, {"trees": two}, halves(fleet))
        assert outcome is overall(checks)


def test_every_metric_and_every_slice_that_can_be_judged_is_measured_once(
    fleet: Fleet, question: Question
) -> None:
    pool = measure("trees", trained(fleet)[:2], fleet.rows, halves(fleet), question)
    assert [(place.metric.name, place.slice) for place in pool.places] == [
        ("average_precision", None),
        ("roc_auc", None),
        ("average_precision", "odd"),
        ("average_precision", "even"),
    ]
    assert len(pool.spreads) == 4
    assert pool.runs == 2


def test_seed_churn_is_the_share_of_alerts_that_differ_between_every_two_trainings(
    fleet: Fleet, question: Question
) -> None:
    def churn(runs: Floats, at: float) -> list[float]:
        asked = replace(question, thresholds={"trees": (at, at)})
        return [float(one) for one in seed_churn(runs, fleet.rows, asked, "trees")]

    runs = np.array([[0.9, 0.9, 0.1, 0.1], [0.9, 0.1, 0.1, 0.1], [0.1, 0.1, 0.9, 0.1]])
    assert churn(runs, 0.5) == pytest.approx([0.5, 1.0, 1.0])
    assert churn(runs[:1].repeat(4, axis=0), 0.5) == [0.0] * 6
    assert churn(runs, 0.95) == [0.0] * 3, "without an alert none is replaced"
