"""Tables with or without entity, time and key, from any file or database, become rows.

Whatever cannot is one line.
"""

import decimal
import gzip
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clockwork.learning.data.accounts import columns
from clockwork.learning.data.contract import check_clock, check_numbers
from clockwork.learning.data.database import fetch
from clockwork.learning.data.disguise import check_disguise
from clockwork.learning.data.naming import hashed
from clockwork.learning.data.raw_columns import columns_of_files
from clockwork.learning.data.rows import feature_columns, read_rows
from clockwork.learning.data.sources import read_table, write_table
from clockwork.learning.data.split import JUDGE, TRAIN, split_rows
from clockwork.learning.data.times import minutes
from clockwork.learning.encoding import Kind, encode, fit_categories
from clockwork.learning.keys import RowKeys
from clockwork.learning.serving.scorer import Scorer
from clockwork.learning.serving.scorer import minutes as served_minutes
from clockwork.learning.stages import validate
from clockwork.learning.tables import read_json
from clockwork.learning.text import token_names
from clockwork.project import build_features, find_model
from clockwork.settings.columns import Unit
from clockwork.settings.data import DataSettings, Split
from clockwork.settings.features import FeatureSettings
from clockwork.settings.strict import parse
from clockwork.support.errors import BadInput
from clockwork.support.paths import VALIDATION
from tests.engine.services import postgres  # noqa: F401 - a fixture

INDEX = ["__index_level_0__"]
Document = dict[str, Any]
LEAST: Document = {"rows": "data/*.csv", "target": "left", "positive": "Yes"}
PEOPLE = "left,plan,age\nYes,big,31\nNo,small,\nNo,big,45\nYes,small,27\n"


def settings(**changes: Any) -> DataSettings:
    document = {**LEAST, **changes}
    return parse(
        {key: value for key, value in document.items() if value is not None},
        DataSettings,
        "configs/data.yaml",
    )


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., pd.DataFrame]:
    """Write a text as data/0.csv and read it as the settings of a few keys say."""

    def written(content: str | bytes, /, name: str = "0.csv", **changes: Any) -> pd.DataFrame:
        (tmp_path / "data").mkdir(exist_ok=True)
        path = tmp_path / "data" / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_rows(settings(**changes), tmp_path)

    return written


def test_rows_and_a_target_are_enough_and_every_default_is_reported(
    read: Callable[..., pd.DataFrame],
) -> None:
    rows = read(PEOPLE)
    assert rows["label"].tolist() == [1, 0, 0, 1]
    assert rows["entity"].nunique() == 4
    assert RowKeys(rows).times is None
    assert feature_columns(rows, settings()) == ["plan", "age"]
    assert rows["age"].isna().tolist() == [False, True, False, False]
    assert settings().defaults == [
        "entity: each row by itself",
        "time: none: there is no before and after",
        "key: a hash of each row's content",
        "split.by: random",
    ]


@pytest.mark.parametrize(
    ("content", "name", "csv"),
    [
        ("\ufeff".encode() + PEOPLE.encode(), "0.csv", None),
        (gzip.compress(PEOPLE.encode(), mtime=0), "0.csv.gz", None),
        (PEOPLE.replace(",", ";").encode(), "0.csv", {"separator": ";"}),
        (
            PEOPLE.replace(",", "\t").replace("31", "31,0").encode(),
            "0.csv",
            {"separator": "\t", "decimal": ","},
        ),
        (PEOPLE.encode("latin1"), "0.csv", {"encoding": "latin1"}),
        (PEOPLE.replace("\n", "\r\n").encode(), "0.csv", None),
    ],
)
def test_csv_of_any_dialect_gives_the_same_rows(
    read: Callable[..., pd.DataFrame], content: bytes, name: str, csv: Document | None
) -> None:
    plain = read(PEOPLE)
    found = read(content, name, csv=csv, rows=f"data/{name}")
    pd.testing.assert_frame_equal(found, plain)


@pytest.mark.parametrize("positive", [True, "Yes"])
def test_a_yes_that_yaml_takes_for_true_is_the_text(
    read: Callable[..., pd.DataFrame], positive: object
) -> None:
    assert read(PEOPLE, positive=positive)["label"].tolist() == [1, 0, 0, 1]


@given(order=st.permutations(range(6)))
def test_a_row_keeps_its_name_whatever_the_order_and_repeats_are_counted(order: list[int]) -> None:
    table = pa.table(
        {
            "left": ["Yes", "No"] * 3,
            "plan": ["a", "a", "b", "b", "b", "c"],
            "age": [1, 1, 2, 3, 2, None],
        }
    )
    names, moved = hashed(table, settings()), hashed(table.take(order), settings())
    assert sorted(moved) == sorted(names)
    assert sum(name.endswith(".1") for name in names) == 2, "two pairs are alike but for the target"
    assert [moved[order.index(at)].partition(".")[0] for at in range(6)] == [
        n.partition(".")[0] for n in names
    ]


