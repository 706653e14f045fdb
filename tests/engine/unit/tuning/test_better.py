"""What a search makes greater is the primary metric of its task, as the gate has it."""

import numpy as np
import pytest

from clockwork.gate.registry import TASKS as GATE
from clockwork.gate.rows import Rows, Scored
from clockwork.learning.tasks.registry import TASKS
from clockwork.learning.tuning.curves import curve
from clockwork.model import Folds, Labels, Problem, Scores
from clockwork.project import find_model
from clockwork.support.errors import BadInput

COUNT, CLASSES = 240, ("a", "b", "c")
QUERY = np.random.default_rng(1).permutation(np.arange(COUNT) % 40)
PARAMS = {"rounds": 24, "min_data_in_leaf": 5, "feature_fraction": 0.8}


def case(task: str, seed: int = 5) -> tuple[Labels, Scores]:
    """Labels and scores with ties."""
    rng = np.random.default_rng(seed)
    score = rng.integers(1, 9, COUNT) / 10
    match task:
        case "binary":
            return (rng.random(COUNT) < 0.2).astype(np.int8), score
        case "multiclass":
            chances = rng.integers(1, 9, (COUNT, 3)).astype(np.float64)
            return rng.integers(0, 3, COUNT), chances / chances.sum(axis=1, keepdims=True)
        case "regression":
            return rng.normal(size=COUNT), score
    return np.where(QUERY < 5, 0.0, rng.integers(0, 4, COUNT)), score


@pytest.mark.parametrize("task", TASKS)
def test_it_is_the_gates_primary_metric(task: str) -> None:
    label, score = case(task)
    metric = GATE[task].metrics[GATE[task].primary]
    query = QUERY if task == "ranking" else None
    entity = np.arange(COUNT) if query is None else query
    rows = Rows(entity, label, int(entity.max()) + 1, None, query, CLASSES)
    assert TASKS[task].better(label, score, query) == pytest.approx(
        metric.sign * metric.value(Scored(rows, score))
    )


def problem(task: str) -> tuple[Folds, Problem]:
    """Rows that can be learnt from in three folds; lists are whole in a fold, and lie scattered."""
    label, _ = case(task)
    x = np.random.default_rng(2).normal(size=(COUNT, 4)).astype(np.float32)
    x[:, 0] += label
    query = QUERY if task == "ranking" else None
    own = Problem(task, CLASSES if task == "multiclass" else (), query)
    fold = (np.arange(COUNT) if query is None else query) % 3
    return Folds(x, label, fold.astype(np.int8), problem=own), own


@pytest.mark.parametrize("task", ["multiclass", "regression", "ranking"])
@pytest.mark.parametrize("name", ["lightgbm", "linear", "naive"])
def test_a_curve_ends_where_the_whole_training_ends(task: str, name: str) -> None:
    folds, own = problem(task)
    params, better = PARAMS if name == "lightgbm" else {}, TASKS[task].better
    *_, (rounds, found) = curve(find_model(name), folds, params, 3, 7, better)
    assert rounds == (24 if name == "lightgbm" else 0)
    whole = []
    for train, held_out in zip(folds.train, folds.held_out, strict=True):
        model = find_model(name).fit(
            folds.x[train], folds.y[train], params, 3, problem=own.of(train)
        )  # type: ignore[call-arg]
        score = model.score(folds.x[held_out])
        whole.append(better(folds.y[held_out], score, own.of(held_out).query))
    assert found == pytest.approx(np.mean(whole), abs=1e-9)


@pytest.mark.parametrize("task", ["multiclass", "regression", "ranking"])
def test_what_is_learnt_is_better_than_the_naive_model(task: str) -> None:
    folds, _ = problem(task)
    last = {
        name: list(curve(find_model(name), folds, {}, 3, 50, TASKS[task].better))[-1][1]
        for name in ("linear", "naive")
    }
    assert last["linear"] >= last["naive"]


def test_a_learner_of_two_classes_says_that_it_cannot_do_more() -> None:
    folds, _ = problem("regression")
    with pytest.raises(
        BadInput,
        match=r"pipelines/models/robust_z\.py learns binary, and the target .* is regression; take",
    ):
        list(curve(find_model("robust_z"), folds, {}, 3, 7, TASKS["regression"].better))
