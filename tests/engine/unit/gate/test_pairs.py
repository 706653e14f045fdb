"""Both commits' runs on the same rows.

The tests tell when they are identical, what a slice holds, and what the alert threshold moves.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockwork.gate.metrics import METRICS, Rows, Scored
from clockwork.gate.noninferiority import measure
from clockwork.gate.pairs import Pair, pair_up
from clockwork.gate.places import Bools, part_of, places
from clockwork.gate.resamples import Resamples, resample
from tests.engine.unit.gate.conftest import RULES, Fleet, Floats

WEIGHTS = resample(60, 100, 5)
RESAMPLES = Resamples(60, 100, 5)
NO_SLICES: dict[str, tuple[str, Bools]] = {}


def paired(head: list[Scored], base: list[Scored], name: str) -> Pair:
    """One metric of both commits on all rows."""
    (pair,) = pair_up(head, base, places(head[0].rows, METRICS, [name], NO_SLICES, 10), RESAMPLES)
    return pair


def sliced(
    fleet: Fleet, head: Floats, base: Floats, slices: dict[str, Bools], *metrics: str
) -> list[Pair]:
    """Metrics of both commits on all rows.

    The first of them is also given on each slice with ten entities with a positive.
    """
    where = places(
        fleet.rows,
        METRICS,
        metrics,
        {name: (metrics[0], keep) for name, keep in slices.items()},
        10,
    )
    return pair_up(fleet.scored(head), fleet.scored(base), where, RESAMPLES)


@pytest.mark.parametrize("seeds", [3, 4, 10])
def test_a_base_with_more_seeds_is_identical_where_head_has_its_first_ones(
    fleet: Fleet, seeds: int
) -> None:
    base = fleet.runs(2.0, seeds=seeds)
    pair = paired(fleet.scored(base[:3].copy()), fleet.scored(base), "average_precision")
    assert pair.identical
    assert pair.head.resampled.size == 0, "there is nothing to resample"
    assert pair.estimate(RULES).delta == 0


def test_runs_that_are_not_bases_first_ones_in_their_order_are_not_identical(fleet: Fleet) -> None:
    base = fleet.runs(2.0, seeds=4)
    last_bit = base.copy()
    last_bit[2, 5] = np.nextafter(last_bit[2, 5], 1)
    for head in (base[1:], base[[1, 0, 2, 3]], last_bit, np.vstack([base, base[:1]])):
        assert not paired(fleet.scored(head), fleet.scored(base), "roc_auc").identical
    assert paired(fleet.scored(base), fleet.scored(base), "roc_auc").identical


@pytest.mark.parametrize("name", METRICS)
def test_a_moved_alert_threshold_changes_what_acts_on_it_and_nothing_else(
    fleet: Fleet, name: str
) -> None:
    base = fleet.scored(fleet.runs(2.0))
    pair = paired([replace(run, threshold=0.7) for run in base], base, name)
    assert pair.identical is not METRICS[name].acts
    if not pair.identical:
        assert pair.head.point.mean() < pair.base.point.mean()


def test_only_alerts_act_on_the_threshold(fleet: Fleet) -> None:
    one, other = (Scored(fleet.rows, fleet.runs(2.0)[0], at) for at in (0.5, 0.7))
    for metric in METRICS.values():
        assert (metric.value(one) != metric.value(other)) is metric.acts


@given(data=st.data(), size=st.integers(1, 40))
def test_a_part_holds_the_marked_rows_with_codes_of_its_own(data: st.DataObject, size: int) -> None:
    def several(most: int) -> list[int]:
        return data.draw(st.lists(st.integers(0, most), min_size=size, max_size=size))

    entity = np.array(several(6), dtype=np.intp)
    rows = Rows(entity, np.array(several(1), dtype=np.int8), 7, np.arange(size, dtype=np.int64))
    keep = np.array(several(1), dtype=np.bool_)
    part, present = part_of(rows, keep)
    assert part.time is not None
    assert present[part.entity].tolist() == entity[keep].tolist()
    assert part.label.tolist() == rows.label[keep].tolist()
    assert part.time.tolist() == np.arange(size)[keep].tolist()
    assert part.entities == len(present) == len(set(entity[keep].tolist()))


def test_a_slice_is_measured_on_its_own_rows_and_entities_alone(fleet: Fleet) -> None:
    even = fleet.rows.entity % 2 == 0
    head, base = fleet.runs(1.0), fleet.runs(2.0)
    whole, one = sliced(fleet, head, base, {"even": even}, "average_precision")
    assert (whole.slice, one.slice) == (None, "even")
    assert (whole.positive_entities, one.positive_entities) == (40, 20)
    again = sliced(fleet, np.where(even, head, 0.5), base, {"even": even}, "average_precision")[1]
    assert np.array_equal(one.head.resampled, again.head.resampled), (
        "what lies outside does not matter"
    )
    apart = Rows(fleet.rows.entity[even] // 2, fleet.rows.label[even], 30)
    alone = measure(
        METRICS["average_precision"], [Scored(apart, run[even]) for run in head], WEIGHTS[:, ::2]
    )
    np.testing.assert_allclose(one.head.resampled, alone.resampled, atol=1e-12)


def test_slices_have_the_primary_metric_only_and_thin_ones_none(fleet: Fleet) -> None:
    slices = {
        "most": fleet.rows.entity < 50,
        "nine": fleet.rows.entity < 9,
        "none": fleet.rows.entity < 0,
    }
    pairs = sliced(fleet, fleet.runs(1.0), fleet.runs(2.0), slices, "roc_auc", "log_loss")
    found = [(pair.metric.name, pair.slice) for pair in pairs]
    assert found == [("roc_auc", None), ("log_loss", None), ("roc_auc", "most")]
