"""What every algorithm can do, and how one is found by its name. Nothing here or behind it uses pickle."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from clockwork.support.errors import BadInput

Matrix = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int8]
Scores = npt.NDArray[np.float64]
Result = TypeVar("Result")


class Folds:
    """The training rows cut into folds: `held_out` and `train` give the rows of each.

    `kept` is for a learner's own preparation of the rows, done once for all trials of a search. `threads` is how many
    folds are worked on side by side. `categories` are the places of the columns that number a category's values.
    """

    def __init__(
        self, x: Matrix, y: Labels, fold: npt.NDArray[np.int8], threads: int = 1, categories: Sequence[int] = ()
    ) -> None:
        self.x, self.y, self.threads, self.categories = x, y, threads, list(categories)
        self.held_out = [np.flatnonzero(fold == one) for one in np.unique(fold)]
        self.train = [np.flatnonzero(fold != one) for one in np.unique(fold)]
        self.kept: list[Any] = []

    def each(self, work: Callable[[int], Result]) -> list[Result]:
        """What `work` gives for each fold's number."""
        numbers = range(len(self.held_out))
        if self.threads == 1:
            return [work(at) for at in numbers]
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(work, numbers))


class Algorithm(Protocol):
    """A trained model. A module in this folder names its own class `MODEL`.

    `fit` takes a matrix (rows, features) that may hold NaN, labels 0/1 and the parameters of
    configs/models/<algorithm>.yaml after tuning; the same seed gives the same model, to the bit.
    `score` gives the probability of the label being 1 for each row, in [0, 1].
    `save` and `load` use a folder of text, JSON, npz or skops files.

    A learner that takes a category value by value says `categorical = True`; then `fit` is given `categories` as well,
    the places of the columns that number its values (NaN for one that no training row has), and `Folds` has them.

    A learner that grows in rounds may also have `steps(folds, params, seed, step)`, a class method that yields
    (rounds, scores of each fold's held-out rows) after every `step` rounds: then a search can stop it early.
    """

    seeded: bool
    """Whether the seed matters; where it does not, one training is all there is."""

    @classmethod
    def fit(cls, x: Matrix, y: Labels, params: Mapping[str, Any], seed: int) -> Self: ...

    def score(self, x: Matrix) -> Scores: ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...


def fit(
    model: type[Algorithm], x: Matrix, y: Labels, params: Mapping[str, Any], seed: int, categories: Sequence[int]
) -> Algorithm:
    """`model` trained on these rows; it hears of `categories` where there are some and it takes them as such."""
    if categories and getattr(model, "categorical", False):
        with_categories: Any = model.fit
        trained: Algorithm = with_categories(x, y, params, seed, categories=categories)
        return trained
    return model.fit(x, y, params, seed)


def medians(x: Matrix) -> npt.NDArray[np.float64]:
    """The median of every feature over the rows that have it; 0 where none has."""
    empty = np.isnan(x).all(axis=0)
    return np.where(empty, 0.0, np.nanmedian(np.where(empty, 0.0, x), axis=0)).astype(np.float64)


def take(params: Mapping[str, Any], known: Mapping[str, Any], name: str) -> dict[str, Any]:
    """`params` over the defaults `known`; an unknown one is refused, for no library here would notice it."""
    for key in params:
        if key not in known:
            raise BadInput(f"configs/models/{name}.yaml: unknown parameter '{key}'; known: {', '.join(known)}")
    return {**known, **params}
