"""What each algorithm owes: same seed, same bits, files without pickle, sane scores, some skill."""

import importlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import roc_auc_score

import pipelines.models
from clockwork.model import Algorithm, Folds, Problem, fit, take
from clockwork.project import find_model
from clockwork.support.errors import BadInput

Matrix = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int8]
SMALL: dict[str, dict[str, Any]] = {
    "lightgbm": {"rounds": 20, "min_data_in_leaf": 5, "bagging_freq": 1, "bagging_fraction": 0.7},
    "isolation_forest": {"trees": 25, "sample": 128},
    "robust_z": {"top": 2},
}
FOLDER = Path(pipelines.models.__path__[0])
PARAMS = {path.stem: SMALL.get(path.stem, {}) for path in sorted(FOLDER.glob("[!_]*.py"))}
LAST_BITS = 1e-12  # a product's sums run by where rows lie
SUPERVISED = [name for name in ("lightgbm", "logistic") if name in PARAMS]
every = pytest.mark.parametrize("name", PARAMS)


def toy(rows: int = 600, seed: int = 1) -> tuple[Matrix, Labels]:
    """Four features, of which positives have two shifted; some values are missing."""
    rng = np.random.default_rng(seed)
    y = (rng.random(rows) < 0.15).astype(np.int8)
    x = rng.normal(size=(rows, 4))
    x[:, :2] += 4 * y[:, None]
    x[rng.random(x.shape) < 0.05] = np.nan
    return x.astype(np.float32), y


def fitted(name: str, seed: int = 7, **params: Any) -> Algorithm:
    return find_model(name).fit(*toy(), {**PARAMS[name], **params}, seed)


@pytest.fixture(scope="module")
def fresh() -> Matrix:
    return toy(seed=2)[0]


@every
def test_the_same_seed_gives_the_same_scores_to_the_bit(name: str, fresh: Matrix) -> None:
    assert fitted(name).score(fresh).tobytes() == fitted(name).score(fresh).tobytes()


@every
def test_an_algorithm_tells_the_truth_about_its_seed(name: str, fresh: Matrix) -> None:
    differ = (
        fitted(name, seed=7).score(fresh).tobytes() != fitted(name, seed=8).score(fresh).tobytes()
    )
    assert differ is find_model(name).seeded


@every
def test_a_reloaded_model_scores_the_same_to_the_bit(
    name: str, fresh: Matrix, tmp_path: Path
) -> None:
    model = fitted(name)
    model.save(tmp_path)
    assert find_model(name).load(tmp_path).score(fresh).tobytes() == model.score(fresh).tobytes()


