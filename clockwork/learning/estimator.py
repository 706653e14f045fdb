"""Any estimator of scikit-learn as an algorithm: its file names it for each task that it learns, and no more."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from clockwork.model import BINARY, TWO, Labels, Matrix, Problem, Scores, take
from clockwork.support.errors import BadInput
from clockwork.support.paths import model_file

VALUES = 64  # of a category: thousands of columns would fill the memory
KEPT, ABOUT, SCHEMA = "model.skops", "estimator.json", "schema.json"
IDS = re.compile(r'("__id__": |"file": ")(\d+)')  # what skops names objects and arrays by: their place in memory

# Types of plain data that estimators hold, beyond those that skops trusts by itself.
PLAIN = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
)


class Estimator:
    """A scikit-learn estimator, and what stands before it: a whole file of pipelines/models is

        from sklearn.neighbors import KNeighborsRegressor
        from clockwork.learning.estimator import Estimator

        KNOWN = {"n_neighbors": 5}

        class MODEL(Estimator):
            known, makes = KNOWN, {"regression": KNeighborsRegressor}

    `makes` has for each task what makes an estimator of parameters by name; `known` their defaults. Lists are ranked
    by an estimator of relevance. `prepared` says that missing numbers become the median of training rows, all numbers
    are standardised, and a category is a column for each of its values, the rarest of more than `VALUES` together: set
    it to False for an estimator that does better with numbers as they are, missing ones too. `trusted` names types that
    a file may hold beyond `PLAIN` ones and those that skops trusts by itself.
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
        return cls(make_pipeline(*steps, learner).fit(cls._taken(x), y), problem.task, len(problem.classes))

    def score(self, x: Matrix) -> Scores:
        """The chance of the positive class, of every class (rows, classes), or the number that is predicted."""
        x = self._taken(x)
        if self.task not in (BINARY, "multiclass"):
            return np.asarray(self.fitted.predict(x), dtype=np.float64)
        found = np.asarray(self.fitted.predict_proba(x), dtype=np.float64)
        chances = np.zeros((len(x), self.classes or 2))
        chances[:, np.asarray(self.fitted.classes_, dtype=np.intp)] = found  # a fold may lack a class
        return chances if self.classes else chances[:, 1]

    @classmethod
    def _taken(cls, x: Matrix) -> np.ndarray[Any, Any]:
        # Sums of products in single width would differ too much with where rows lie in memory.
        return np.ascontiguousarray(x, dtype=np.float64 if cls.prepared else np.float32)

    def save(self, folder: Path) -> None:
        """Keep it in `folder`, the same training in the same bytes. Raises `BadInput` for types that nobody trusts."""
        content = packed(self.fitted)
        self._check(content)
        (folder / KEPT).write_bytes(content)
        (folder / ABOUT).write_text(json.dumps({"task": self.task, "classes": self.classes}) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` has kept in `folder`. Raises `BadInput` for types that nobody trusts."""
        from skops.io import loads

        content = (folder / KEPT).read_bytes()
        cls._check(content)
        return cls(loads(content, trusted=[*PLAIN, *cls.trusted]), **json.loads((folder / ABOUT).read_text("utf-8")))

    @classmethod
    def _check(cls, content: bytes) -> None:
        from skops.io import get_untrusted_types

        strange = sorted(set(get_untrusted_types(data=content)) - {*PLAIN, *cls.trusted})
        if strange:
            raise BadInput(
                f"{model_file(_name(cls))}: types of unknown content: {', '.join(strange)}; look at "
                "what they are, and name them in `trusted`"
            )


def _name(model: type) -> str:
    return model.__module__.rpartition(".")[2]


def _preparation(columns: int, categories: Sequence[int]) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [at for at in range(columns) if at not in set(categories)]
    filled = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    each = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=VALUES, sparse_output=False)
    return ColumnTransformer([("numbers", filled, numbers), ("categories", each, list(categories))])


def packed(fitted: Any) -> bytes:
    """`fitted` as skops writes it, without what differs from process to process: places in memory and times."""
    from skops.io import dumps

    with ZipFile(BytesIO(dumps(fitted))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    numbers: dict[str, str] = {}

    def number(found: "re.Match[str]") -> str:
        return found[1] + numbers.setdefault(found[2], str(len(numbers) + 1))

    schema = IDS.sub(number, files.pop(SCHEMA).decode())
    named = {numbers[name.partition(".")[0]] + name[name.index(".") :]: content for name, content in files.items()}
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name in sorted(named, key=lambda name: int(name.partition(".")[0])):
            _put(archive, name, named[name])
        _put(archive, SCHEMA, schema.encode())
    return out.getvalue()


def _put(archive: ZipFile, name: str, content: bytes) -> None:
    info = ZipInfo(name)  # of 1980
    info.compress_type = ZIP_DEFLATED
    archive.writestr(info, content)
