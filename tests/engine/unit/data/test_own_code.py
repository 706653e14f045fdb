"""A reader and a splitter of the project's own are held to what the engine's promise."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clockwork.learning.data.rows import read_rows
from clockwork.learning.data.split import split_rows
from clockwork.learning.stages import features, split, validate
from clockwork.settings.data import DataSettings, Split
from clockwork.support.errors import BadInput
from clockwork.support.paths import EVALUATION, FEATURES, SPLIT, VALIDATION
from tests.engine.unit.data.test_parts import checkout
from tests.engine.unit.serving.conftest import raw

__all__ = ["checkout", "raw"]
Change = Callable[[pd.DataFrame], Any]


def swapped(rows: pd.DataFrame) -> pd.DataFrame:
    """The second row of the first entity before its first one."""
    return rows.iloc[[1, 0, *range(2, len(rows))]].reset_index(drop=True)


@pytest.fixture
def rows(raw: pd.DataFrame, checkout: Path) -> None:
    """The rows of six machines in the checkout, in one file."""
    raw.to_parquet(checkout / "data" / "rows.parquet", index=False)


SPLITS: dict[str, tuple[Change, str]] = {
    "another order": (lambda rows: rows.sort_values("time"), "column 'entity' is in another order"),
    "the keys changed in place": (
        lambda rows: rows.__setitem__("time", 0) or rows,
        "column 'time' is in another order, or of other values",
    ),
    "fewer rows": (lambda rows: rows[1:], r"\d+ rows of \d+"),
    "a part by name": (lambda rows: rows.assign(part="train"), "part 'train' is none of 0, 1 and"),
    "a part without a number": (lambda rows: rows.assign(part=np.nan), "part 'nan' is none of"),
    "a fold by name": (lambda rows: rows.assign(fold="a"), "fold 'a' of a training row is none"),
    "a fold too many": (lambda rows: rows.assign(fold=128), "fold '128' .* from 0 to 127"),
    "a fold without rows": (lambda rows: rows.assign(fold=rows["fold"] * 2), "fold 1 has one"),
    "one fold alone": (lambda rows: rows.assign(fold=0), "fold 1 has one class"),
    "no fold": (lambda rows: rows.drop(columns="fold"), "no column 'fold'"),
    "no table": (lambda _rows: None, "split_rows gives NoneType"),
    "one part alone": (lambda rows: rows.assign(part=0, fold=0), "split leaves 0 evaluation rows"),
}


@pytest.mark.parametrize("case", SPLITS)
@pytest.mark.usefixtures("rows")
def test_a_split_that_models_could_not_trust_is_one_line(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, words = SPLITS[case]

    def own(keys: pd.DataFrame, settings: Split) -> Any:
        rows = split_rows(keys, settings)
        keys[["part", "fold"]] = rows[["part", "fold"]]
        return change(keys)

    monkeypatch.setattr("pipelines.split.split_rows", own)
    features.main()
    with pytest.raises(BadInput, match=rf"^pipelines/split\.py: .*{words}"):
        split.main()
    assert not SPLIT.exists()


@pytest.mark.usefixtures("rows")
def test_a_split_of_the_projects_own_may_make_more_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    def own(keys: pd.DataFrame, settings: Split) -> pd.DataFrame:
        rows = split_rows(keys, settings)
        return rows.assign(fold=rows[rows["part"] == 0].groupby("label").cumcount() % 3)

    monkeypatch.setattr("pipelines.split.split_rows", own)
    features.main()
    split.main()
    assert set(pd.read_parquet(SPLIT)["fold"]) == {-1, 0, 1, 2}


@pytest.mark.usefixtures("rows")
def test_a_split_of_the_projects_own_is_kept_as_the_engine_writes_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    features.main()
    split.main()
    expected = SPLIT.read_bytes(), EVALUATION.read_bytes()

    def own(keys: pd.DataFrame, settings: Split) -> pd.DataFrame:
        rows = split_rows(keys, settings)
        fold = rows["fold"].where(rows["part"] == 0)  # none elsewhere
        return keys.assign(part=rows["part"].astype(int), fold=fold).set_axis(keys.index[::-1])

    monkeypatch.setattr("pipelines.split.split_rows", own)
    split.main()
    assert (SPLIT.read_bytes(), EVALUATION.read_bytes()) == expected


READ: dict[str, tuple[Change, str]] = {
    "time going back": (swapped, r"entity 'machine-0' at .* is after a later one"),
    "an entity apart": (
        lambda rows: pd.concat([rows[9:], rows[:9]], ignore_index=True),
        "entity 'machine-0' .* is apart from others",
    ),
    "a row twice": (lambda rows: rows.iloc[[0, *range(len(rows))]], "is there twice"),
    "one class": (lambda rows: rows.assign(label=np.int8(0)), "every label is 0"),
    "labels that are fractions": (lambda rows: rows.assign(label=0.5), "'label' is float64, no"),
    "no slice": (lambda rows: rows.drop(columns="site"), "no column 'site'"),
    "a slice without a value": (
        lambda rows: rows.assign(site=rows["site"].where(rows.index != 3)),
        "'site': 1 rows have none",
    ),
    "entities that are text": (
        lambda rows: rows.assign(entity=rows["entity"].astype(str)),
        "column 'entity' is str; give a category",
    ),
    "a feature of objects": (
        lambda rows: rows.assign(m_load=rows["m_load"].astype(object)),
        "column 'm_load' is object; give a category, or",
    ),
    "times as stamps": (
        lambda rows: rows.assign(time=rows["time"].astype("datetime64[s]")),
        "column 'time' is datetime64",
    ),
    "a column twice": (
        lambda rows: pd.concat([rows, rows[["m_load"]]], axis=1),
        "column 'm_load' is there twice",
    ),
    "no rows": (lambda rows: rows[:0], "no table with rows"),
    "nothing": (lambda _rows: None, "no table with rows"),
}


@pytest.mark.parametrize("case", READ)
@pytest.mark.usefixtures("rows")
def test_rows_that_features_could_not_trust_are_one_line(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, words = READ[case]

    def own(settings: DataSettings, root: Path = Path()) -> Any:
        return change(read_rows(settings, root))

    monkeypatch.setattr("pipelines.data.read_rows", own)
    with pytest.raises(BadInput, match=rf"^pipelines/data\.py: .*{words}"):
        validate.main()
    assert not VALIDATION.exists()


@pytest.mark.parametrize("kind", ["float32", "Float32", "float[pyarrow]"])
@pytest.mark.usefixtures("rows")
def test_sound_rows_of_a_reader_of_the_projects_own_are_found_as_the_engines(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> tuple[dict[str, Any], list[bytes]]:
        validate.main()
        features.main()
        document = json.loads(VALIDATION.read_text(encoding="utf-8"))
        for values in ("values", "findings") if kind != "float32" else ():  # which hold the type
            document.pop(values)
        return document, [path.read_bytes() for path in sorted(FEATURES.glob("*.parquet"))]

    def own(*where: Any) -> pd.DataFrame:
        return read_rows(*where).astype({"m_load": kind})

    expected = found()
    monkeypatch.setattr("pipelines.data.read_rows", own)
    assert found() == expected
