"""LightGBM's trees as loops over many rows at once, to be compiled.

They give the scores of LightGBM's own predict, to the bit. Of each tree a row keeps a bit for every
leaf, from left to right, in words of 32. A split that sends the row to the right clears the bits of
the leaves below its left side, whatever the other splits say; the first bit that is left in the end
is the row's leaf. Source: Lucchese et al., QuickScorer, SIGIR 2015.
"""

from collections.abc import Iterator
from math import exp
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from clockwork.learning.ticks.cells import Floats
from clockwork.support.compiled import compiled

LANES, WORD = 128, 32  # rows at a time; leaves whose bits are one word
FULL, ONE, SHIFT = np.uint32(2**WORD - 1), np.uint32(1), np.uint32(27)
DE_BRUIJN = np.uint32(0x077CB531)  # a product with this has another upper end for each power of two
AT = np.zeros(WORD, dtype=np.uint8)
AT[[(2**bit * int(DE_BRUIJN) & int(FULL)) >> 27 for bit in range(WORD)]] = np.arange(WORD)
MOST = float(np.finfo(np.float32).max)
ZERO, TINY = np.float32(0), np.float32(1e-35)  # what is no larger is 0 for LightGBM, too
OBJECTIVE = "binary sigmoid:1"


class Split(NamedTuple):
    """What one split clears in one word.

    It does so where its feature is above `threshold`, or is missing and goes `right`.
    """

    word: int
    feature: int
    right: bool
    threshold: np.float32
    keep: int


class Trees(NamedTuple):
    """The splits of all trees, tree by tree.

    `first` says where those of each begin, `leaf` where its leaves do. `features` is how many the
    model has.
    """

    feature: npt.NDArray[np.intp]
    threshold: Floats
    word: npt.NDArray[np.intp]
    keep: npt.NDArray[np.uint32]
    right: npt.NDArray[np.bool_]
    first: npt.NDArray[np.intp]
    leaf: npt.NDArray[np.intp]
    value: npt.NDArray[np.float64]
    features: int

    @classmethod
    def read(cls, path: Path) -> Self:
        """The trees of a LightGBM model file. Raises `ValueError` for a kind no loop is for."""
        import lightgbm as lgb

        model = lgb.Booster(model_file=str(path)).dump_model()
        if model["objective"] != OBJECTIVE or model["average_output"]:
            raise ValueError(f"trees for '{model['objective']}' are scored by LightGBM alone")
        splits, first, leaf, value = [], [0], [0], []
        for tree in model["tree_info"]:
            own: list[float] = []
            splits += sorted(_splits(tree["tree_structure"], own))
            value += own + [0.0] * (-len(own) % WORD)
            first.append(len(splits))
            leaf.append(len(value))
        if not splits:
            raise ValueError("trees without a split are scored by LightGBM alone")
        word, feature, right, threshold, keep = zip(*splits, strict=True)
        return cls(
            np.array(feature, np.intp),
            np.array(threshold, np.float32),
            np.array(word, np.intp),
            np.array(keep, np.uint32),
            np.array(right, np.bool_),
            np.array(first, np.intp),
            np.array(leaf, np.intp),
            np.array(value),
            int(model["max_feature_idx"]) + 1,
        )

    def score(self, x: Floats) -> npt.NDArray[np.float64]:
        """The scores (rows,) of `x` (rows, features).

        Raises `ValueError` where its features are too many or few.
        """
        if x.shape[1] != self.features:
            raise ValueError(f"{x.shape[1]} features for a model of {self.features}")
        trees = self[:-1]  # all but how many features there are
        out = np.empty(len(x))
        with np.errstate(over="ignore"):  # where Python runs the loop
            compiled(score_rows, clear, reach)(np.ascontiguousarray(x), *trees, out)
        return out


def _splits(node: dict[str, Any], leaves: list[float]) -> Iterator[Split]:
    if "split_feature" not in node:
        if "leaf_const" in node:
            raise ValueError("leaves that are linear are scored by LightGBM alone")
        leaves.append(node["leaf_value"])
        return
    if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
        raise ValueError(
            "splits of categories, or with 0 for a missing value, are scored by LightGBM alone"
        )
    begin = len(leaves)
    yield from _splits(node["left_child"], leaves)
    end, threshold = len(leaves), _rounded(node["threshold"])
    # Where training saw no missing value, one counts as 0.
    right = node["threshold"] < 0 if node["missing_type"] == "None" else not node["default_left"]
    for word in range(begin // WORD, (end - 1) // WORD + 1):
        low, high = max(begin - word * WORD, 0), min(end - word * WORD, WORD)
        yield Split(word, node["split_feature"], right, threshold, int(FULL) ^ (2**high - 2**low))
    yield from _splits(node["right_child"], leaves)


def _rounded(threshold: float) -> np.float32:
    # Down to a float: none lies between the two, so a float is above both or neither. Beyond all of
    # them none is above it, not even the infinite one: LightGBM splits what is missing from the
    # rest by such a threshold.
    if threshold > MOST:
        return np.float32(np.inf)
    nearest = np.float32(threshold)
    return np.nextafter(nearest, np.float32(-np.inf)) if float(nearest) > threshold else nearest


def score_rows(
    x: Any,
    feature: Any,
    threshold: Any,
    word: Any,
    keep: Any,
    right: Any,
    first: Any,
    leaf: Any,
    value: Any,
    out: Any,
) -> None:
    """The scores `out` (rows,) of `x` (rows, features); the others are fields of `Trees`."""
    columns = np.zeros((x.shape[1], LANES), np.float32)
    bits, total = (
        np.empty(((leaf[1:] - leaf[:-1]).max() // WORD, LANES), np.uint32),
        np.empty(LANES),
    )
    for start in range(0, x.shape[0], LANES):
        rows = min(LANES, x.shape[0] - start)
        for row in range(rows):
            for column in range(x.shape[1]):
                sample = x[start + row, column]
                columns[column, row] = ZERO if abs(sample) <= TINY else sample
        total[:] = 0.0
        for tree in range(len(first) - 1):
            bits[:] = FULL
            clear(
                bits, columns, feature, threshold, word, keep, right, first[tree], first[tree + 1]
            )
            reach(total, bits, value, leaf[tree])
        for row in range(rows):
            out[start + row] = 1.0 / (1.0 + exp(-total[row]))


def clear(
    bits: Any,
    columns: Any,
    feature: Any,
    threshold: Any,
    word: Any,
    keep: Any,
    right: Any,
    begin: int,
    end: int,
) -> None:
    """Of each lane that a split sends right, keep the bits of its word not below the left side."""
    for at in range(begin, end):
        left, x, limit, kept = bits[word[at]], columns[feature[at]], threshold[at], keep[at]
        if right[at]:
            for lane in range(LANES):
                left[lane] &= FULL if x[lane] <= limit else kept
        else:
            for lane in range(LANES):
                left[lane] &= kept if x[lane] > limit else FULL


def reach(total: Any, bits: Any, value: Any, leaf: int) -> None:
    """Add the value of the leaf that each lane has reached to its total.

    The values of the tree's leaves begin at `leaf`.
    """
    for lane in range(LANES):
        word = 0
        while bits[word, lane] == 0:
            word += 1
        left = bits[word, lane]
        lowest = left & (FULL ^ left) + ONE
        total[lane] += value[leaf + WORD * word + AT[np.uint32(lowest * DE_BRUIJN) >> SHIFT]]