@every
def test_saving_twice_writes_the_same_scores(name: str, fresh: Matrix, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    fitted(name).save(tmp_path / "one")
    find_model(name).load(tmp_path / "one").save(tmp_path / "two")
    assert (
        find_model(name).load(tmp_path / "two").score(fresh).tobytes()
        == fitted(name).score(fresh).tobytes()
    )


@every
def test_no_file_of_a_model_holds_pickle(name: str, tmp_path: Path) -> None:
    fitted(name).save(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert path.suffix in {".txt", ".npz", ".json", ".skops"}
        assert not path.read_bytes().startswith(b"\x80")
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                assert all(arrays[key].dtype != object for key in arrays)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as inside:
                assert not any(inside.read(one).startswith(b"\x80") for one in inside.namelist())
                assert {Path(one).suffix for one in inside.namelist()} <= {".npy", ".json"}


@every
def test_scores_are_probabilities_one_for_each_row(name: str, fresh: Matrix) -> None:
    scores = fitted(name).score(fresh)
    assert scores.shape == (len(fresh),)
    assert scores.dtype == np.float64
    assert scores.min() >= 0
    assert scores.max() <= 1
    assert len(np.unique(scores)) > 10


@every
def test_rows_are_scored_each_for_itself(name: str, fresh: Matrix) -> None:
    model = fitted(name)
    whole = model.score(fresh)
    turned = model.score(fresh[::-1])[::-1]
    assert np.abs(turned - whole).max() <= (LAST_BITS if name == "linear" else 0)
    np.testing.assert_allclose(
        np.concatenate([model.score(row[None]) for row in fresh[:20]]), whole[:20], rtol=1e-12
    )


@every
@pytest.mark.parametrize(
    "gap", ["a whole row", "a whole column when scored", "a whole column when trained"]
)
def test_missing_values_are_handled(name: str, gap: str, fresh: Matrix) -> None:
    x, y = toy()
    asked = fresh.copy()
    if gap == "a whole row":
        asked[3] = np.nan
    elif gap == "a whole column when scored":
        asked[:, 0] = np.nan
    else:
        x[:, 3] = np.nan
    with np.errstate(all="ignore"):
        scores = find_model(name).fit(x, y, PARAMS[name], 7).score(asked)
    assert np.isfinite(scores).all()


@every
def test_a_feature_that_never_changes_is_harmless(name: str, fresh: Matrix) -> None:
    x, y = toy()
    x[:, 3] = 5
    assert np.isfinite(find_model(name).fit(x, y, PARAMS[name], 7).score(fresh)).all()


@every
def test_training_changes_neither_rows_nor_labels(name: str) -> None:
    x, y = toy()
    find_model(name).fit(x, y, PARAMS[name], 7).score(x)
    assert x.tobytes() == toy()[0].tobytes()
    assert y.tobytes() == toy()[1].tobytes()


@every
def test_an_unknown_parameter_is_refused_with_its_file(name: str) -> None:
    with pytest.raises(
        BadInput, match=rf"configs/models/{name}\.yaml: unknown parameter 'colour'; known: \w+"
    ):
        fitted(name, colour=1)


REFUSED = [
    ("lightgbm", {"num_leaves": 1}, r"Check failed: \(num_leaves\) > \(1\)"),
    ("logistic", {"inverse_penalty": 0}, "The 'C' parameter of LogisticRegression must be"),
    ("linear", {"penalty": -1}, "The 'C' parameter of LogisticRegression must be"),
    ("isolation_forest", {"sample": 0.5}, "'sample' must be 2 or more"),
    ("isolation_forest", {"sample": 1}, "'sample' must be 2 or more"),
    ("isolation_forest", {"trees": 0}, "The 'n_estimators' parameter"),
    ("robust_z", {"top": 0}, "'top' must be 1 or more"),
]


@pytest.mark.parametrize(("name", "params", "words"), [one for one in REFUSED if one[0] in PARAMS])
def test_a_value_that_a_learner_cannot_take_is_refused_with_its_file(
    name: str, params: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput, match=rf"^configs/models/{name}\.yaml: {words}"):
        fit(find_model(name), *toy(), {**PARAMS[name], **params}, 7, ())


@every
def test_positives_get_the_higher_scores(name: str) -> None:
    x, y = toy(seed=3)
    assert roc_auc_score(y, fitted(name).score(x)) > (0.95 if name in SUPERVISED else 0.8)


@every
def test_scores_are_calibrated_on_the_training_rows(name: str) -> None:
    x, y = toy()
    assert fitted(name).score(x).mean() == pytest.approx(y.mean(), abs=0.03)


@pytest.mark.parametrize("name", SUPERVISED)
def test_a_learner_of_labels_follows_them(name: str, fresh: Matrix) -> None:
    x, y = toy()
    turned = find_model(name).fit(x, 1 - y, PARAMS[name], 7).score(fresh)
    assert np.corrcoef(turned, fitted(name).score(fresh))[0, 1] < -0.9


def test_a_name_without_a_module_is_bad_input() -> None:
    with pytest.raises(
        BadInput,
        match=r"configs/gate\.yaml: no pipelines/models/oracle\.py; add it or fix the name",
    ):
        find_model("oracle")


def test_a_module_without_a_model_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    name = next(iter(PARAMS))
    module = importlib.import_module(f"pipelines.models.{name}")
    monkeypatch.delattr(module, "MODEL")
    with pytest.raises(BadInput, match=rf"pipelines/models/{name}\.py: no class is called MODEL"):
        find_model(name)


@pytest.mark.skipif("linear" not in PARAMS, reason="this project has no linear model")
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_penalty_of_nothing_is_none(task: str) -> None:
    x, y = toy()
    free, loose = (
        fit(find_model("linear"), x, y, {"penalty": one}, 7, (), Problem(task)).score(x)
        for one in (0, 1e-9)
    )
    assert np.abs(free - loose).max() < 1e-3


def test_parameters_are_taken_over_their_defaults() -> None:
    assert take({"b": 3}, {"a": 1, "b": 2}, "x") == {"a": 1, "b": 3}


def test_folds_hold_every_row_out_once_and_train_on_the_others() -> None:
    x, y = toy(rows=30)
    folds = Folds(x, y, (np.arange(30) % 3).astype(np.int8))
    assert sorted(np.concatenate(folds.held_out).tolist()) == list(range(30))
    for train, held_out in zip(folds.train, folds.held_out, strict=True):
        assert sorted([*train.tolist(), *held_out.tolist()]) == list(range(30))
        assert len(held_out) == 10


TAKES_CATEGORIES = [name for name in PARAMS if getattr(find_model(name), "categorical", False)]


def colours(rows: int = 800) -> tuple[Matrix, Labels]:
    """A category of eight values, every other one positive, beside a number that says nothing."""
    rng = np.random.default_rng(4)
    code = rng.integers(0, 8, rows)
    x = np.column_stack([rng.normal(size=rows), code]).astype(np.float32)
    return x, (code % 2 == 0).astype(np.int8)


@pytest.mark.parametrize("name", SUPERVISED)
def test_a_category_is_taken_value_by_value_not_by_its_number(name: str, tmp_path: Path) -> None:
    x, y = colours()
    small = {"lightgbm": {"rounds": 1, "num_leaves": 2, "min_data_in_leaf": 5}}.get(name, {})
    by_number = fit(find_model(name), x, y, small, 7, ()).score(x)
    model = fit(find_model(name), x, y, small, 7, [1])
    assert roc_auc_score(y, by_number) < 0.8
    assert roc_auc_score(y, model.score(x)) == 1
    model.save(tmp_path)
    assert find_model(name).load(tmp_path).score(x).tobytes() == model.score(x).tobytes()


@pytest.mark.skipif("logistic" not in PARAMS, reason="this project has no logistic regression")
def test_of_very_many_values_the_most_frequent_have_a_weight(tmp_path: Path) -> None:
    value = np.concatenate([np.arange(5000), np.arange(4).repeat(400)]).astype(np.float32)
    x = np.column_stack([np.zeros(len(value)), value]).astype(np.float32)
    model = fit(find_model("logistic"), x, (value < 2).astype(np.int8), {}, 7, [1])
    model.save(tmp_path)
    with np.load(tmp_path / "model.npz") as arrays:
        assert len(arrays["weights"]) < 100, "as many columns as values would fill the memory"
    assert roc_auc_score(value < 2, model.score(x)) > 0.99


@pytest.mark.parametrize("name", TAKES_CATEGORIES)
def test_a_value_that_no_training_row_had_is_a_missing_one(name: str) -> None:
    x, y = colours()
    model = fit(find_model(name), x, y, PARAMS[name], 7, [1])
    asked = x[:20].copy()
    asked[:, 1] = np.nan
    assert np.isfinite(model.score(asked)).all()


@pytest.mark.parametrize("name", TAKES_CATEGORIES)
def test_without_categories_a_model_is_what_it_was(name: str, fresh: Matrix) -> None:
    model = fit(find_model(name), *toy(), PARAMS[name], 7, ())
    assert model.score(fresh).tobytes() == fitted(name).score(fresh).tobytes()


def test_the_folds_of_a_search_know_the_categories() -> None:
    x, y = colours()
    folds = Folds(x, y, (np.arange(len(x)) % 3).astype(np.int8), categories=[1])
    params = {"rounds": 2, "num_leaves": 2, "min_data_in_leaf": 5}
    *_, (rounds, raw) = find_model("lightgbm").steps(  # type: ignore[attr-defined]
        folds, params, 7, 1
    )
    assert rounds == 2
    assert roc_auc_score(y[folds.held_out[0]], raw[0]) == 1