def test_a_name_is_the_same_where_the_target_was_mended_and_numbers_became_fractions() -> None:
    table = pa.table({"left": ["Yes", "No"], "age": [31, 45]})
    mended = pa.table({"left": ["No", "No"], "age": [31.0, 45.0]})
    assert hashed(table, settings()).tolist() == hashed(mended, settings()).tolist()


@pytest.mark.parametrize(
    "odd",
    [
        [[1.0, 2.0], [1.5], [], None],
        [{"x": 1}, {"x": 2}, {"x": None}, None],
        [b"\xff\xd8", b"\x00\xfe", b"plain", None],
    ],
)
def test_what_is_no_feature_names_a_row_all_the_same(tmp_path: Path, odd: list[Any]) -> None:
    table = pa.table({"left": [0, 1, 0, 1], "age": [1] * 4, "odd": odd})
    names = hashed(table, settings(exclude=["odd"]))
    assert names.nunique() == 4
    assert hashed(table.take([3, 1]), settings()).tolist() == [names[3], names[1]]
    (tmp_path / "data").mkdir()
    pq.write_table(table, tmp_path / "data" / "0.parquet")
    how = settings(rows="data/*.parquet", exclude=["odd"], positive=None)
    assert read_rows(how, tmp_path)["entity"].tolist() == names.tolist()


def test_an_index_of_pandas_is_no_feature_and_no_part_of_a_rows_name(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    how = settings(rows="data/*.parquet", positive=None)
    table = pd.DataFrame({"left": [0, 1, 0, 1], "age": [1, 2, 3, 4]})
    found = []
    for order in ([0, 1, 2, 3], [3, 1, 2, 0]):
        table.iloc[order].sort_values("age").to_parquet(tmp_path / "data" / "0.parquet")
        found.append(read_rows(how, tmp_path))
        table = table.set_axis(order)
    pd.testing.assert_frame_equal(found[0], found[1])
    assert feature_columns(found[1], how) == ["age"]
    assert columns_of_files(how, tmp_path) == (INDEX, [])
    named = how.model_copy(update={"columns": how.columns.model_copy(update={"metrics": INDEX})})
    assert feature_columns(read_rows(named, tmp_path), named) == INDEX


def test_names_by_bytes_that_are_text_and_by_durations_are_those_of_before() -> None:
    texts, times = pa.array(["a", "b"]), pa.array([1, 2], pa.duration("s"))
    as_bytes = pa.table({"odd": texts.cast(pa.binary())})
    assert hashed(as_bytes, settings()).equals(hashed(pa.table({"odd": texts}), settings()))
    written = pa.table({"odd": times.cast(pa.string())})
    assert hashed(pa.table({"odd": times}), settings()).equals(hashed(written, settings()))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"key": ["odd"]}, "'odd' is list<.*>, and names no row; convert it to text"),
        ({"query": "odd", "task": "ranking"}, "'odd' is list<.*>, and names no row; convert"),
        ({"target": "odd", "positive": 1}, "'odd' is list<.*>, no target; convert it, or name"),
        ({"target": "endless", "task": "multiclass"}, "'endless' is double, and names no class"),
    ],
)
def test_a_role_that_a_column_cannot_have_is_one_line(
    tmp_path: Path, changes: Document, words: str
) -> None:
    (tmp_path / "data").mkdir()
    table = pa.table(
        {"left": [0, 1], "age": [1, 2], "odd": [[1], [2]], "endless": [1.0, float("inf")]}
    )
    pq.write_table(table, tmp_path / "data" / "0.parquet")
    how = {"rows": "data/*.parquet", "positive": None, "features": ["age"], **changes}
    with pytest.raises(BadInput, match=words):
        read_rows(settings(**how), tmp_path)


def test_a_key_names_rows_and_one_that_is_there_twice_is_reported_with_both_rows(
    read: Callable[..., pd.DataFrame],
) -> None:
    text = "id,left,age\n7,Yes,1\n8,No,2\n7,No,3\n"
    assert read(text.replace("7,No", "9,No"), key=["id"])["entity"].tolist() == ["7", "8", "9"]
    with pytest.raises(BadInput, match=r"key \(id\) '7' is there twice \(rows 0 and 2\); drop one"):
        read(text, key=["id"])


def test_parts_of_a_key_are_kept_apart_whatever_is_in_them(
    read: Callable[..., pd.DataFrame],
) -> None:
    rows = read("a,b,left,age\nx|y,z,Yes,1\nx,y|z,No,2\n", key=["a", "b"], features=["age"])
    assert rows["entity"].nunique() == 2


def test_numbers_beyond_a_double_may_stand_in_a_row_that_its_content_names(
    read: Callable[..., pd.DataFrame],
) -> None:
    assert (
        len(read(f"serial,left,age\n{2**60 + 1},Yes,1\n{2**60 + 3},No,2\n", features=["age"])) == 2
    )


