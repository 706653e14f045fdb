"""Golden rows of numbers and classes: chosen where all runs are right, missed by a worse model."""

from pathlib import Path

import numpy as np
import pytest

from clockwork.compare.built_commit import BuiltCommit, built
from clockwork.compare.golden import GOLDEN, golden, read_golden
from clockwork.compare.golden_cases import CASES, Case, misses, place_of
from clockwork.support.checkout import Checkout
from tests.engine.unit.results.conftest import BEST

from .conftest import write


def commit(root: Path, task: str, skill: float = 1.0, seeds: range = range(1, 4)) -> BuiltCommit:
    write(root, task, skill * BEST[task], seeds)
    (root / GOLDEN).parent.mkdir(parents=True, exist_ok=True)
    return built(root)


@pytest.mark.parametrize(("task", "count"), [("regression", CASES), ("multiclass", 3)])
def test_chosen_rows_are_met_by_other_seeds_and_missed_by_a_worse_model(
    tmp_path: Path, task: str, count: int
) -> None:
    one = commit(tmp_path / "one", task)
    assert golden(Checkout(one.root)) == f"{GOLDEN}: {count} cases of {task}; commit it"
    cases = read_golden(one.root / GOLDEN).cases
    assert len({tuple(case.row) for case in cases}) == count
    assert {name for case in cases for name in case.algorithms} == {"lightgbm"}, "naive is watched"
    for other, seeds in (
        (one, "its own"),
        (commit(tmp_path / "two", task, seeds=range(4, 7)), "others"),
    ):
        runs = other.runs(other.evaluation, ["lightgbm"])
        assert not any(misses(other.evaluation, runs, case) for case in cases), seeds
    worse = commit(tmp_path / "worse", task, skill=-3.0)
    runs = worse.runs(worse.evaluation, ["lightgbm"])
    assert sum(bool(misses(worse.evaluation, runs, case)) for case in cases) > count / 2


def test_lists_have_no_golden_rows_and_the_file_says_none(tmp_path: Path) -> None:
    one = commit(tmp_path, "ranking")
    assert golden(Checkout(one.root)) == f"{GOLDEN}: ranking has no golden cases"
    assert read_golden(one.root / GOLDEN).cases == []


def test_a_golden_row_that_is_gone_is_named(tmp_path: Path) -> None:
    one = commit(tmp_path, "regression")
    case = Case(row=["row-9999", 0], target=1.0, tolerance=0.1, algorithms=["lightgbm"])
    assert place_of(one.evaluation, case) is None
    with pytest.raises(KeyError, match="row-9999"):
        misses(one.evaluation, {"lightgbm": np.zeros((1, 1200))}, case)


def test_an_algorithm_that_gates_no_more_misses_nothing(tmp_path: Path) -> None:
    one = commit(tmp_path, "regression")
    case = Case(row=["row-0000", 0], target=-99.0, tolerance=0.1, algorithms=["gone"])
    assert misses(one.evaluation, {"lightgbm": np.zeros((1, 1200))}, case) == []
