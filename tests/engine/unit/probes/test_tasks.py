"""Probes ask of each task what can be asked of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clockwork.learning.keys import TARGET
from clockwork.learning.probes.parity import gaps, parity
from clockwork.learning.probes.repeat import score_gap
from clockwork.learning.probes.search import turned
from clockwork.learning.probes.single_feature import single_feature
from clockwork.learning.scores import runs_of, score_columns, seeds_of, with_scores
from clockwork.model import Labels, Matrix, Problem, fit
from clockwork.project import find_model

RNG = np.random.default_rng(6)
NOISE = RNG.normal(size=(400, 2)).astype(np.float32)
CLASS = RNG.integers(0, 5, 400).astype(np.int32)
TARGETS: dict[str, Labels] = {
    "multiclass": CLASS,
    "ranking": CLASS.astype(np.float64),
    "regression": np.exp(RNG.normal(size=400)),
}


@pytest.mark.parametrize("task", TARGETS)
def test_one_feature_that_tells_the_target_almost_alone_is_found(task: str) -> None:
    y = TARGETS[task]
    assert single_feature(NOISE, y, ["a", "b"], task).held
    leak = np.column_stack([NOISE, y * 10 + NOISE[:, 0] / 100]).astype(np.float32)
    found = single_feature(leak, y, ["a", "b", "leak"], task)
    assert not found.held
    what = (
        "rank correlation of 1.000"
        if task == "regression"
        else "ROC AUC of 1.000, the mean over pairs of classes"
    )
    assert found.message == f"'leak' alone reaches a {what}"


@pytest.mark.parametrize("task", ["binary", *TARGETS])
def test_a_category_that_is_the_target_is_found_whatever_its_values_are_called(task: str) -> None:
    y = (CLASS == 2).astype(np.int8) if task == "binary" else TARGETS[task]
    value = np.argsort(np.argsort(y)) // 10 if task == "regression" else CLASS
    code = np.random.default_rng(1).permutation(40)[value]
    x = np.column_stack([NOISE, code]).astype(np.float32)
    found = single_feature(x, y, ["a", "b", "status"], task, [2])
    assert (found.held, found.message.partition(" alone")[0]) == (False, "'status'")


def test_a_category_that_names_entities_is_believed_where_each_has_one_label() -> None:
    entity = np.random.default_rng(3).permutation(400) // 5
    y = (np.random.default_rng(4).random(80) < 0.3).astype(np.int8)[entity]
    named = entity[:, None].astype(np.float32)
    assert not single_feature(named, y, ["name"], categories=[0]).held
    assert single_feature(named, y, ["name"], categories=[0], entity=entity).held


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_a_feature_that_honestly_says_much_is_believed(task: str) -> None:
    y = TARGETS[task]
    near = (y + RNG.normal(size=400) * (0.8 if task == "multiclass" else 0.2)).astype(np.float32)[
        :, None
    ]
    assert single_feature(near, y, ["near"], task).held


def test_turned_targets_are_other_ones_and_only_where_asked() -> None:
    where = np.arange(400) % 2 == 0
    named = pd.Series(pd.Categorical.from_codes(CLASS, pd.Index(list("abcde"))))
    other = pd.Series(turned(named, where))
    assert (other[where] != named[where]).all()
    assert (other[~where] == named[~where]).all()
    assert list(other.cat.categories) == list("abcde")
    numbers = pd.Series(TARGETS["regression"])
    mirrored = turned(numbers, where)
    assert np.corrcoef(pd.Series(mirrored[where]).rank(), numbers[where].rank())[
        0, 1
    ] == pytest.approx(-1)
    assert (mirrored[~where] == numbers[~where]).all()
    assert turned(pd.Series([0, 1, 1], dtype=np.int8), np.array([True, True, False])).tolist() == [
        1,
        0,
        1,
    ]


def test_scores_of_classes_have_a_column_each_and_come_back_as_they_were() -> None:
    keys = pd.DataFrame({TARGET: pd.Categorical(["a", "b_1", "a"])})
    chances = np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]])
    scored = with_scores(keys, {7: chances, 8: 1 - chances}, ["a", "b_1"])
    assert seeds_of(scored) == {
        "7": ["score_7_a", "score_7_b_1"],
        "8": score_columns(8, ["a", "b_1"]),
    }
    assert [run.tolist() for run in runs_of(scored)] == [chances.tolist(), (1 - chances).tolist()]
    numbers = with_scores(pd.DataFrame({TARGET: [1.0, 2.0]}), {7: np.array([3.0, 4.0])}, [])
    assert [run.tolist() for run in runs_of(numbers)] == [[3.0, 4.0]]


def test_scores_above_one_are_compared_as_shares() -> None:
    one, other = (
        np.array([[1e6], [0.5], [np.nan], [np.nan]]),
        np.array([[1e6 + 1e-4], [0.5 + 1e-4], [np.nan], [1.0]]),
    )
    assert gaps(one, other).tolist() == pytest.approx([1e-10, 1e-4, 0, np.inf])
    assert score_gap(one[:2], other[:2]) == pytest.approx(1e-4)
    assert score_gap(np.array([1e6]), np.array([1e6 + 1e-4])) < 1e-9


def test_chances_of_classes_are_those_of_the_reloaded_model(tmp_path: Path) -> None:
    names = ["a", "b", "c", "d", "e"]
    x: Matrix = np.column_stack([NOISE, CLASS]).astype(np.float32)
    model = fit(
        find_model("lightgbm"), x, CLASS, {"rounds": 3}, 7, (), Problem("multiclass", tuple(names))
    )
    (tmp_path / "7").mkdir()
    model.save(tmp_path / "7")
    entity = pd.Categorical([f"r{at}" for at in range(400)])
    rows = pd.DataFrame(
        {"entity": entity, "time": 0, TARGET: pd.Categorical.from_codes(CLASS, pd.Index(names))}
    )
    scored = with_scores(rows, {7: model.score(x)}, names)

    def build(some: pd.DataFrame) -> tuple[pd.DataFrame, Matrix]:
        return some, x[[int(name[1:]) for name in some["entity"]]]

    assert parity(rows, build, scored, tmp_path, "lightgbm").held
    probe = parity(
        rows, build, scored.assign(score_7_d=scored["score_7_d"] + 1e-6), tmp_path, "lightgbm"
    )
    assert (probe.held, "another score than the reloaded model" in probe.message) == (False, True)