def test_events_without_a_grid_are_sorted_and_two_within_a_minute_are_two(
    read: Callable[..., pd.DataFrame],
) -> None:
    text = (
        "who,at,left,age\n"
        "a,2026-03-01 10:00:40,Yes,1\n"
        "b,2026-03-01 09:00:00,No,2\n"
        "a,2026-03-01 10:00:20,No,3\n"
    )
    rows = read(text, entity="who", time="at")
    assert rows["age"].tolist() == [3, 1, 2]
    assert rows["time"].tolist()[0] == rows["time"].tolist()[1]
    assert len(set(RowKeys(rows).index)) == 3
    with pytest.raises(
        BadInput,
        match=r"entity 'a' at 2026-03-01 10:00 \(row 2\) is there twice, as row 0 too; drop",
    ):
        read(text.replace("10:00:20", "10:00:40"), entity="who", time="at")


@pytest.mark.parametrize(
    ("unit", "first"), [("days", 2 * 1440), ("hours", 120), ("seconds", 0), ("minutes", 2)]
)
def test_a_number_is_a_time_in_its_unit(
    read: Callable[..., pd.DataFrame], unit: str, first: int
) -> None:
    rows = read("at,left,age\n2,Yes,1\n3,No,2\n", time="at", unit=unit)
    assert rows["time"].tolist()[0] == first


@pytest.mark.parametrize(("unit", "of_day"), [("days", 1), ("hours", 24), ("seconds", 86_400)])
def test_a_minute_as_a_fraction_is_that_minute_to_the_reader_and_to_the_served_model(
    tmp_path: Path, unit: Unit, of_day: int
) -> None:
    minute = np.arange(29_000_000, 29_003_000)
    times = minute / 1440 * of_day
    columns = settings(time="at", unit=unit).columns
    assert (minutes(pa.chunked_array([times]), columns) == minute).all()
    assert (served_minutes(pd.Series(times), unit) == minute).all()
    table = pd.DataFrame({"who": "a", "at": times, "left": minute % 2, "age": minute % 999})[::-1]
    (tmp_path / "data").mkdir()
    table.to_parquet(tmp_path / "data" / "0.parquet", index=False)
    how = settings(rows="data/*.parquet", time="at", unit=unit, entity="who", positive=None, step=1)
    assert read_rows(how, tmp_path)["time"].tolist() == minute.tolist()


@pytest.mark.parametrize(("unit", "of_day"), [("days", 1), ("hours", 24), ("seconds", 86_400)])
def test_events_within_a_minute_are_sorted_by_fractions_of_any_unit(
    read: Callable[..., pd.DataFrame], unit: str, of_day: int
) -> None:
    seconds = 1_700_000_000 + 7 * np.arange(60)[::-1]  # newest first
    lines = [
        f"a,{at / 86_400 * of_day!r},{'Yes' if at % 2 else 'No'},{at % 1000}"
        for at in seconds.tolist()
    ]
    rows = read("\n".join(["who,at,left,age", *lines]), entity="who", time="at", unit=unit)
    assert rows["age"].tolist() == sorted(seconds % 1000)
    assert len(set(RowKeys(rows).index)) == 60


def test_fractions_of_whole_thousandths_keep_their_names(
    read: Callable[..., pd.DataFrame],
) -> None:
    text = "who,at,left,age\na,1.5,Yes,1\na,2.125,No,2\na,2.1251,No,2\n"
    rows = read(text, entity="who", time="at", unit="hours")
    assert rows["row"].tolist() == ["1500", "2125", f"{round(2.1251 * 3_600_000_000)}us"]


def test_thousandths_and_microseconds_are_never_one_name(
    read: Callable[..., pd.DataFrame],
) -> None:
    # One of 12.5 s and one of 0.0125 s, and so on.
    lines = [f"a,{at / 80},{'Yes' if at % 3 else 'No'},{at % 9}" for at in range(1, 4000)]
    text = "\n".join(["who,at,left,age", *lines, "a,0.0005,No,2", "a,0.5001,No,1"])
    rows = read(text, entity="who", time="at", unit="seconds")
    assert rows["row"].is_unique


def test_columns_of_many_types_become_features() -> None:
    from clockwork.learning.data.columns import encoded, kind_of

    def made(values: pa.Array) -> dict[str, Any]:
        return {
            name: list(one)
            for name, one in encoded("x", pa.chunked_array([values]), kind_of(values.type)).items()
        }

    assert made(pa.array([True, False, None]))["x"][:2] == [1, 0]
    assert made(pa.array([decimal.Decimal("1.50"), decimal.Decimal("2.25")])) == {"x": [1.5, 2.25]}
    assert made(pa.array(["b", "a", None]))["x"][:2] == ["b", "a"]
    day = made(pa.array([date(2026, 3, 1)]))
    assert day == {"x_year": [2026], "x_month": [3], "x_day": [1], "x_weekday": [6]}
    moment = made(pa.array([datetime(2026, 3, 1, 14)], pa.timestamp("us", "Asia/Tokyo")))
    assert moment["x_hour"] == [14], "in UTC"


