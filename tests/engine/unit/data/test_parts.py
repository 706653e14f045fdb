"""Rows in parts of whole entities: the same rows and findings of a stage, with a part's room."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from clockwork import project
from clockwork.learning import tables
from clockwork.learning.data import parts
from clockwork.learning.data import split as split_file
from clockwork.learning.data.expectations import check_expectations, check_parts
from clockwork.learning.data.parts import Parts, parts_of, read_entities, read_parts, spooled
from clockwork.learning.data.rows import read_rows
from clockwork.learning.stages import features, split, validate
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.expectations import Expectation
from clockwork.support.errors import BadInput
from clockwork.support.paths import EVALUATION, SPLIT, VALIDATION
from tests.engine.unit.serving.conftest import DATA, FEATURES, ROOT, raw

__all__ = ["raw"]
EXPECTED = [
    {
        "expect": "column_values_to_be_between",
        "columns": ["m_load"],
        "max_value": 3,
        "mostly": 0.9,
        "severity": "warning",
    },
    {
        "expect": "column_values_to_not_be_null",
        "columns": ["m_load", "m_heat"],
        "mostly": 0.99,
        "severity": "warning",
    },
    {
        "expect": "column_values_to_be_in_set",
        "columns": ["site"],
        "value_set": ["a"],
        "severity": "warning",
    },
    {
        "expect": "column_mean_to_be_between",
        "columns": ["label"],
        "max_value": 0.05,
        "severity": "warning",
    },
    {
        "expect": "column_values_to_be_between",
        "columns": ["nowhere"],
        "max_value": 3,
        "severity": "warning",
    },
]


def by_entity(rows: pd.DataFrame, folder: Path) -> None:
    for name, some in rows.groupby("machine", sort=False):
        some.to_parquet(folder / f"{name}.parquet", index=False)


def by_time(rows: pd.DataFrame, folder: Path) -> None:
    rows = rows.sort_values("at", kind="stable")
    for at in range(4):
        rows.iloc[at * len(rows) // 4 : (at + 1) * len(rows) // 4].to_parquet(
            folder / f"{at}.parquet", index=False
        )


def together(rows: pd.DataFrame, folder: Path) -> None:
    rows.to_parquet(folder / "rows.parquet", index=False, row_group_size=333)


def backwards(rows: pd.DataFrame, folder: Path) -> None:
    by_entity(
        rows.iloc[::-1].assign(machine=lambda rows: rows["machine"].astype("category")), folder
    )


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without rows, where parts are of 500 rows."""
    for name in ("clockwork", "pipelines"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "data").mkdir()
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "data.yaml").write_text(DATA, encoding="utf-8")
    (tmp_path / "configs" / "features.yaml").write_text(FEATURES, encoding="utf-8")
    (tmp_path / "configs" / "expectations.yaml").write_text(
        yaml.safe_dump({"expectations": EXPECTED}), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(parts, "LEAST", 500)
    return tmp_path


@pytest.fixture
def settings(checkout: Path) -> DataSettings:
    """Its settings of the data."""
    return data_settings(checkout)


LAYOUTS = pytest.mark.parametrize("lay", [by_entity, by_time, together, backwards])


@LAYOUTS
def test_parts_are_the_rows_in_their_order(
    raw: pd.DataFrame, settings: DataSettings, lay: Callable[[pd.DataFrame, Path], None]
) -> None:
    lay(raw, Path("data"))
    rows = read_parts(settings, read_rows)
    assert rows.held is None
    assert rows.count == 3
    whole = read_rows(settings)
    pd.testing.assert_frame_equal(rows.whole(), whole)
    pd.testing.assert_frame_equal(parts_of(whole).whole(), whole)
    lengths = [len(part) for part in rows]
    assert lengths == [len(part) for part in parts_of(whole)]
    for part in rows:
        assert (part.dtypes == whole.dtypes).all()
    some = {"machine-1", "machine-4"}
    wanted = whole[whole["entity"].isin(some)].reset_index(drop=True)
    pd.testing.assert_frame_equal(read_entities(settings, read_rows, some), wanted)
    with spooled(rows, Path("build")) as kept:
        pd.testing.assert_frame_equal(kept.whole(), whole)
        pd.testing.assert_frame_equal(kept.whole(["m_load", "entity"]), whole[["m_load", "entity"]])
    assert not list(Path("build").iterdir())


@LAYOUTS
def test_stages_write_the_same_of_parts_and_of_all_rows(
    raw: pd.DataFrame,
    checkout: Path,
    lay: Callable[[pd.DataFrame, Path], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lay(raw, Path("data"))

    def written() -> tuple[bytes, bytes, bytes]:
        validate.main()
        features.main()
        folder = checkout / "build" / "features"
        return (
            (checkout / VALIDATION).read_bytes(),
            (folder / "keys.parquet").read_bytes(),
            (folder / "account.json").read_bytes(),
        )

    of_parts = written()
    monkeypatch.setattr(parts, "LEAST", 10**6)
    assert of_parts == written()
    assert json.loads(of_parts[0])["rows"] == len(raw)


def test_the_split_of_rows_in_groups_is_that_of_all(
    raw: pd.DataFrame, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_entity(raw, Path("data"))
    features.main()

    def written() -> tuple[pd.DataFrame, pd.DataFrame, bytes]:
        split.main()
        folder = checkout / SPLIT.parent
        return (
            pd.read_parquet(SPLIT),
            pd.read_parquet(EVALUATION),
            (folder / "account.json").read_bytes(),
        )

    whole = written()
    monkeypatch.setattr(tables, "GROUP", 100)
    features.main()
    assert tables.groups_alike(Path("build/features/keys.parquet"))
    found = written()
    for one, other in zip(found[:2], whole[:2], strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert found[2] == whole[2]
    for part in (split_file.TRAIN, split_file.JUDGE):
        mask, kept = tables.read_part(SPLIT, part)
        assert mask.tolist() == (whole[0]["part"] == part).tolist()
        pd.testing.assert_frame_equal(kept, whole[0][mask].reset_index(drop=True))


def test_a_split_without_positives_is_refused_in_groups_as_well(
    raw: pd.DataFrame, settings: DataSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = raw["at"].min() + (raw["at"].max() - raw["at"].min()) / 2
    by_entity(raw.assign(broken=raw["broken"] * (raw["at"] < half)), Path("data"))
    assert settings.splits_by == "both"
    monkeypatch.setattr(tables, "GROUP", 100)
    features.main()
    with pytest.raises(BadInput, match="evaluation rows with 0 positives"):
        split.main()


def test_expectations_find_the_same_of_parts_and_of_all_rows(
    raw: pd.DataFrame, settings: DataSettings
) -> None:
    by_entity(raw, Path("data"))
    asked = [Expectation.model_validate(one) for one in EXPECTED]
    rows = read_parts(settings, read_rows)
    found = check_parts(rows, asked)
    assert found == check_expectations(read_rows(settings), asked)
    assert [one.success for one in found] == [False, False, True, False, False, False]


@pytest.mark.parametrize(
    "changes",
    [
        {"m_heat": lambda rows: rows.index.to_numpy()},  # whole numbers that a float may not hold
        {"m_heat": lambda rows: rows["site"]},  # categories are those of all rows
    ],
)
def test_rows_that_say_something_of_others_are_read_together(
    raw: pd.DataFrame, settings: DataSettings, changes: dict[str, Any]
) -> None:
    by_entity(raw.assign(**changes), Path("data"))
    assert read_parts(settings, read_rows).held is not None


def test_a_reader_of_the_projects_own_reads_all_rows(
    raw: pd.DataFrame, settings: DataSettings
) -> None:
    by_entity(raw, Path("data"))

    def reader(settings: DataSettings, root: Path = Path()) -> pd.DataFrame:
        return read_rows(settings, root).assign(m_heat=np.float32(1))

    rows = read_parts(settings, reader)
    assert rows.count == 3
    assert rows.held is not None
    assert all((part["m_heat"] == 1).all() for part in rows)


def spoilt(raw: pd.DataFrame, row: int, values: dict[str, Any]) -> pd.DataFrame:
    rows = raw.copy()
    for name, value in values.items():
        rows.loc[row, name] = value
    return rows


@pytest.mark.parametrize(
    "values",
    [
        {"m_heat": np.inf},
        {"site": None},
        {"at": pd.Timestamp("2026-03-01")},
        {"at": pd.Timestamp("1926-03-01")},
    ],
)
@pytest.mark.usefixtures("checkout")
def test_a_fault_names_its_row_among_all(
    raw: pd.DataFrame, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_entity(spoilt(raw, 1500, values), Path("data"))
    messages = []
    for least in (500, 10**6):
        monkeypatch.setattr(parts, "LEAST", least)
        with pytest.raises(BadInput) as error:
            validate.main()
        messages.append(str(error.value))
    assert messages[0] == messages[1]


@pytest.mark.usefixtures("checkout")
def test_a_target_in_disguise_is_found_in_parts(raw: pd.DataFrame) -> None:
    by_entity(raw.assign(m_load=raw["broken"].astype(np.float32) + 1), Path("data"))
    with pytest.raises(BadInput, match="'m_load' alone tells the target of every row"):
        validate.main()


def test_rows_are_never_held_all_at_once(raw: pd.DataFrame, settings: DataSettings) -> None:
    def peak(days: int) -> int:
        rows = pd.concat([raw.assign(at=raw["at"] + pd.Timedelta(days=day)) for day in range(days)])
        for path in Path("data").iterdir():
            path.unlink()
        by_entity(
            pd.concat([rows.assign(machine=rows["machine"] + f"-{at}") for at in range(10)]),
            Path("data"),
        )
        arrow = pa.proxy_memory_pool(pa.default_memory_pool())
        before = pa.default_memory_pool()
        pa.set_memory_pool(arrow)
        tracemalloc.start()
        try:
            validate_rows(read_parts(settings, read_rows))
            return tracemalloc.get_traced_memory()[1] + int(arrow.max_memory() or 0)
        finally:
            tracemalloc.stop()
            pa.set_memory_pool(before)

    def validate_rows(rows: Parts) -> None:
        assert sum(len(part) for part in rows) > 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "LEAST", 3_000)
        assert peak(1) > 0  # warm
        assert peak(3) <= 1.3 * peak(1)


@pytest.mark.parametrize("ordered", [False, True])
def test_categories_of_several_types_are_read_together(
    raw: pd.DataFrame, settings: DataSettings, ordered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at, (name, some) in enumerate(raw.groupby("machine", sort=False)):
        # An empty one, which no row has, is written anew.
        names = pa.array([name, *[""] * (at == 4)], pa.string())
        codes = pa.array(np.zeros(len(some)), pa.int8())
        table = pa.Table.from_pandas(some, preserve_index=False)
        own = pa.DictionaryArray.from_arrays(codes, names, ordered=ordered)
        pq.write_table(table.set_column(0, "machine", own), Path("data") / f"{name}.parquet")
    if ordered:
        with pytest.raises(BadInput, match="the files disagree"):
            read_parts(settings, read_rows)
        return
    found = read_parts(settings, read_rows).whole()
    monkeypatch.setattr(parts, "LEAST", 10**6)
    pd.testing.assert_frame_equal(found, read_parts(settings, read_rows).whole())


def test_entities_that_no_row_has_give_no_rows(raw: pd.DataFrame, settings: DataSettings) -> None:
    by_entity(raw, Path("data"))
    rows = read_entities(settings, read_rows, {"no such entity"})
    pd.testing.assert_frame_equal(rows, read_rows(settings).iloc[:0])


def test_a_stage_that_fails_leaves_no_part_of_the_rows(
    raw: pd.DataFrame, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "GROUP", 100)
    by_entity(spoilt(raw, 1500, {"m_heat": np.inf}), Path("data"))
    with pytest.raises(BadInput, match="infinite"):
        features.main()
    assert not list((checkout / "build" / "features").iterdir())
    by_entity(raw.assign(broken=raw["broken"] * (raw["at"] < raw["at"].median())), Path("data"))
    features.main()
    with pytest.raises(BadInput, match="evaluation rows with 0 positives"):
        split.main()
    assert not list(SPLIT.parent.iterdir())


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (
            lambda x: x.astype(np.float64),
            "of some entities features in float32 .* of others features in float64",
        ),
        (
            lambda x: pd.DataFrame(x),
            "of some entities features in float32 .* of others features in a frame",
        ),
        (lambda x: x[:, 1:], r"\d+ features have names and \d+ have columns"),
    ],
)
def test_features_of_another_kind_for_some_entities_are_refused(
    raw: pd.DataFrame,
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Any], Any],
    fault: str,
) -> None:
    by_entity(raw, Path("data"))
    build, asked = project.build_features, list[int]()

    def build_features(*arguments: Any) -> Any:
        keys, x = build(*arguments)
        asked.append(len(keys))
        return keys, x if len(asked) == 1 else spoil(x)

    monkeypatch.setattr(features, "build_features", build_features)
    with pytest.raises(BadInput, match=f"pipelines/features.*{fault}"):
        features.main()
    assert len(asked) > 1
    assert not list((checkout / "build" / "features").iterdir())


def test_what_a_killed_run_left_is_removed(raw: pd.DataFrame, settings: DataSettings) -> None:
    by_entity(raw, Path("data"))
    left = Path("build") / ".parts-killed"
    left.mkdir(parents=True)
    (left / "0.arrow").touch()
    with spooled(read_parts(settings, read_rows), Path("build")):
        assert not left.exists()
