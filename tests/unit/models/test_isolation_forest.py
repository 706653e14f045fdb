"""The isolation forest is that of scikit-learn, kept as arrays."""

import numpy as np
from sklearn.ensemble import IsolationForest

from pipelines.models.isolation_forest import Forest


def test_the_forest_measures_paths_as_scikit_learn_does() -> None:
    generator = np.random.default_rng(3)
    x = generator.normal(size=(900, 6)).astype(np.float32)
    y = (generator.random(900) < 0.1).astype(np.int8)
    ours = Forest.fit(x, y, {"trees": 20, "sample": 64, "features": 0.5}, 5)
    theirs = IsolationForest(n_estimators=20, max_samples=64, max_features=0.5, random_state=5).fit(
        x
    )
    assert np.abs(ours._raw(x) + theirs.score_samples(x)).max() < 1e-12
