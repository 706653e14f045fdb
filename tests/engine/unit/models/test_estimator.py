"""An estimator of scikit-learn is an algorithm by naming it.

It keeps to the same bytes, no pickle, and no types that nobody trusts.
"""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.utils import all_estimators

from clockwork.learning.estimator import KEPT, VALUES, Estimator
from clockwork.learning.packed import is_estimator, packed, unpacked
from clockwork.model import Matrix, Problem, check_task, fit
from clockwork.support.errors import BadInput

ROOT = Path(__file__).resolve().parents[4]


def table(rows: int = 200) -> Matrix:
    """Two numbers, of which some are missing, and a category of four values."""
    rng = np.random.default_rng(4)
    x = np.column_stack([rng.normal(size=(rows, 2)), rng.integers(0, 4, rows)]).astype(np.float32)
    x[::9, 1] = np.nan
    return x


X = table()
NUMBER = np.asarray(X[:, 0] + np.array([0, 9, 3, 6])[X[:, 2].astype(int)], dtype=np.float64)
CLASS = X[:, 2].astype(np.int32) % 3


class Forest(Estimator):
    known = {"n_estimators": 5}
    makes = {
        "regression": RandomForestRegressor,
        "multiclass": RandomForestClassifier,
        "binary": RandomForestClassifier,
    }


class Line(Estimator):
    makes = {"regression": Ridge}


def trained(model: type[Estimator], task: str = "regression", seed: int = 3, **params: Any) -> Any:
    classes = ("a", "b", "c") if task == "multiclass" else ()
    y = {"regression": NUMBER, "multiclass": CLASS, "binary": (CLASS == 0).astype(np.int8)}[task]
    return fit(model, X, y, params, seed, [2], Problem(task, classes))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_model_scores_as_its_task_wants_and_is_kept_to_the_bit(task: str, tmp_path: Path) -> None:
    model = trained(Forest, task)
    model.save(tmp_path)
    scores = model.score(X)
    assert scores.shape == ((len(X), 3) if task == "multiclass" else (len(X),))
    assert Forest.load(tmp_path).score(X).tobytes() == scores.tobytes()


def test_the_same_training_is_kept_in_the_same_bytes_by_another_process(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from tests.engine.unit.models.test_estimator import Forest, "
        f"trained; trained(Forest, 'multiclass').save(Path({str(tmp_path)!r}))"
    )
    contents = set()
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
        contents.add((tmp_path / KEPT).read_bytes())
    assert len(contents) == 1


def test_the_seed_is_the_estimators_random_state() -> None:
    one, same, other = (trained(Forest, seed=seed).score(X).tobytes() for seed in (3, 3, 4))
    assert one == same != other


def test_a_category_is_a_column_for_each_value_and_what_is_missing_the_median() -> None:
    assert np.abs(trained(Line).score(X) - NUMBER).max() < 0.5
    unknown = np.array([[0.0, np.nan, np.nan]], dtype=np.float32)
    assert np.isfinite(trained(Line).score(unknown)).all()


def test_the_rarest_of_very_many_values_share_a_column() -> None:
    value = np.concatenate([np.arange(5000), np.arange(10).repeat(500)]).astype(np.float32)
    x = np.column_stack([np.zeros(len(value)), value]).astype(np.float32)
    model = Line.fit(x, (value < 10).astype(np.float64), {}, 1, (1,), Problem("regression"))
    assert model.fitted.steps[0][1].transform(x[:2].astype(np.float64)).shape == (2, 1 + VALUES)
    assert np.abs(model.score(x) - (value < 10)).max() < 0.5


def test_an_estimator_that_takes_missing_numbers_may_have_them_as_they_are() -> None:
    class Boosted(Estimator):
        makes, prepared = {"regression": HistGradientBoostingRegressor}, False

    assert len(trained(Boosted).fitted.steps) == 1
    assert np.isfinite(trained(Boosted).score(X)).all()


