"""The sigmoid that makes a probability of a raw anomaly score."""

import numpy as np
import pytest
from scipy.special import expit

from clockwork.learning.calibration import apply_sigmoid, fit_sigmoid


@pytest.mark.parametrize(("slope", "shift"), [(2.0, -1.0), (0.5, 1.0), (-1.5, 0.0)])
def test_a_sigmoid_in_the_data_is_found(slope: float, shift: float) -> None:
    rng = np.random.default_rng(4)
    raw = rng.normal(100, 10, 40_000)
    chance = expit(slope * (raw - 100) / 10 + shift)
    fitted = fit_sigmoid(raw, (rng.random(len(raw)) < chance).astype(np.int8))
    np.testing.assert_allclose(apply_sigmoid(raw, fitted), chance, atol=0.02)


def test_the_mean_of_the_probabilities_is_the_rate() -> None:
    rng = np.random.default_rng(5)
    raw, y = rng.gamma(2, size=2000), (rng.random(2000) < 0.03).astype(np.int8)
    assert apply_sigmoid(raw, fit_sigmoid(raw, y)).mean() == pytest.approx(y.mean(), abs=1e-3)


def test_a_raw_score_that_never_changes_gives_the_rate() -> None:
    y = np.array([0, 0, 0, 1], dtype=np.int8)
    assert apply_sigmoid(np.ones(4), fit_sigmoid(np.ones(4), y)) == pytest.approx(
        np.full(4, 0.25), abs=1e-3
    )


def test_probabilities_stay_within_0_and_1_far_away() -> None:
    found = apply_sigmoid(np.array([-1e9, 1e9]), np.array([1.0, 0.0, 0.0, 1.0]))
    assert found.tolist() == [0.0, 1.0]