def test_a_slice_is_a_feature_as_well_unless_it_is_excluded(
    read: Callable[..., pd.DataFrame],
) -> None:
    assert feature_columns(read(PEOPLE, slices=["plan"]), settings(slices=["plan"])) == [
        "plan_value",
        "age",
    ]
    both = {"slices": ["plan"], "exclude": ["plan"]}
    assert feature_columns(read(PEOPLE, **both), settings(**both)) == ["age"]


def test_a_category_is_numbered_by_training_rows_and_an_unknown_one_is_missing() -> None:
    train = pd.DataFrame(
        {"plan": pd.Categorical(["small", "big", None]), "age": np.array([1, 2, 3], np.float32)}
    )
    known = fit_categories(train)
    assert known == {"plan": ["big", "small"]}
    served = pd.DataFrame(
        {"plan": pd.Categorical(["huge", "small", "big"]), "age": np.zeros(3, np.float32)}
    )
    assert np.isnan(encode(served, known)[0, 0])
    assert encode(served, known)[1:, 0].tolist() == [1, 0]


@pytest.mark.parametrize("by", ["entity", "random", "column", "time"])
def test_each_split_keeps_its_sides_apart(by: str) -> None:
    count = 400
    keys = pd.DataFrame(
        {
            "entity": pd.Categorical([f"u{at // 2}" for at in range(count)]),
            "region": pd.Categorical(["west" if at % 4 < 2 else "east" for at in range(count)]),
            "time": np.arange(count) if by == "time" else np.zeros(count, np.int64),
            "label": (np.arange(count) % 3 == 0).astype(np.int8),
            "row": [str(at) for at in range(count)],
        }
    )
    marked = {"column": "region", "evaluate": ["east"]} if by == "column" else {}
    how = Split.model_validate({"by": by, "folds": 2, **marked})
    rows = split_rows(keys, how)
    train, judge = (rows[rows["part"] == part] for part in (TRAIN, JUDGE))
    assert len(train) + len(judge) == count
    if by == "entity":
        assert not set(train["entity"]) & set(judge["entity"])
    if by == "column":
        assert set(judge["region"]) == {"east"}
        assert set(train["region"]) == {"west"}
    if by == "time":
        assert train["time"].max() < judge["time"].min()
    again = split_rows(keys[::-1].reset_index(drop=True), how)
    assert again["part"].tolist()[::-1] == rows["part"].tolist(), (
        "a row's side does not depend on the others"
    )


@pytest.mark.parametrize(
    "leak", [lambda y: y * 3.0 + 1, lambda y: np.where(y, np.nan, 1.0), lambda y: y.astype(str)]
)
def test_a_column_that_is_the_target_in_disguise_is_refused(leak: Callable[..., Any]) -> None:
    target = (np.arange(90) % 3 == 0).astype(np.int8)
    made = pd.Series(leak(target))
    column = made.astype("category") if made.dtype.kind not in "f" else made.astype(np.float32)
    rows = pd.DataFrame({"label": target, "age": np.arange(90, dtype=np.float32), "fee": column})
    check_disguise(rows, ["age"])
    with pytest.raises(
        BadInput,
        match=r"'fee' alone tells the target of every row \(first row 0: .*\): .*`exclude`",
    ):
        check_disguise(rows, ["age", "fee"])


def test_text_among_numbers_is_reported_with_its_row_and_text_that_is_meant_is_not(
    read: Callable[..., pd.DataFrame],
) -> None:
    rows = read("left,age,plan\n" + "Yes,1,a\nNo,2,7\n" * 9 + "No,unknown,b\n")
    check_numbers(rows, ["plan"])
    with pytest.raises(
        BadInput,
        match=r"'age': 1 values are no numbers, the first \('unknown'\) of .*\(row 18\); write",
    ):
        check_numbers(rows, ["age"])
    rows = read("left,age,plan\n" + "Yes,1,a\nNo,2,7\n" * 9 + "No,K,b\n", slices=["age"])
    check_numbers(rows, ["age_value", "plan"])  # a slice is a category


def test_rows_of_an_entity_without_time_stand_together_and_keep_their_names(
    read: Callable[..., pd.DataFrame],
) -> None:
    text = "who,left,age\na,Yes,1\nb,No,2\na,No,3\n"
    rows = read(text, entity="who")
    assert rows["entity"].tolist() == ["a", "a", "b"]
    assert rows["age"].tolist() == [1, 3, 2]
    other = read("who,left,age\nb,No,2\nc,Yes,9\na,No,3\na,Yes,1\n", entity="who")
    assert (RowKeys(other).places(RowKeys(rows)) >= 0).all(), "a new row renames no other"


