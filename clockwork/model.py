"""What every algorithm can do, and how one is found by name. Nothing here or behind uses pickle."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from clockwork.support.errors import BadInput
from clockwork.support.paths import model_file

Matrix = npt.NDArray[np.float32]
Labels = npt.NDArray[Any]
Scores = npt.NDArray[np.float64]
Result = TypeVar("Result")
BINARY = "binary"
REFUSALS = ("InvalidParameterError", "LightGBMError")  # by name: importing these takes seconds


@dataclass(frozen=True)
class Problem:
    """What is to be learnt: the `task` of configs/data.yaml.

    `classes` are the names of all classes where there are several, `query` (rows,) the number of
    each training row's list where they are ranked.
    """

    task: str = BINARY
    classes: tuple[str, ...] = ()
    query: npt.NDArray[np.intp] | None = None

    def of(self, rows: npt.NDArray[np.intp]) -> "Problem":
        """The same for some of the rows."""
        return self if self.query is None else replace(self, query=self.query[rows])


TWO = Problem()  # two classes


class Folds:
    """The training rows cut into folds: `held_out` and `train` give the rows of each.

    `kept` is for a learner's own preparation of the rows, done once for all trials of a search.
    `threads` is how many folds are worked on side by side. `categories` are the places of the
    columns that number a category's values. `problem` is that of all rows.
    """

    def __init__(
        self,
        x: Matrix,
        y: Labels,
        fold: npt.NDArray[np.int8],
        threads: int = 1,
        categories: Sequence[int] = (),
        problem: Problem = TWO,
    ) -> None:
        self.x, self.y, self.threads, self.categories = x, y, threads, list(categories)
        self.problem = problem
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

    A learner of other tasks names them all, such as `tasks = ("binary", "regression")`, and `fit`
    and `steps` take `problem: Problem = TWO` as well. For `multiclass`, labels are the numbers of
    classes and `score` gives chances (rows, classes); for `regression` both are the number itself;
    for `ranking` labels are relevances, and `score` is higher for what should stand before others
    of its list.

    A learner that takes a category value by value says `categorical = True`; then `fit` is given
    `categories` as well, the places of the columns that number its values (NaN for one that no
    training row has), and `Folds` has them.

    A learner that grows in rounds may also have `steps(folds, params, seed, step)`, a class method
    that yields (rounds, scores of each fold's held-out rows) after every `step` rounds: then a
    search can stop it early. They are those that `score` gives; of two classes their order is
    enough.
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
    model: type[Algorithm],
    x: Matrix,
    y: Labels,
    params: Mapping[str, Any],
    seed: int,
    categories: Sequence[int],
    problem: Problem = TWO,
) -> Algorithm:
    """`model` trained on these rows; it hears of any `categories` where it takes them as such.

    Raises `BadInput` for a task that the learner does not name.
    """
    check_task(model, problem.task)
    further: dict[str, Any] = {}
    if categories and getattr(model, "categorical", False):
        further["categories"] = categories
    if problem.task != BINARY:
        further["problem"] = problem
    fitted: Any = model.fit
    with refusals(model):
        trained: Algorithm = fitted(x, y, params, seed, **further)
    return trained


@contextmanager
def refusals(model: type[Algorithm]) -> Iterator[None]:
    """Turn what a library says of a parameter's value into `BadInput`.

    All else that is raised within may be a defect of the learner's own code.
    """
    try:
        yield
    except Exception as error:
        if type(error).__name__ not in REFUSALS:
            raise
        name = model.__module__.rpartition(".")[2]
        raise BadInput(f"configs/models/{name}.yaml: {str(error).splitlines()[0]}") from None


def check_task(model: type[Algorithm], task: str) -> None:
    """Raise `BadInput` where `model` does not learn `task`."""
    tasks: tuple[str, ...] = getattr(model, "tasks", (BINARY,))
    if task not in tasks:
        file = model_file(model.__module__.rpartition(".")[2])
        raise BadInput(
            f"{file} learns {', '.join(tasks)}, and the target of configs/data.yaml is {task}; "
            "take it out of `algorithms` of configs/gate.yaml"
        )


def medians(x: Matrix) -> npt.NDArray[np.float64]:
    """The median of every feature over the rows that have it; 0 where none has."""
    empty = np.isnan(x).all(axis=0)
    return np.where(empty, 0.0, np.nanmedian(np.where(empty, 0.0, x), axis=0)).astype(np.float64)


def take(
    params: Mapping[str, Any],
    known: Mapping[str, Any],
    name: str,
    least: Mapping[str, float] = MappingProxyType({}),
) -> dict[str, Any]:
    """`params` over the defaults `known`; what no library here notices is refused.

    That is an unknown one, and one below what `least` has for it.
    """
    for key in params:
        if key not in known:
            raise BadInput(
                f"configs/models/{name}.yaml: unknown parameter '{key}'; known: {', '.join(known)}"
            )
    own = {**known, **params}
    for key, value in least.items():
        if isinstance(own[key], str) or own[key] < value:
            raise BadInput(f"configs/models/{name}.yaml: '{key}' must be {value} or more")
    return own
