"""Scores made worse: the loss asked for is the loss got, and what cannot be lost is refused."""

from itertools import pairwise

import numpy as np
import pytest

from clockwork.gate.metrics import METRICS, Scored
from clockwork.selftest.audit.degrade import FEW, Worse, blind, noisy, to_loss
from tests.engine.unit.gate.conftest import Fleet, Floats

KINDS = ["noise", "blindness"]


def worse_by(kind: str, fleet: Fleet, seed: int = 5) -> Worse:
    return noisy(seed) if kind == "noise" else blind(fleet.rows.entity, seed)


def value(fleet: Fleet, runs: Floats, name: str = "average_precision") -> float:
    return float(np.mean([METRICS[name].value(Scored(fleet.rows, run)) for run in runs]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["average_precision", "roc_auc", "log_loss"])
@pytest.mark.parametrize("loss", [0.015, 0.06, 0.15])
def test_the_loss_asked_for_is_the_loss_got(
    fleet: Fleet, kind: str, name: str, loss: float
) -> None:
    runs, metric = fleet.runs(2.0, seeds=FEW), METRICS[name]
    worse = to_loss(worse_by(kind, fleet), runs, fleet.rows, metric, loss)
    before, after = value(fleet, runs, name), value(fleet, worse, name)
    assert metric.sign * (before - after) / before == pytest.approx(loss, abs=0.002)


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_about_the_same_for_runs_that_it_was_not_found_on(
    fleet: Fleet, kind: str
) -> None:
    runs = fleet.runs(2.0, seeds=4 * FEW)
    worse = to_loss(worse_by(kind, fleet), runs, fleet.rows, METRICS["average_precision"], 0.1)
    assert worse.shape == runs.shape
    rest = [value(fleet, some[FEW:]) for some in (runs, worse)]
    assert 1 - rest[1] / rest[0] == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_more_strength_is_never_less_loss(fleet: Fleet, kind: str, seed: int) -> None:
    runs = fleet.runs(2.0, seeds=2)
    found = [
        value(fleet, worse_by(kind, fleet, seed)(runs, strength))
        for strength in (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
    ]
    assert found[0] == pytest.approx(value(fleet, runs)), "no strength is no change"
    assert all(after < before for before, after in pairwise(found))


@pytest.mark.parametrize("kind", KINDS)
def test_a_loss_that_cannot_be_reached_is_refused(fleet: Fleet, kind: str) -> None:
    with pytest.raises(ValueError, match="different signs"):
        to_loss(
            worse_by(kind, fleet), fleet.runs(2.0), fleet.rows, METRICS["average_precision"], 0.99
        )


def test_every_run_gets_the_same_noise_and_the_same_seed_gives_it_again(fleet: Fleet) -> None:
    runs = fleet.runs(2.0, seeds=3)
    moved = [np.log(one / (1 - one)) for one in (runs, noisy(5)(runs, 1.0))]
    shift = moved[1] - moved[0]
    np.testing.assert_allclose(shift, np.broadcast_to(shift[0], shift.shape), atol=1e-9)
    assert shift[0].std() == pytest.approx(1.0, abs=0.1)
    np.testing.assert_array_equal(noisy(5)(runs, 1.0), noisy(5)(runs, 1.0))
    assert not np.array_equal(noisy(5)(runs, 1.0), noisy(6)(runs, 1.0))


def test_blindness_lowers_about_a_third_of_the_entities_whole_and_leaves_the_rest(
    fleet: Fleet,
) -> None:
    runs = fleet.runs(2.0, seeds=2)
    lower = blind(fleet.rows.entity, 5)(runs, 2.0)
    touched = ~np.isclose(lower, runs)
    by_entity = touched.reshape(2, fleet.rows.entities, -1)
    assert (by_entity.all(axis=2) == by_entity.any(axis=2)).all()
    assert 0.2 < touched.mean() < 0.5
    assert (lower[touched] < runs[touched]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_scores_of_nought_and_one_can_be_moved_and_stay_probabilities(
    fleet: Fleet, kind: str
) -> None:
    runs = fleet.rows.label[None].astype(np.float64)
    worse = worse_by(kind, fleet)(runs, 12.0)
    assert ((worse >= 0) & (worse <= 1)).all()
    assert (worse < runs)[runs == 1].any()