def test_a_chance_of_a_class_that_no_training_row_had_is_none() -> None:
    some = CLASS != 1
    model = fit(Forest, X[some], CLASS[some], {}, 3, [2], Problem("multiclass", ("a", "b", "c")))
    scores = model.score(X)
    assert scores[:, 1].max() == 0
    np.testing.assert_allclose(scores.sum(axis=1), 1)


def test_a_task_that_is_not_named_and_an_unknown_parameter_are_one_line() -> None:
    with pytest.raises(
        BadInput,
        match=r"learns regression, multiclass, binary, and the target .* is ranking; take it",
    ):
        check_task(Forest, "ranking")
    with pytest.raises(BadInput, match="unknown parameter 'trees'; known: n_estimators"):
        trained(Forest, trees=4)


class Own(BaseEstimator):  # type: ignore[misc]
    """An estimator that skops has never heard of."""

    def fit(self, _x: Any, y: Any) -> "Own":
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, x: Any) -> Any:
        return np.full(len(x), self.mean_)


def test_a_type_that_nobody_trusts_is_kept_and_loaded_only_where_it_is_named(
    tmp_path: Path,
) -> None:
    class Strange(Estimator):
        makes = {"regression": Own}

    class Named(Strange):
        trusted = (f"{Own.__module__}.Own",)

    with pytest.raises(
        BadInput, match=r"types of unknown content: .*test_estimator\.Own; look at what they are"
    ):
        trained(Strange).save(tmp_path)
    assert not (tmp_path / KEPT).exists()
    trained(Named).save(tmp_path)
    assert Named.load(tmp_path).score(X)[0] == pytest.approx(NUMBER.mean())
    with pytest.raises(BadInput, match="types of unknown content"):
        Strange.load(tmp_path)


def test_neighbours_are_kept_with_their_tree(tmp_path: Path) -> None:
    class Near(Estimator):
        makes = {"regression": KNeighborsRegressor}

    trained(Near).save(tmp_path)
    assert Near.load(tmp_path).score(X).tobytes() == trained(Near).score(X).tobytes()


def test_what_scikit_learn_lists_are_its_estimators_and_nothing_else_is() -> None:
    listed = [f"{one.__module__}.{one.__name__}" for _, one in all_estimators()]
    assert [name for name in listed if not is_estimator(name)] == []
    inside = (
        "sklearn.base.BaseEstimator",
        "sklearn.tree._tree.Tree",
        "sklearn.tests.test_base.MyEstimator",
    )
    others = (
        "sklearn.linear_model.Ridge",
        "sklearn.no.Such",
        "os.system",
        "sklearn.tree._classes.BaseDecisionTree",
    )
    assert not any(map(is_estimator, (*inside, *others)))


@pytest.mark.parametrize("loader", ["FunctionNode", "TypeNode"])
def test_an_estimator_is_allowed_as_an_object_alone(loader: str) -> None:
    with ZipFile(BytesIO(packed(Ridge()))) as archive:
        schema = json.loads(archive.read("schema.json"))
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("schema.json", json.dumps({**schema, "__loader__": loader, "content": {}}))
    with pytest.raises(BadInput, match=r"types of unknown content: .*Ridge"):
        unpacked(out.getvalue(), (), Path("models/ridge.py"))


def test_threads_that_keep_models_leave_scikit_learn_as_it_was() -> None:
    code = (
        "import sys, threading; sys.setswitchinterval(1e-5); from sklearn import utils; "
        "before = utils.all_estimators; from sklearn.linear_model import Ridge; "
        "from clockwork.learning.packed import packed; some = [threading.Thread(target=packed, "
        "args=(Ridge(),)) for _ in range(4)]; [one.start() for one in some]; "
        "[one.join() for one in some]; print(utils.all_estimators is before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "True"


def test_a_model_is_kept_and_loaded_without_the_whole_of_scikit_learn(tmp_path: Path) -> None:
    trained(Forest).save(tmp_path)
    code = (
        "import sys; from pathlib import Path; from tests.engine.unit.models.test_estimator "
        f"import Forest; Forest.load(Path({str(tmp_path)!r})); print([name for name in ('dask', "
        "'sklearn.gaussian_process', 'skops.io') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "['skops.io']"
