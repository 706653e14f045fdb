"""A target is what its task says, or one line about the first row that is not."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clockwork.learning.data.accounts import account
from clockwork.learning.data.columns import absent
from clockwork.learning.data.disguise import check_disguise
from clockwork.learning.data.rows import raw_rows, read_rows
from clockwork.learning.data.split import JUDGE, TRAIN, split_rows
from clockwork.learning.data.target import with_target
from clockwork.learning.keys import QUERY, TARGET, RowKeys
from clockwork.learning.probes.raw import read_raw
from clockwork.learning.problem import problem_of
from clockwork.learning.targets import classes_of, labels_of, task_of
from clockwork.settings.data import DataSettings, Split
from clockwork.settings.strict import parse
from clockwork.support.errors import BadInput

Read = Callable[..., pd.DataFrame]
TASKS = ("binary", "multiclass", "regression", "ranking")


def settings(task: str, **changes: Any) -> DataSettings:
    ranks = {"query": "list"} if task == "ranking" else {}
    document = {"rows": "data/*.csv", "task": task, "target": "y", **ranks, **changes}
    return parse(document, DataSettings, "configs/data.yaml")


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Rows whose targets are these words, with a list of two rows each and a number beside."""

    def written(task: str, *targets: str, **changes: Any) -> pd.DataFrame:
        (tmp_path / "data").mkdir(exist_ok=True)
        lines = [f"{target},q{at // 2},{at}" for at, target in enumerate(targets)]
        (tmp_path / "data" / "0.csv").write_text(
            "\n".join(["y,list,x", *lines]) + "\n", encoding="utf-8"
        )
        return read_rows(settings(task, **changes), tmp_path)

    return written


def fault(rows: pd.DataFrame) -> str | None:
    task = task_of(rows).name
    return task_of(rows).fault(rows, settings(task).columns)


@pytest.mark.parametrize(
    ("task", "targets", "found"),
    [
        ("binary", ["0", "1", "0"], [0, 1, 0]),
        ("binary", ["0.0", "1.0", "0.0"], [0, 1, 0]),
        ("multiclass", ["10", "2", "b"], [1, 0, 2]),
        ("multiclass", ["10.0", "2", "10"], [1, 0, 1]),
        ("regression", ["1.5", "-2", "7"], [1.5, -2, 7]),
        ("ranking", ["0", "3", "1"], [0, 3, 1]),
    ],
)
def test_a_target_becomes_what_its_task_has(
    read: Read, task: str, targets: list[str], found: list[float]
) -> None:
    rows = read(task, *targets)
    assert task_of(rows).name == task
    assert labels_of(rows).tolist() == found
    assert labels_of(rows).dtype == {"binary": np.int8, "multiclass": np.int32}.get(
        task, np.float64
    )


def test_classes_are_in_their_natural_order_and_kept_by_a_file(read: Read, tmp_path: Path) -> None:
    rows = read("multiclass", "b", "10", "2", "a")
    assert classes_of(rows) == ("2", "10", "a", "b")
    rows.iloc[:2].to_parquet(tmp_path / "some.parquet", index=False)
    assert classes_of(pd.read_parquet(tmp_path / "some.parquet")) == ("2", "10", "a", "b")


def test_a_learner_knows_of_classes_and_of_lists(read: Read) -> None:
    assert problem_of(read("multiclass", "b", "a")).classes == ("a", "b")
    query = problem_of(read("ranking", "1", "0", "0", "2")).query
    assert query is not None
    assert query.tolist() == [0, 0, 1, 1]
    assert problem_of(read("regression", "1", "2")) == problem_of(read("regression", "3", "4"))