def test_a_served_model_scores_raw_rows_of_any_kind_as_the_pipeline_does(
    read: Callable[..., pd.DataFrame],
) -> None:
    lines = [
        f"{'Yes' if at % 3 else 'No'},{'ab'[at % 2]},{at},2026-0{1 + at % 9}-11" for at in range(60)
    ]
    how, windows = settings(slices=["plan"]), FeatureSettings()
    rows = read("\n".join(["left,plan,age,since", *lines]), slices=["plan"])
    names = feature_columns(rows, how)
    assert names == ["plan_value", "age", "since_year", "since_month", "since_day", "since_weekday"]
    _, made = build_features(rows, names, 1, windows)
    known = fit_categories(made)
    model = find_model("logistic").fit(encode(made, known), rows["label"].to_numpy(), {}, 1)
    kinds: dict[str, Kind] = {"plan": "category", "age": "number", "since": "moment"}
    scorer = Scorer(how, windows, kinds, model, known, names)
    raw = pd.DataFrame([line.split(",")[1:] for line in lines], columns=["plan", "age", "since"])
    raw = raw.assign(age=raw["age"].astype(float), since=pd.to_datetime(raw["since"]))[::-1]
    assert scorer.score(raw).tolist() == model.score(encode(made, known)).tolist()[::-1]
    unknown, missing = (
        scorer.score(raw[:1].assign(plan=value))[0] for value in ("never seen", None)
    )
    assert unknown == missing, "a category that training had not is a missing value"


DATABASE = "CREATE TABLE people (left_us TEXT, plan TEXT, age INTEGER)"
SOME = "INSERT INTO people VALUES ('Yes', 'big', 31), ('No', 'small', NULL), ('No', 'big', 45)"


def _queried(url: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    from sqlalchemy import create_engine, text

    with create_engine(url).begin() as connection:
        connection.execute(text(DATABASE))
        connection.execute(text(SOME))
    monkeypatch.setenv("PEOPLE_URL", url)
    query = {"query": "SELECT left_us AS left_, plan, age FROM people", "url": "PEOPLE_URL"}
    how = settings(rows="data/people.parquet", target="left_", sql=query)
    assert fetch(how, root) == 3
    return read_rows(how, root)


def test_a_query_against_sqlite_is_kept_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _queried(f"sqlite:///{tmp_path}/people.db", tmp_path, monkeypatch)
    assert rows["label"].tolist() == [1, 0, 0]
    assert rows["plan"].tolist() == ["big", "small", "big"]


@pytest.mark.slow
def test_a_query_against_postgresql_gives_the_same(
    postgres: Any,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = _queried(postgres.database("people"), tmp_path, monkeypatch)
    assert rows["label"].tolist() == [1, 0, 0]
    assert rows["age"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("sql", "url", "words"),
    [
        (None, None, "no key 'sql'"),
        ("SELECT 1", None, "sql.url names PEOPLE_URL, which the environment lacks; set it"),
        ("SELECT * FROM nowhere", "sqlite://", "no such table: nowhere"),
        ("SELECT 1", "not a url", "sql: "),
    ],
)
def test_a_query_that_cannot_run_is_one_line_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str | None, url: str | None, words: str
) -> None:
    if url:
        monkeypatch.setenv("PEOPLE_URL", url)
    query = {"query": sql, "url": "PEOPLE_URL"} if sql else None
    with pytest.raises(BadInput, match=words) as error:
        fetch(settings(rows="data/people.parquet", sql=query), tmp_path)
    assert "\n" not in str(error.value)


QUERY = {"query": "SELECT 'Zoë ☂' AS plan, 1 AS left_", "url": "PEOPLE_URL"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows": "../people.csv"}, "rows '../people.csv' must be a path below the checkout"),
        ({"rows": "/nowhere/people.csv"}, ".*must be a path below the checkout"),
        ({"rows": ""}, ".*must be a path below the checkout"),
        ({"csv": {"encoding": "latin1"}}, r"csv\.encoding 'latin1' cannot write the rows \(.*utf8"),
        ({"csv": {"encoding": "latin0"}}, r"csv\.encoding 'latin0' cannot write the rows"),
    ],
)
def test_a_result_that_cannot_be_kept_leaves_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: Document, words: str
) -> None:
    monkeypatch.setenv("PEOPLE_URL", "sqlite://")
    root = tmp_path / "checkout"
    for path in (root / "data" / "people.csv", tmp_path / "people.csv"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PEOPLE)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match=rf"^configs/data\.yaml: {words}"):
        fetch(settings(**{"rows": "data/people.csv", "sql": QUERY, **changes}), root)
    assert sorted(tmp_path.rglob("*")) == before
    assert (root / "data" / "people.csv").read_text() == PEOPLE
    assert (tmp_path / "people.csv").read_text() == PEOPLE


