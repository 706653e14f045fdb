"""Scores of two commits to draw."""

import numpy as np
import pandas as pd
import pytest

from clockwork.compare.paired_scores import Evidence


@pytest.fixture
def evidence() -> Evidence:
    """40 entities of 50 rows; entity 7 is the one whose positives the commits judge differently."""
    rng = np.random.default_rng(3)
    entity = np.repeat(np.arange(40), 50)
    label = (np.tile(np.arange(50), 40) // 10 == 2).astype(np.int8)
    base = np.clip(0.5 * label + 0.5 * rng.random((2, label.size)), 0, 1)
    head = np.where((entity == 7) & (label == 1), base / 3, base)
    keys = pd.DataFrame(
        {"entity": [f"unit-{code:02}" for code in entity], "time": np.tile(np.arange(50), 40) * 4}
    )
    return Evidence(keys.assign(label=label), {"trees": head}, {"trees": base})


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers every time."""
    return np.random.default_rng(11)