@pytest.mark.parametrize(
    ("task", "targets", "message"),
    [
        *(
            (task, ["1", "", "0"], "column 'y': 1 rows have no label, the first is row 1; keep")
            for task in TASKS
        ),
        (
            "regression",
            ["1", "two", "3"],
            r"1 targets are no numbers, the first \('two'\) in row 1; mend or drop",
        ),
        (
            "ranking",
            ["1", "two", "3"],
            r"1 targets are no numbers, the first \('two'\) in row 1; mend or drop",
        ),
        (
            "regression",
            ["1", "inf", "-inf"],
            "column 'y': 2 targets are infinite, the first in row 1; drop them",
        ),
        (
            "ranking",
            ["0", "1", "-2"],
            r"1 relevances are negative, the first \(-2\) in row 2; write 0 for an item",
        ),
        ("multiclass", ["a", "a", "a"], "column 'y': every label is a; several classes are needed"),
        (
            "multiclass",
            [f"c{at}" for at in range(201)],
            "column 'y': 201 classes, the first 'c0'; join some, or set",
        ),
        (
            "regression",
            ["2026-03-01", "2026-03-02"],
            r"column 'y' is date32.*, not a number; name another `target`",
        ),
    ],
)
def test_a_target_that_the_task_cannot_have_is_one_line(
    read: Read, task: str, targets: list[str], message: str
) -> None:
    with pytest.raises(BadInput, match=message) as error:
        read(task, *targets)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("task", "targets"),
    [("binary", "1  0"), ("multiclass", "a  b"), ("regression", "2.5  7"), ("ranking", "2  0")],
)
def test_rows_without_a_target_are_refused_or_dropped(read: Read, task: str, targets: str) -> None:
    words = ["", *targets.split(" "), ""]
    with pytest.raises(
        BadInput, match=r"3 rows have no (label|target), the first is row 0; .*`unlabelled`"
    ):
        read(task, *words)
    rows = read(task, *words, unlabelled="drop")
    assert rows["x"].tolist() == [1, 3]
    with pytest.raises(BadInput, match="the table has no rows with a target"):
        read(task, "", "", unlabelled="drop")


def test_a_target_is_absent_within_a_dictionary_too_and_a_list_can_be_none() -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), pa.array([1.0, np.nan]))
    assert absent(pa.chunked_array([column])).to_pylist() == [False, True, True]
    with pytest.raises(BadInput, match=r"column 'y' is list<.*>, no target; convert it"):
        with_target(pa.table({"y": [[1], [2]]}), "y")


def test_the_probes_see_the_rows_that_the_reader_sees(read: Read, tmp_path: Path) -> None:
    rows = read("binary", "1", "", "0", "1", unlabelled="drop")
    raw = read_raw(settings("binary", unlabelled="drop"), tmp_path)
    assert raw.classes() == [0, 1]
    assert sorted(raw.names()) == sorted(rows["entity"].astype(str))
    assert raw_rows(settings("binary", unlabelled="drop"), tmp_path) == 4


@pytest.mark.parametrize(
    ("task", "targets", "message"),
    [
        (
            "regression",
            ["5", "5", "5"],
            "column 'y': every target is 5; there is nothing to predict",
        ),
        (
            "multiclass",
            ["a", "a", "b"],
            r"class 'b' has one row only \(row 2\); a class is needed on both sides",
        ),
        (
            "ranking",
            ["0", "0", "0"],
            "column 'y': no relevance is above 0; there is nothing to rank",
        ),
    ],
)
def test_targets_that_say_nothing_together_are_one_line(
    read: Read, task: str, targets: list[str], message: str
) -> None:
    assert re.search(message, fault(read(task, *targets)) or "")


def test_lists_of_one_row_each_are_no_lists(read: Read) -> None:
    rows = read("ranking", "0", "1", "2")
    assert fault(rows) is None
    alone = rows.assign(**{QUERY: pd.Categorical(["a", "b", "c"])})
    assert "column 'list': every query has one item only" in str(fault(alone))