@pytest.mark.parametrize("how", [{"separator": "é"}, {"encoding": "hex"}, {"encoding": "a\0b"}])
def test_a_dialect_that_there_is_not_is_one_line(
    read: Callable[..., pd.DataFrame], how: Document
) -> None:
    with pytest.raises(BadInput, match=r"0\.csv: not a readable CSV file \(.*fix `csv` of configs"):
        read(PEOPLE, csv=how)


def test_a_file_that_was_written_is_read_back(tmp_path: Path) -> None:
    how = settings(csv={"separator": ";", "decimal": ","})
    table = pa.table(
        {"left": ["Yes", None], "age": [1.5, None], "n": [1, 2], "at": [datetime(2026, 1, 1), None]}
    )
    for name in ("0.csv", "0.csv.gz", "0.parquet"):
        write_table(table, tmp_path / name, how)
        assert read_table(tmp_path / name, how).to_pylist() == table.to_pylist()


MANY = "left,name,age\n" + "".join(
    f"{'Yes' if at % 2 else 'No'},n{at},{at}\n" for at in range(10_001)
)
BAD: dict[str, tuple[str, Document, str]] = {
    "a target missing": (
        PEOPLE + ",big,1\n",
        {},
        r"'left': 1 rows have no label, the first is row 4; keep",
    ),
    "one class": (
        "left,age\nYes,1\nYes,2\n",
        {},
        r"'left': every label is 1; both classes are needed",
    ),
    "three classes": (
        "left,age\nYes,1\nNo,2\nMaybe,3\n",
        {},
        r"'left': 3 values \('Maybe', 'No', 'Yes'\).*drop",
    ),
    "another positive": (
        PEOPLE,
        {"positive": "Ja"},
        r"positive 'Ja' is no value of column 'left', which has 'No', 'Yes'",
    ),
    "no positive": (
        PEOPLE,
        {"positive": None},
        r"'left' is string, not 0/1; name the value that counts as `positive`",
    ),
    "infinity": (PEOPLE.replace("45", "inf"), {}, r"'age': 1 infinite values.*row 2.*write null"),
    "a name twice": (PEOPLE.replace("plan", "age"), {}, r"2 columns are called 'age'; rename"),
    "a name that is taken": (
        PEOPLE.replace("plan", "score"),
        {},
        r"'score' is taken by the pipeline itself; rename",
    ),
    "10,000 values": (MANY, {}, r"'name': 10,001 different values, the first 'n0'.*`exclude`"),
    "no unit": (
        "at,left,a\n1,Yes,1\n2,No,1\n",
        {"time": "at"},
        r"'at' is int64: set `unit` to .*days",
    ),
    "a finer unit": (
        "at,left,a\n1700000000000,Yes,1\n2,No,1\n",
        {"time": "at", "unit": "seconds"},
        r"row 0 is .* years",
    ),
    "decades away": (
        "at,left,a\n1970-01-01,Yes,1\n2026-01-01,No,1\n2026-01-02,No,2\n",
        {"time": "at"},
        r"at minute 0 \(row 0\) is \d+ years away from the others; mend",
    ),
    "mixed zones": (
        "at,left,a\n2026-01-01T10:00:00Z,Yes,1\n2026-01-01T10:00:00,No,1\n",
        {"time": "at"},
        r"'at': some times have a zone, and others, such as row 1, none; write all alike",
    ),
    "numbers with a comma": (
        'left,plan,age\nYes,1,"31,5"\nNo,2,"40,0"\n',
        {},
        r"0.csv: column 'age' is of numbers with a comma, such as '31,5'; where it is the decimal "
        r"sign, set `decimal`",
    ),
    "no rows": ("left,plan,age\n", {}, r"data/\*.csv: the table has no rows; check where"),
    "no rows, and a time": (
        "at,left,a\n",
        {"time": "at"},
        r"data/\*.csv: the table has no rows; check where",
    ),
    "a name twice that nobody asks for": (
        "left,age,x,x\nYes,1,1,1\nNo,2,2,2\n",
        {"features": ["age"]},
        r"2 columns are called 'x'; rename",
    ),
    "no such column": (
        PEOPLE,
        {"exclude": ["nothing"]},
        r"no column 'nothing', which configs/data.yaml names",
    ),
    "a slice called NA": (
        'left,plan,region\nYes,1,EU\nNo,2,"NA"\n',
        {"slices": ["region"]},
        r"'region': 1 rows have none, the first is row 1.* \(NA, null and the like",
    ),
    "no table": (
        "left;plan\nYes,1;2;3\nNo;1\n",
        {"csv": {"separator": ";"}},
        r"0.csv: not a readable CSV file",
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_table_is_one_line_with_column_row_and_remedy(
    read: Callable[..., pd.DataFrame], fault: str
) -> None:
    text, changes, pattern = BAD[fault]
    with pytest.raises(BadInput, match=pattern) as error:
        check_clock(read(text, **changes), settings(**changes))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "role", [{"slices": ["plan"]}, {"entity": "plan"}, {"features": ["plan"]}, {"key": ["plan"]}]
)
def test_text_of_another_encoding_is_reported_with_its_row(
    read: Callable[..., pd.DataFrame], role: Document
) -> None:
    content = PEOPLE.replace("small,2", "gr\xfcn,2").encode("latin-1")
    with pytest.raises(
        BadInput, match=r"0.csv: column 'plan': row 3 is no UTF-8 text; set `encoding` of `csv`"
    ):
        read(content, **role)
    assert len(read(content, csv={"encoding": "latin-1"}, **({} if "key" in role else role))) == 4


def test_text_of_a_file_that_is_none_is_reported_with_its_row(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"plan": pa.array([b"a", b"\xff", b"c"]).view(pa.string())}),
        tmp_path / "0.parquet",
    )
    with pytest.raises(
        BadInput, match=r"0.parquet: column 'plan': row 1 is no UTF-8 text; write it as UTF-8"
    ):
        read_table(tmp_path / "0.parquet", settings())


