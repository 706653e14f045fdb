"""Your regression tests are plain functions like these: add one, and it counts in the verdict."""

import numpy as np
import pytest

from clockwork.compare.built_commit import BuiltCommit

from .conftest import Comparison


def test_a_reloaded_model_scores_like_the_trained_one(
    candidate: BuiltCommit, comparison: Comparison
) -> None:
    for algorithm in comparison.verdict.algorithms():
        names = candidate.about(algorithm).features
        one, again = (candidate.model(algorithm) for _ in range(2))
        probe = np.random.default_rng(0).normal(size=(64, len(names))).astype(np.float32)
        assert np.array_equal(one.score(probe), again.score(probe)), algorithm


def test_anomalous_rows_score_higher_than_normal_ones_on_average(comparison: Comparison) -> None:
    if not comparison.evidence.task.alerts:
        pytest.skip(f"rows of {comparison.evidence.task.name} are not anomalous or normal")
    positive = comparison.evidence.keys["label"].to_numpy() == 1
    gating = {
        check.algorithm for check in comparison.verdict.checks if check.gating and check.metric
    }
    for algorithm, runs in comparison.evidence.head.items():
        if algorithm not in gating:
            continue
        assert runs[:, positive].mean() > runs[:, ~positive].mean(), algorithm
