"""Isolation forest kept as arrays of its trees: same seed, same bytes; scoring needs only numpy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from clockwork.learning.calibration import apply_sigmoid, fit_sigmoid
from clockwork.model import Labels, Matrix, Scores, medians, take

KNOWN = {"trees": 100, "sample": 256, "features": 1.0}
CHUNK = 2048  # rows at a time: they stay in the processor's cache
EULER = 0.5772156649015329


def path_length(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean path of an unsuccessful search among `samples`.

    Source: Liu, Ting and Zhou, ICDM (2008), eq. 1.
    """
    n = np.maximum(samples, 2.0)
    many = 2.0 * (np.log(n - 1.0) + EULER) - 2.0 * (n - 1.0) / n
    return np.where(samples <= 1, 0.0, np.where(samples == 2, 1.0, many))


class Forest:
    """Rows that a few random cuts set apart are anomalies; labels only calibrate the score.

    `arrays` hold all trees one after the other: `roots` their first nodes; per node `feature`,
    `threshold`, two `children` (a leaf is its own child) and the `length` of the path that ends
    there.
    """

    seeded = True

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.arrays = dict(arrays)

    @classmethod
    def fit(cls, x: Matrix, y: Labels, params: Mapping[str, Any], seed: int) -> Self:
        from sklearn.ensemble import IsolationForest  # a second and a half, for training only

        own = take(params, KNOWN, "isolation_forest", {"sample": 2})
        median = medians(x).astype(np.float32)
        sample = min(own["sample"], len(x))
        forest = IsolationForest(
            n_estimators=own["trees"],
            max_samples=sample,
            max_features=own["features"],
            random_state=seed,
            n_jobs=1,
        ).fit(np.where(np.isnan(x), median, x))
        trees = [
            _arrays(tree.tree_, features)
            for tree, features in zip(forest.estimators_, forest.estimators_features_, strict=True)
        ]
        arrays = {**_joined(trees), "median": median, "whole": path_length(np.array(float(sample)))}
        return cls({**arrays, "sigmoid": fit_sigmoid(cls(arrays)._raw(x), y)})

    def _raw(self, x: Matrix) -> npt.NDArray[np.float64]:
        filled = np.where(np.isnan(x), self.arrays["median"], x)
        chunks = [self._lengths(filled[at : at + CHUNK]) for at in range(0, len(filled), CHUNK)]
        return np.asarray(2.0 ** (-np.concatenate(chunks) / self.arrays["whole"]), dtype=np.float64)

    def _lengths(self, x: Matrix) -> npt.NDArray[np.float64]:
        a = self.arrays
        values, first = x.ravel(), np.arange(len(x), dtype=np.int32) * x.shape[1]
        total = np.zeros(len(x))
        for root in a["roots"]:
            node = np.full(len(x), root, dtype=np.int32)
            for _ in range(int(a["depth"])):
                further = values.take(first + a["feature"].take(node)) > a["threshold"].take(node)
                node = a["children"].take(2 * node + further)
            total += a["length"].take(node)
        return total / len(a["roots"])

    def score(self, x: Matrix) -> Scores:
        return apply_sigmoid(self._raw(x), self.arrays["sigmoid"])

    def save(self, folder: Path) -> None:
        np.savez(folder / "model.npz", allow_pickle=False, **self.arrays)

    @classmethod
    def load(cls, folder: Path) -> Self:
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            return cls(dict(arrays))


def _arrays(tree: Any, features: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[Any]]:
    leaf = tree.children_left < 0
    own = np.arange(tree.node_count)
    depth = np.zeros(tree.node_count)
    for node in own[~leaf]:
        depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
    return {
        "children": np.column_stack(
            [np.where(leaf, own, side) for side in (tree.children_left, tree.children_right)]
        ),
        "feature": features[np.where(leaf, 0, tree.feature)],
        "threshold": np.where(leaf, 0.0, tree.threshold),
        "length": depth + path_length(tree.n_node_samples.astype(np.float64)),
        "depth": np.array([tree.max_depth]),
    }


def _joined(trees: list[dict[str, npt.NDArray[Any]]]) -> dict[str, npt.NDArray[Any]]:
    roots = np.cumsum([0, *[len(tree["feature"]) for tree in trees[:-1]]])
    children = [(tree["children"] + root).ravel() for tree, root in zip(trees, roots, strict=True)]
    return {
        "children": np.concatenate(children).astype(np.int32),
        "feature": np.concatenate([tree["feature"] for tree in trees]).astype(np.int32),
        "threshold": np.concatenate([tree["threshold"] for tree in trees]),
        "length": np.concatenate([tree["length"] for tree in trees]),
        "roots": roots,
        "depth": np.array(max(int(tree["depth"][0]) for tree in trees)),
    }


MODEL = Forest
