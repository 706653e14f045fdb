"""The statistics are timed against scikit-learn's and scipy's on the same rows."""

import math

import numpy as np
import pandas as pd
import pytest

from clockwork.compare.paired_scores import Evidence
from clockwork.selftest.bench import speed as module
from clockwork.selftest.bench.speed import speed


def test_everything_is_timed_on_a_small_fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESAMPLES", 400)
    size, hours = 30, 24
    keys = pd.DataFrame(
        {
            "entity": pd.Categorical(np.repeat([f"e{at}" for at in range(size)], hours)),
            "time": np.tile(np.arange(hours, dtype=np.int64) * 60, size),
            "label": np.tile((np.arange(hours) % 6 == 0).astype(np.int8), size),
            "kind": pd.Categorical(np.repeat(["camera", "server"], size * hours // 2)),
        }
    )
    scores = np.random.default_rng(1).uniform(0.01, 0.99, size=(1, len(keys)))
    times = speed(Evidence(keys, {"trees": scores}, {"trees": scores}))
    assert all(math.isfinite(seconds) and seconds > 0 for seconds in times.values())
    assert times["own"] < min(times["everything"], times["reference"])