def test_a_row_without_a_list_is_reported_with_its_place(read: Read, tmp_path: Path) -> None:
    read("ranking", "0", "1")
    (tmp_path / "data" / "0.csv").write_text("y,list,x\n1,a,1\n0,,2\n", encoding="utf-8")
    with pytest.raises(BadInput, match="column 'list': 1 rows have none, the first is row 1"):
        read_rows(settings("ranking"), tmp_path)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"task": "ranking"},
            "a ranking needs `query`, the column that says which rows are one list; name it",
        ),
        (
            {"task": "regression", "positive": 1},
            "`positive` is for two classes, and `task` is regression; take it out",
        ),
        ({"task": "sorting"}, "task"),
    ],
)
def test_settings_that_do_not_fit_the_task_are_one_line(
    document: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        parse({"rows": "data/*.csv", "target": "y", **document}, DataSettings, "configs/data.yaml")


def keys(task: str, count: int = 600, **columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    target: Any = {
        "multiclass": pd.Categorical(rng.choice(["a", "b", "c"], count, p=[0.8, 0.15, 0.05])),
        "regression": rng.normal(size=count),
        "ranking": rng.integers(0, 4, count).astype(np.float64),
    }[task]
    lists = (
        {QUERY: pd.Categorical([f"q{at // 6}" for at in range(count)])} if task == "ranking" else {}
    )
    named = {"entity": pd.Categorical([f"r{at}" for at in range(count)]), "time": np.arange(count)}
    return pd.DataFrame({**named, **lists, **columns, TARGET: target})


@pytest.mark.parametrize("task", ["multiclass", "regression", "ranking"])
@pytest.mark.parametrize("by", ["random", "entity", "time"])
def test_each_task_splits_and_lists_stay_whole(task: str, by: str) -> None:
    rows = split_rows(keys(task), Split.model_validate({"by": by, "train_share_of_entities": 0.7}))
    trains, evaluates = rows[rows["part"] == TRAIN], rows[rows["part"] == JUDGE]
    assert len(trains) > len(evaluates) > 100
    if task == "ranking":
        assert not set(trains[QUERY]) & set(evaluates[QUERY])
        assert (rows.groupby(QUERY, observed=True)["fold"].nunique() == 1).all()
    if task == "multiclass":
        assert set(trains[TARGET]) == set(evaluates[TARGET]) == {"a", "b", "c"}


def test_a_random_split_gives_each_class_its_share() -> None:
    rows = split_rows(keys("multiclass"), Split(by="random", train_share_of_entities=0.7))
    shares = (rows["part"] == TRAIN).groupby(rows[TARGET], observed=True).mean()
    assert np.abs(shares - 0.7).max() < 0.03


def test_a_class_that_is_on_one_side_only_is_one_line() -> None:
    rows = keys("multiclass")
    late = rows.assign(
        **{TARGET: pd.Categorical(np.where(np.arange(600) < 500, "a", rows[TARGET].astype(str)))}
    )
    with pytest.raises(
        BadInput, match="leaves 360 training rows with none of class 'b' and 1 more; every class is"
    ):
        split_rows(late, Split(by="time", fold_by="time"))


def test_lists_that_a_split_would_cut_are_one_line() -> None:
    rows = keys("ranking", site=pd.Categorical(["a", "b"] * 300))
    with pytest.raises(
        BadInput, match="split cuts 100 lists apart, the first of query 'q0'; set `by` to random"
    ):
        split_rows(rows, Split(by="column", column="site", evaluate=["b"]))


def test_the_fingerprint_tells_targets_of_every_task_apart() -> None:
    for task in ("multiclass", "regression", "ranking"):
        rows = keys(task)
        turned = rows.assign(**{TARGET: rows[TARGET].iloc[::-1].array})
        assert RowKeys(rows).fingerprint() == RowKeys(keys(task)).fingerprint()
        assert RowKeys(rows).fingerprint() != RowKeys(turned).fingerprint()
    ranked = keys("ranking")
    other = ranked.assign(**{QUERY: pd.Categorical([f"q{at // 3}" for at in range(600)])})
    assert RowKeys(ranked).fingerprint() != RowKeys(other).fingerprint()


def test_only_tasks_with_positives_count_them() -> None:
    assert account(keys("regression"), keys("regression"), "kept").positives is None
    assert account(keys("multiclass"), keys("multiclass"), "kept").positives is None
    relevant = int((keys("ranking")[TARGET] > 0).sum())
    assert account(keys("ranking"), keys("ranking")[:0], "kept").positives == (relevant, 0)


@pytest.mark.parametrize("task", ["multiclass", "regression", "ranking"])
def test_a_column_that_is_the_target_in_disguise_is_reported(task: str) -> None:
    rows = keys(task)
    disguised = np.exp(-labels_of(rows).astype(np.float32)).astype(np.float32)
    noise = np.random.default_rng(1).normal(size=len(rows)).astype(np.float32)
    check_disguise(rows.assign(noise=noise, near=disguised + noise), ["noise", "near"])
    with pytest.raises(
        BadInput, match=r"column 'disguised' alone tells the target of every row \(first row \d+"
    ):
        check_disguise(rows.assign(noise=noise, disguised=disguised), ["noise", "disguised"])
