"""Of many rows the probes take one raw file after the other: what they do and find is the same."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from clockwork.learning.data import rows
from clockwork.learning.data.rows import read_rows
from clockwork.learning.data.split import JUDGE, TRAIN
from clockwork.learning.keys import RowKeys
from clockwork.learning.probes.as_sent import each_file, extreme, read_files
from clockwork.learning.probes.as_sent import sample as sent
from clockwork.learning.probes.independence import fewer, scramble
from clockwork.learning.probes.raw import Late, Raw, RawFile, read_raw
from clockwork.learning.probes.sample import sample
from clockwork.settings.data import DataSettings, data_settings
from tests.engine.unit.serving.conftest import DATA, INPUTS, raw_rows

NAMES = ["machine-1", "machine-4"]


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    """Six machines, 300 minutes each."""
    return raw_rows()


@pytest.fixture
def settings(tmp_path: Path, raw: pd.DataFrame) -> DataSettings:
    """Settings of files that hold two machines each."""
    for folder in ("data", "configs"):
        (tmp_path / folder).mkdir()
    (tmp_path / "configs" / "data.yaml").write_text(DATA, encoding="utf-8")
    for at in range(3):
        some = raw[raw["machine"].isin([f"machine-{2 * at}", f"machine-{2 * at + 1}"])]
        some.to_parquet(tmp_path / "data" / f"{at}.parquet", index=False)
    return data_settings(tmp_path)


def keys(raw: pd.DataFrame) -> pd.DataFrame:
    minute = raw["at"].to_numpy().astype("datetime64[m]").astype(np.int64)
    found = pd.DataFrame(
        {"entity": raw["machine"].astype("category"), "time": minute, "label": raw["broken"]}
    )
    later = minute > np.median(minute)
    return found.assign(part=np.where(later & (raw["machine"] > "machine-2"), JUDGE, TRAIN))


def test_raw_files_are_read_when_they_are_asked_for(
    settings: DataSettings, raw: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows_of = keys(raw)

    def made(place: Path) -> list[str]:
        found = read_raw(settings, tmp_path)
        some = sample(found, NAMES)
        some.raw.write(place / "sample")
        left = fewer(found, rows_of[rows_of["entity"] != "machine-5"])
        scramble(left, rows_of[rows_of["part"] == JUDGE]).write(place / "scrambled")
        return list(found.names())

    expected = made(tmp_path / "together")
    monkeypatch.setattr(rows, "MANY", 100)
    assert isinstance(read_raw(settings, tmp_path).files, Late)
    assert made(tmp_path / "late") == expected
    paths = sorted((tmp_path / "together").rglob("*.parquet"))
    assert len(paths) > 3
    for path in paths:
        again = tmp_path / "late" / path.relative_to(tmp_path / "together")
        assert pq.read_table(again).equals(pq.read_table(path))


def test_one_late_file_is_in_memory_at_a_time(
    settings: DataSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MANY", 100)
    read: list[str] = []

    def seen(file: RawFile) -> RawFile:
        read.append(file.name)
        return file

    late: Raw = read_raw(settings, tmp_path).each(seen)
    assert read == []
    files = iter(late.files)
    next(files)
    assert read == ["data/0.parquet"]


def test_rows_with_extremes_are_the_same_file_by_file(
    settings: DataSettings, raw: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored = keys(raw)[::3].assign(score=0.5)
    whole = extreme(each_file(tmp_path, settings, INPUTS), scored)
    files = read_files(tmp_path, settings, INPUTS)
    monkeypatch.setattr(rows, "MANY", 100)
    assert len(list(each_file(tmp_path, settings, INPUTS))) == 3
    found = extreme(each_file(tmp_path, settings, INPUTS), scored)
    assert list(found) == list(whole)
    assert len(found) >= 5
    asked = (
        scored.assign(entity=scored["entity"].astype(str))
        .set_index(RowKeys(scored).names)
        .loc[found]
    )
    few = read_files(tmp_path, settings, INPUTS, set(found.get_level_values(0)))
    assert len(few.code) < len(files.code)
    pd.testing.assert_frame_equal(sent(few, asked, 20).rows, sent(files, asked, 20).rows)


def extremes_twice(
    settings: DataSettings, raw: pd.DataFrame, root: Path, patch: pytest.MonkeyPatch
) -> None:
    """The rows with extremes, and those that are read of them, file by file and together."""
    scored, found, sizes = keys(raw)[::3].assign(score=0.5), [], []
    for many in (10**9, 100):
        patch.setattr(rows, "MANY", many)
        found.append(list(extreme(each_file(root, settings, INPUTS), scored)))
        few = read_files(root, settings, INPUTS, {"machine-3"})
        sizes.append(sum(few.names[code] == "machine-3" for code in few.code))
    assert found[0] == found[1]
    assert sizes[0] == sizes[1] == (raw["machine"] == "machine-3").sum()


@pytest.mark.parametrize("name", ["a", "z"])
def test_a_file_without_rows_has_no_extremes(
    settings: DataSettings,
    raw: pd.DataFrame,
    tmp_path: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw.iloc[:0].to_parquet(tmp_path / "data" / f"{name}.parquet", index=False)
    extremes_twice(settings, raw, tmp_path, monkeypatch)


@pytest.mark.parametrize("name", ["[0].parquet", "*.parquet"])
def test_a_files_name_is_no_pattern(
    settings: DataSettings,
    raw: pd.DataFrame,
    tmp_path: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "data" / "0.parquet").rename(tmp_path / "data" / name)
    extremes_twice(settings, raw, tmp_path, monkeypatch)


def test_times_of_other_types_in_some_files_name_rows_as_in_all(
    settings: DataSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = settings.columns.model_copy(update={"unit": "seconds"})
    changed = settings.model_copy(update={"columns": columns, "step": None})
    for at, kind in enumerate(["int64", "float64", "int64"]):
        some = pd.read_parquet(tmp_path / "data" / f"{at}.parquet")
        seconds = some["at"].to_numpy().astype("datetime64[s]").astype(kind)
        some.assign(at=seconds).to_parquet(tmp_path / "data" / f"{at}.parquet", index=False)
    scored, found = read_rows(changed, tmp_path)[::3].assign(score=0.5), []
    for many in (10**9, 100):
        monkeypatch.setattr(rows, "MANY", many)
        found.append(list(extreme(each_file(tmp_path, changed, INPUTS), scored)))
    assert found[0] == found[1]
