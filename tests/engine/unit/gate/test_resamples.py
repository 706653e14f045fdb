"""Resamples come in chunks, so what the gate holds grows with rows, however many the clusters."""

import tracemalloc

import numpy as np
import pytest

from clockwork.gate import resamples
from clockwork.gate.metric import Metric
from clockwork.gate.metrics import METRICS, Rows, Scored
from clockwork.gate.noninferiority import measure
from clockwork.gate.pairs import measure_at
from clockwork.gate.places import Place
from clockwork.gate.resamples import Last, Resamples, lanes, resample


def test_few_clusters_are_drawn_at_once_as_ever() -> None:
    (whole,) = Resamples(40, 300, 5)
    assert np.array_equal(whole, resample(40, 300, 5))


def test_many_clusters_come_in_chunks_that_are_the_same_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resamples, "VALUES", 1000)
    some = Resamples(200, 150, 5)
    chunks = [chunk.copy() for chunk in some]
    assert [len(chunk) for chunk in chunks] == [64, 64, 22]
    assert {chunk.dtype for chunk in chunks} == {np.dtype(np.float32)}, "half the memory"
    assert all((chunk.sum(axis=1) == 200).all() for chunk in chunks)
    assert all(np.array_equal(one, other) for one, other in zip(chunks, some, strict=True))
    assert np.vstack(chunks).var() == pytest.approx(1 - 1 / 200, rel=0.05), (
        "a multinomial's variance"
    )


@pytest.mark.parametrize("stretch", [3, 2048])
def test_chunks_and_stretches_change_no_value(
    monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(resamples, "VALUES", 1000)
    monkeypatch.setattr(resamples, "SUMMED", stretch)
    monkeypatch.setattr("clockwork.gate.ranking.STRETCH", stretch)
    rng = np.random.default_rng(3)
    label = (rng.random(500) < 0.3).astype(np.int8)
    rows = Rows(
        rng.integers(0, 50, 500), label, 50, np.tile(np.arange(100, dtype=np.int64) * 30, 5)
    )
    runs = [Scored(rows, rng.random(500).round(2)) for _ in range(2)]
    some = Resamples(50, 130, 5)
    together = np.vstack([chunk.astype(np.float64) for chunk in some])
    for metric, spread in zip(
        METRICS.values(),
        measure_at([Place(one, None, rows) for one in METRICS.values()], runs, some),
        strict=True,
    ):
        expected = measure(metric, runs, together)
        np.testing.assert_allclose(
            spread.resampled, expected.resampled, rtol=1e-12, err_msg=metric.name
        )
        np.testing.assert_allclose(spread.point, expected.point, rtol=1e-12, err_msg=metric.name)


def test_a_metric_of_a_team_may_calculate_with_many_weights_as_it_likes() -> None:
    rng = np.random.default_rng(2)
    size = 70_000  # more than 16 bits count
    hit = rng.random(size) < 0.7
    share = Metric(
        "share",
        1,
        lambda _, weights: np.asarray((weights @ hit) / weights.sum(axis=1), dtype=np.float64),
    )
    rows = Rows(np.arange(size), hit.astype(np.int8), size)
    (spread,) = measure_at(
        [Place(share, None, rows)], [Scored(rows, rng.random(size))], Resamples(size, 65, 1)
    )
    assert spread.resampled.mean() == pytest.approx(spread.point[0], abs=0.01)


def test_a_pair_that_is_turned_is_remembered_for_the_same_weights_only() -> None:
    kept = Last[object]()
    one, other = np.ones((1, 2)), np.ones((1, 2))
    made = [kept.of(weights, lambda _: object()) for weights in (one, one, other, one)]
    assert made[0] is made[1]
    assert len(set(made)) == 3


def test_lanes_are_the_weights_turned() -> None:
    weights = resample(7, 130, 1)
    assert np.array_equal(np.hstack(lanes(weights)).T, weights)


def test_memory_grows_with_rows_where_every_row_is_a_cluster() -> None:
    rng = np.random.default_rng(1)
    peaks = []
    for size in (4000, 16_000):
        rows = Rows(np.arange(size), (rng.random(size) < 0.2).astype(np.int8), size)
        run = Scored(rows, rng.random(size))
        tracemalloc.start()
        METRICS["roc_auc"].weighted(run, np.ones((64, size)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 5 * peaks[0]