def test_names_of_a_csv_file_stay_as_they_are_written(read: Callable[..., pd.DataFrame]) -> None:
    rows = read(
        "id,left,v\n007,Yes,1.10\n7,No,1.1\n", key=["id"], entity="id", slices=["v"], features=["*"]
    )
    assert rows["entity"].tolist() == ["007", "7"]
    assert rows["v"].tolist() == ["1.10", "1.1"]
    rows = read("id,left,a\n7.0,Yes,1\n8.0,No,2\n", entity="id")
    assert rows["entity"].tolist() == ["7", "8"], "whole numbers beside a missing one"


@pytest.mark.parametrize("lacking", ["entity", "time"])
def test_windows_without_an_entity_or_a_time_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    named = {"entity": "id", "time": "at", "unit": "minutes"}
    named = {
        key: value
        for key, value in named.items()
        if key not in (lacking, "unit" if lacking == "time" else "")
    }
    for folder in ("configs", "data"):
        (tmp_path / folder).mkdir()
    data = {"rows": "data/0.csv", "target": "left", "features": ["a"], **named}
    (tmp_path / "configs" / "data.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    (tmp_path / "configs" / "features.yaml").write_text("windows: {5: [mean]}", encoding="utf-8")
    (tmp_path / "data" / "0.csv").write_text(
        "id,at,left,a\n1,1,1,3\n1,2,0,4\n2,1,0,3\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        BadInput,
        match=r"features.yaml: `windows` are of an entity's earlier rows.*name them, or take",
    ):
        validate.main()


@pytest.mark.parametrize(
    ("task", "targets", "words"),
    [
        ({"task": "regression"}, "555555", "every target is 5"),
        ({"task": "multiclass"}, "aabbbc", "class 'c' has one row only"),
        ({"task": "ranking", "query": "list"}, "000000", "no relevance is above 0"),
    ],
)
def test_what_a_task_cannot_learn_from_is_reported_with_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: Document, targets: str, words: str
) -> None:
    for folder in ("configs", "data", "build"):
        (tmp_path / folder).mkdir()
    data = {"rows": "data/*.csv", "target": "y", "features": ["v"], **task}
    (tmp_path / "configs" / "data.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    (tmp_path / "configs" / "features.yaml").write_text("{}", encoding="utf-8")
    lines = [f"{at // 3},{y},{at * 7 % 5}" for at, y in enumerate(targets)]
    (tmp_path / "data" / "0.csv").write_text("\n".join(["list,y,v", *lines, ""]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=rf"^data/0\.csv: column 'y'.*{words}"):
        validate.main()


def test_values_to_evaluate_on_are_there_and_features_that_a_file_lacks_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("configs", "data"):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path)
    split = {"by": "column", "column": "year", "evaluate": ["2023", "2024"]}
    data = {"rows": "data/*", "target": "y", "slices": ["year"], "split": split}
    data["dates"] = {"since": "%d.%m.%Y"}
    Path("configs/features.yaml").write_text("{}", encoding="utf-8")
    expected = {"expect": "column_values_to_not_be_null", "columns": ["label"]}
    Path("configs/expectations.yaml").write_text(
        yaml.safe_dump({"expectations": [{**expected, "severity": "warning"}]}), encoding="utf-8"
    )
    table = pd.DataFrame({"y": [0, 1] * 20, "v": range(40), "year": 2023})
    table.assign(year=2024, V=1.5, since="31.01.2024").to_parquet("data/0.parquet")
    table.drop(columns="v").to_csv("data/1.csv", index=False)
    Path("configs/data.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    validate.main()
    found = read_json(VALIDATION)
    lacking = ["'v' (data/1.csv)", "'V' (data/1.csv)", "'since' (data/1.csv)"]
    assert found["partial"] == lacking
    assert re.search(r"files lack a feature.*'v' \(data/1\.csv\), 'V'", columns(found)[0])
    whole = yaml.safe_dump(data | {"dates": {"whne": "%Y"}})
    Path("configs/data.yaml").write_text(whole, encoding="utf-8")
    with pytest.raises(BadInput, match=r"^data/\*: no file has a column 'whne', which `dates` of"):
        validate.main()
    split["evaluate"] = ["2023", "2O24"]
    Path("configs/data.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(
        BadInput,
        match=r"^configs/data\.yaml: split\.evaluate '2O24' is no value of column 'year', which "
        r"has 2023, 2024; mend it",
    ):
        validate.main()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        *[(one, "must be a path below") for one in ("../data/*.csv", "data/../../*.csv", "/*.csv")],
        ("", "must be a path below the checkout"),
        ("data/**.csv", "can only be an entire path component; mend it"),
    ],
)
def test_rows_that_are_no_pattern_below_the_checkout_are_refused(
    tmp_path: Path, rows: str, words: str
) -> None:
    with pytest.raises(BadInput, match=rf"configs/data\.yaml: rows '.*'.* {words}"):
        read_rows(settings(rows=rows), tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"split": {"embargo": 5}}, "asks for time"),
        ({"split": {"by": "time"}}, "asks for time"),
        ({"split": {"by": "column"}}, "`by: column` needs"),
        ({"unit": "days"}, "`unit` is that of `time`"),
        ({"step": 5}, "`step` is from row to row"),
        ({"columns": {"label": "left"}}, "stands beside `columns`"),
        ({"tarjet": "left"}, "unknown key 'tarjet'; did you mean 'target'?"),
        ({"target": None}, "key 'target' is missing"),
        (
            {"target": None, "label": "left"},
            "^configs/data.yaml: `label` is `target` at the top of the file; rename",
        ),
        (
            {"metrics": ["age"]},
            "^configs/data.yaml: `metrics` is `features` at the top of the file; rename",
        ),
        ({"key": "id"}, "key 'key': input should be a valid list"),
        ({"features": []}, "key 'features': list should have"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(changes: Document, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        settings(**changes)


def test_the_keys_of_before_are_read_as_before() -> None:
    old = yaml.safe_load(
        "{rows: d/*.parquet, step: 1, columns: {entity: "
        "e, time: t, label: y, slices: [k], metrics: [m]}}"
    )
    new = yaml.safe_load(
        "{rows: d/*.parquet, step: 1, entity: e, time: "
        "t, target: y, slices: [k], features: [m], unit: minutes}"
    )
    assert parse(old, DataSettings, "") == parse(new, DataSettings, "")


def test_text_is_taken_by_its_words_and_a_served_model_takes_it_alike(
    read: Callable[..., pd.DataFrame],
) -> None:
    reported = ["good Service", "service, good!", "bad bad food", "", "good service and bad food"]
    lines = [f'{"Yes" if at % 2 else "No"},"{reported[at % 5]}",{at}' for at in range(40)]
    how, windows = settings(text=["reported"]), FeatureSettings()
    rows = read("\n".join(["left,reported,age", *lines, "No,,1"]), text=["reported"])
    names = feature_columns(rows, how)
    assert names == [*token_names("reported"), "age"]
    values = rows[token_names("reported")].to_numpy()
    assert values[0].tobytes() == values[1].tobytes(), "neither order nor case nor signs count"
    assert values[2].tobytes() != values[4].tobytes()
    assert np.isnan(values[-1]).all(), "no text is a missing value"
    _, made = build_features(rows, names, 1, windows)
    model = find_model("lightgbm").fit(
        encode(made, {}), rows["label"].to_numpy(), {"min_data_in_leaf": 2}, 1
    )
    kinds: dict[str, Kind] = {"reported": "text", "age": "number"}
    raw = pd.DataFrame(
        {"reported": [reported[at % 5] or None for at in range(40)], "age": np.arange(40.0)}
    )
    served = Scorer(how, windows, kinds, model, {}, names).score(raw[::-1])
    assert served.tobytes() == model.score(encode(made, {})[:40])[::-1].tobytes()


def test_text_may_have_as_many_values_as_it_likes(read: Callable[..., pd.DataFrame]) -> None:
    rows = read(MANY, text=["name"])
    assert rows[token_names("name")].to_numpy().sum() == pytest.approx(len(rows))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": ["age"]}, r"0.csv: column 'age' is int64, not text; take it out of `text`"),
        ({"text": ["nothing"]}, "no column 'nothing', which configs/data.yaml names"),
        ({"text": ["left"]}, "'left' has two roles"),
    ],
)
def test_what_is_no_text_is_refused(
    read: Callable[..., pd.DataFrame], changes: Document, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        read(PEOPLE, **changes)
