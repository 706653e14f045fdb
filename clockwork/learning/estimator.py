"""Any scikit-learn estimator as an algorithm: its file only names it for each task it learns."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from clockwork.learning.packed import allowed, packed, unpacked
from clockwork.model import BINARY, TWO, Labels, Matrix, Problem, Scores, take
from clockwork.support.paths import model_file

VALUES = 64  # of a category: thousands of columns would fill the memory
KEPT, ABOUT = "model.skops", "estimator.json"


class Estimator:
    """A scikit-learn estimator, and what stands before it: a whole file of pipelines/models is

        from sklearn.neighbors import KNeighborsRegressor
        from clockwork.learning.estimator import Estimator

        KNOWN = {"n_neighbors": 5}

        class MODEL(Estimator):
            known, makes = KNOWN, {"regression": KNeighborsRegressor}

    `makes` has for each task what makes an estimator of parameters by name; `known` their defaults.
    Lists are ranked by an estimator of relevance. `prepared` says that missing numbers become the
    median of training rows, all numbers are standardised, and a category is a column for each of
    its values, the rarest of more than `VALUES` together: set it to False for an estimator that
    does better with numbers as they are, missing ones too. `trusted` names types that a file may
    hold beyond `PLAIN` ones and those that skops trusts by itself.
    """

    makes: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    known: ClassVar[Mapping[str, Any]] = {}
    prepared: ClassVar[bool] = True
    trusted: ClassVar[tuple[str, ...]] = ()
    seeded: bool = True
    categorical = True
    tasks: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        cls.tasks = tuple(cls.makes)

    def __init__(self, fitted: Any, task: str, classes: int) -> None:
        self.fitted, self.task, self.classes = fitted, task, classes

    @classmethod
    def fit(
        cls,
        x: Matrix,
        y: Labels,
        params: Mapping[str, Any],
        seed: int,
        categories: Sequence[int] = (),
        problem: Problem = TWO,
    ) -> Self:
        """Fit it to these rows; its `random_state`, where it has one, is the seed."""
        from sklearn.pipeline import make_pipeline  # a second, for those who use it only

        learner = cls.makes[problem.task](**take(params, cls.known, _name(cls)))
        if "random_state" in learner.get_params():
            learner.set_params(random_state=seed)
        steps = [_preparation(x.shape[1], categories)] if cls.prepared else []
        return cls(
            make_pipeline(*steps, learner).fit(cls._taken(x), y), problem.task, len(problem.classes)
        )

    def score(self, x: Matrix) -> Scores:
        """The chance of the positive class or of each (rows, classes), or the predicted number."""
        x = self._taken(x)
        if self.task not in (BINARY, "multiclass"):
            return np.asarray(self.fitted.predict(x), dtype=np.float64)
        found = np.asarray(self.fitted.predict_proba(x), dtype=np.float64)
        chances = np.zeros((len(x), self.classes or 2))
        chances[:, np.asarray(self.fitted.classes_, dtype=np.intp)] = (
            found  # a fold may lack a class
        )
        return chances if self.classes else chances[:, 1]

    @classmethod
    def _taken(cls, x: Matrix) -> np.ndarray[Any, Any]:
        # Sums of products in single width would differ too much with where rows lie in memory.
        return np.ascontiguousarray(x, dtype=np.float64 if cls.prepared else np.float32)

    def save(self, folder: Path) -> None:
        """Keep it in `folder`, the same training in the same bytes.

        Raises `BadInput` for types that nobody trusts.
        """
        content = packed(self.fitted)
        allowed(content, self.trusted, model_file(_name(type(self))))
        (folder / KEPT).write_bytes(content)
        (folder / ABOUT).write_text(
            json.dumps({"task": self.task, "classes": self.classes}) + "\n", encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` has kept in `folder`. Raises `BadInput` for types that nobody trusts."""
        fitted = unpacked((folder / KEPT).read_bytes(), cls.trusted, model_file(_name(cls)))
        return cls(fitted, **json.loads((folder / ABOUT).read_text("utf-8")))


def _name(model: type) -> str:
    return model.__module__.rpartition(".")[2]


def _preparation(columns: int, categories: Sequence[int]) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [at for at in range(columns) if at not in set(categories)]
    filled = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
    )
    each = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=VALUES, sparse_output=False
    )
    return ColumnTransformer([("numbers", filled, numbers), ("categories", each, list(categories))])
