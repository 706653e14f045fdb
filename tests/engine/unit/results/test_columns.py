"""What the columns of two files mean: one meaning in both, and no row is lost without a word."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.commands.files.compare import judge
from clockwork.commands.files.options import Options
from clockwork.commands.files.plan import plan
from clockwork.gate.outcome import Outcome
from clockwork.support.errors import BadInput
from clockwork.verdict.schema import Verdict

from .conftest import MAKE

Change = Callable[[pd.DataFrame], pd.DataFrame]
QUICK = {"resamples": 200}


def rows(task: str = "binary", skill: float = 1.5) -> pd.DataFrame:
    return MAKE[task](skill, range(2))


def compared(
    folder: Path, base: pd.DataFrame, head: pd.DataFrame, kind: str = "csv", **options: object
) -> Verdict:
    """The verdict on two tables, by way of two files."""
    paths = folder / f"base.{kind}", folder / f"head.{kind}"
    for path, table in zip(paths, (base, head), strict=True):
        table.to_parquet(path) if kind == "parquet" else table.to_csv(path, index=False)
    return judge(*paths, Options(**QUICK, **options))[0]  # type: ignore[arg-type]


def unchanged(found: Verdict) -> bool:
    return {check.outcome for check in found.checks if check.estimate} == {Outcome.UNCHANGED}


def test_head_is_never_read_from_other_prediction_columns_than_base(tmp_path: Path) -> None:
    base = rows().rename(columns={"prediction_0": "prediction", "prediction_1": "score"})
    with pytest.raises(BadInput, match=r"head\.csv: no column 'prediction'"):
        compared(tmp_path, base, base.drop(columns="prediction"))
    found = compared(tmp_path, base, base, prediction="score")
    assert "1 runs against 1 of base, by score; " in found.checks[0].message


@pytest.mark.parametrize("options", [{}, {"cluster": "user"}])
def test_lists_of_several_users_are_never_one_list(tmp_path: Path, options: dict[str, str]) -> None:
    users = rows("ranking").assign(query=lambda one: one["query"] % 3)
    users[options.get("cluster", "entity")] = np.arange(len(users)) // 24
    users["id"] = range(len(users))
    with pytest.raises(BadInput, match=r"query 0 is in more than one '\w+'; give lists names of"):
        compared(tmp_path, users, users, **options)


def test_a_group_of_items_is_no_user(tmp_path: Path) -> None:
    items = rows("ranking").assign(group=lambda one: one["item"] % 2)
    found = compared(tmp_path, items, items)
    assert found.evaluation
    assert found.evaluation.cluster == "query"


@pytest.mark.parametrize("labels", [("no", "yes"), (False, True)])
@pytest.mark.parametrize("seeds", [[""], ["1_", "2_"]])
def test_of_two_classes_with_a_column_each_the_positives_counts(
    tmp_path: Path, labels: tuple[Any, Any], seeds: list[str]
) -> None:
    def by_class(skill: float) -> pd.DataFrame:
        table = rows(skill=skill).drop(columns="slice_kind")
        table["label"] = np.where(table["label"] == "yes", labels[1], labels[0])
        for at, seed in enumerate(seeds):
            score = table.pop(f"prediction_{at}")
            table[f"prediction_{seed}{labels[0]}"] = 1 - score
            table[f"prediction_{seed}{labels[1]}"] = score
        return table.filter(regex=r"^id$|label|prediction_.*[a-z]")

    found = compared(tmp_path, by_class(1.5), by_class(0.7))
    assert found.outcome is Outcome.REGRESSION
    assert f"binary of '{labels[1]}', 1200 rows" in found.checks[0].message
    assert f"{len(seeds)} runs against {len(seeds)} of base" in found.checks[0].message


def test_a_class_may_end_as_another_does(tmp_path: Path) -> None:
    names = {"low": "low", "mid": "very_low", "top": "high"}
    table = rows("multiclass").replace({"target": names})
    table.columns = pd.Index([_renamed(str(name), names) for name in table])
    found = compared(tmp_path, table, table)
    assert {check.slice for check in found.checks if check.slice} == {
        "class high",
        "class low",
        "class very_low",
    }


def _renamed(column: str, names: dict[str, str]) -> str:
    head, _, label = column.rpartition("_")
    return f"{head}_{names[label]}" if label in names else column


def test_a_slice_may_be_called_na_and_rows_without_one_are_counted(tmp_path: Path) -> None:
    table = rows().assign(slice_kind=lambda one: one["slice_kind"].replace({"a": "NA", "b": "EU"}))
    table.loc[:4, "slice_kind"] = None
    found = compared(tmp_path, table, table)
    assert {check.slice for check in found.checks if check.slice} == {"kind EU", "kind NA"}
    assert found.checks[0].message.endswith("; 5 rows have no 'slice_kind'")


@pytest.mark.parametrize("word", ["NA", "N/A", "null"])
def test_na_among_numbers_is_a_missing_one(tmp_path: Path, word: str) -> None:
    lists = rows("ranking")
    lists["relevance"] = lists["relevance"].astype(object).where(lists["item"] < 6, word)
    assert unchanged(compared(tmp_path, lists, lists))
    prices = rows("regression").astype({"price": object}).rename(columns={"price": "target"})
    prices.loc[7, "target"] = word
    with pytest.raises(BadInput, match="'target' has no value in row 7"):
        compared(tmp_path, prices, prices)
    scores = rows().astype({"prediction_0": object})
    scores.loc[7, "prediction_0"] = word
    assert "1 scores that are not finite" in compared(tmp_path, scores, scores).summary


@pytest.mark.parametrize(
    ("task", "more", "shown"),
    [
        ("binary", {"kind": "slice_kind"}, "kind a"),
        ("multiclass", {"slice_class": "target"}, "class low"),
    ],
)
def test_two_slices_of_one_name_are_refused(
    tmp_path: Path, task: str, more: dict[str, str], shown: str
) -> None:
    table = rows(task)
    table = table.assign(**{name: table[of] for name, of in more.items()})
    slices = tuple(name for name in ("slice_kind", "kind", "slice_class") if name in table)
    with pytest.raises(BadInput, match=f"two slices are called '{shown}'"):
        compared(tmp_path, table, table, slices=slices)


def test_a_key_in_the_index_of_parquet_is_a_key(tmp_path: Path) -> None:
    table = rows().set_index("id")
    found = compared(tmp_path, table, table.sample(frac=1, random_state=1), "parquet")
    assert unchanged(found)
    assert "matched by id" in found.checks[0].message


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ({"label": np.int8}, {"label": np.float32}),
        ({"label": np.int64}, {"label": bool}),
        ({"id": np.int64}, {"id": np.float64}),
        ({"id": np.int64}, {"id": str}),
    ],
    ids=["float", "bool", "float key", "text key"],
)
def test_equal_values_of_another_type_are_equal(
    tmp_path: Path, base: dict[str, type], head: dict[str, type]
) -> None:
    table = rows().assign(label=lambda one: (one["label"] == "yes") * 1)
    found = compared(tmp_path, table.astype(base), table.astype(head), "parquet")
    assert unchanged(found)


@pytest.mark.parametrize(
    ("base", "head", "step"),
    [("int64", "uint64", 1), ("int64", "Int64", 1), ("int64", float, 512)],
    ids=["unsigned", "may be missing", "float"],
)
def test_keys_too_long_for_a_float_are_compared_by_value(
    tmp_path: Path, base: str, head: Any, step: int
) -> None:
    table = rows().assign(id=2**60 + step * np.arange(1200), label=np.arange(1200) // 600)
    other = table.sample(frac=1, random_state=1).astype({"id": head})
    assert unchanged(compared(tmp_path, table.astype({"id": base}), other, "parquet"))
    table["id"] += 1
    assert compared(tmp_path, table, other, "parquet").outcome is Outcome.NOT_COMPARABLE


def test_classes_of_head_are_called_as_bases_targets(tmp_path: Path) -> None:
    base = rows("multiclass").replace({"target": {"low": 1, "mid": 2, "top": 3}})
    ends = {"low": "1", "mid": "2", "top": "3"}
    base.columns = pd.Index([_renamed(str(name), ends) for name in base])
    head = base.astype({"target": float}).set_axis(range(5000, 5000 + len(base)))
    for key in ([], ["id"]):
        one, other = base.drop(columns=key), head.drop(columns=key)
        assert unchanged(compared(tmp_path, one, other, "parquet", task="multiclass"))


def test_a_key_of_categories_has_no_order(tmp_path: Path) -> None:
    names = [f"row {at:04}" for at in range(1200)]
    base, head = (
        rows().assign(id=pd.Categorical(names, categories=order)) for order in (names, names[::-1])
    )
    assert unchanged(compared(tmp_path, base, head, "parquet"))


@pytest.mark.parametrize(
    ("task", "column", "options"),
    [
        ("binary", "cluster", {}),
        ("ranking", "query", {"key": ("id",)}),
        ("binary", "time", {}),
        ("binary", "clock", {"time": "clock"}),
    ],
)
def test_a_row_without_cluster_list_or_time_is_named(
    tmp_path: Path, task: str, column: str, options: dict[str, object]
) -> None:
    table = rows(task).assign(id=range(1200))
    table[column] = pd.array([at // 8 for at in range(1200)], dtype="Int64")
    table.loc[7, column] = pd.NA
    with pytest.raises(BadInput, match=f"column '{column}' has no value in row 7; every row needs"):
        compared(tmp_path, table, table, "parquet", **options)


@pytest.mark.parametrize("kind", ["zip", "xz", "zst", "bz2", "gz"])
def test_a_file_that_cannot_be_unpacked_is_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"odd.csv.{kind}"
    path.write_bytes(gzip.compress(b"id,label\n1,2\n")[:20] if kind == "gz" else b"no archive")
    with pytest.raises(BadInput, match="neither Parquet nor CSV that can be read: "):
        list(plan(path, Options()))


def test_a_header_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    text = rows().to_csv(index=False).replace("prediction_1", "prediction_0", 1)
    (tmp_path / "one.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="'prediction_0' is there twice"):
        list(plan(tmp_path / "one.csv", Options()))


@pytest.mark.parametrize(("other", "positive"), [(0, "1"), (-1, "1"), (2, None)])
def test_1_is_positive_beside_a_smaller_number_alone(
    tmp_path: Path, other: int, positive: str | None
) -> None:
    table = rows().assign(label=lambda one: np.where(one["label"] == "yes", 1, other))
    if positive:
        assert compared(tmp_path, table, table).checks[0].message.startswith("binary of '1', ")
        return
    with pytest.raises(BadInput, match="which value of 'label' is the positive one, 1 or 2"):
        compared(tmp_path, table, table)


def test_gold_answers_are_no_numbers(tmp_path: Path) -> None:
    table = rows().assign(label="Paris")
    for options in ({}, {"target": "label"}):
        found = compared(tmp_path, table, table, task="answers", **options)
        assert unchanged(found)


def test_how_predictions_begin_is_no_pattern(tmp_path: Path) -> None:
    table = rows().rename(columns=lambda name: name.replace("prediction", "p(1"))
    assert unchanged(compared(tmp_path, table, table, prediction="p(1"))
