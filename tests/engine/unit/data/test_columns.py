"""Columns of any name and numbers of any size are used as they are, or refused in one line.

None vanishes.
"""

import numpy as np
import pyarrow as pa
import pytest

from clockwork.learning.data.contract import check_clock
from clockwork.learning.data.rows import feature_columns
from clockwork.settings.columns import RESERVED, Columns
from clockwork.settings.data import DataSettings
from clockwork.settings.strict import parse
from clockwork.support.errors import BadInput
from tests.engine.unit.data.conftest import COLUMNS, SPLIT, Read, table

NAMES = [
    "Air temperature [K]",
    "ok?",
    "a.b",
    ".a",
    "a/b",
    "ü",
    "a b",
    "a[0]",
    "[!a]",
    "a+(b)",
    "index",
]
STAMPS = pa.timestamp("s", "UTC")


def how(*metrics: str, step: int = 1) -> DataSettings:
    columns = COLUMNS.model_copy(update={"metrics": list(metrics)})
    return DataSettings(rows="data/*.parquet", step=step, columns=columns, split=SPLIT)


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_of_any_name_stands_for_itself_alone(read: Read, name: str) -> None:
    rows = read(
        table(**{name: np.arange(8.0), "Air temperature K": 9.0 * np.ones(8), "aXb": np.ones(8)}),
        how=how(name),
    )
    assert feature_columns(rows, how(name)) == [name]
    assert rows[name].tolist() == list(range(8))


@pytest.mark.parametrize("name", [*RESERVED, "score_1"])
@pytest.mark.parametrize("role", ["slices", "metrics"])
def test_a_slice_or_metric_with_a_name_of_ours_is_refused(role: str, name: str) -> None:
    columns = {
        "entity": "machine",
        "time": "at",
        "label": "failed",
        "metrics": ["load"],
        role: [name],
    }
    document = {"rows": "data/*", "step": 1, "columns": columns, "split": SPLIT.model_dump()}
    with pytest.raises(
        BadInput, match=f"'columns'.*'{name}' is taken by the pipeline itself; rename"
    ):
        parse(document, DataSettings, "configs/data.yaml")


@pytest.mark.parametrize("name", ["time", "fold"])
def test_a_pattern_that_finds_a_name_of_ours_is_refused(read: Read, name: str) -> None:
    with pytest.raises(BadInput, match=f"'{name}' is taken"):
        read(table(**{name: np.arange(8.0)}), how=how("metric_*", f"*{name[1:]}"))


@pytest.mark.parametrize(
    "changes", [{"slices": ["fold"]}, {"features": ["site"]}, {"features": ["failed"]}]
)
def test_no_other_key_is_blamed_for_a_name(changes: dict[str, list[str]]) -> None:
    document = {"rows": "data/*", "target": "failed", "slices": ["site"], **changes}
    with pytest.raises(
        BadInput, match=r"^configs/data.yaml: ('\w+' has two|the name 'fold' is taken)"
    ):
        parse(document, DataSettings, "configs/data.yaml")


def test_a_column_has_one_role() -> None:
    for slices, metrics in ((["at"], ["load"]), (["site"], ["site"]), (["site", "site"], ["load"])):
        with pytest.raises(ValueError, match="has two roles"):
            Columns(entity="machine", time="at", label="failed", slices=slices, metrics=metrics)


@pytest.mark.parametrize("name", ["metric_a", "machine", "at", "failed", "site"])
def test_a_name_that_is_there_twice_is_refused(read: Read, name: str) -> None:
    rows = table()
    with pytest.raises(BadInput, match=f"2 columns are called '{name}'; rename all but one"):
        read(rows.append_column(name, rows.column(name)))


def test_an_infinite_value_is_named_with_its_row(read: Read) -> None:
    values = np.where(np.arange(8) % 4 == 2, np.inf, 1.0)
    with pytest.raises(
        BadInput,
        match=r"'metric_a': 2 infinite values, the first \(inf\) of entity 'm1' at minute 12",
    ):
        read(table(metric_a=values))
    with pytest.raises(
        BadInput, match=r"'metric_b': 1 values beyond float32.*'m2' at minute 13 .*rescale"
    ):
        read(table(metric_b=[1.0] * 7 + [1e39]))


@pytest.mark.parametrize("offset", [10**8, 10**12, 2**60])
@pytest.mark.parametrize("kind", [pa.int64(), pa.float64()])
def test_numbers_whose_changes_float32_cannot_hold_are_refused(
    read: Read, offset: int, kind: pa.DataType
) -> None:
    if offset == 2**60 and kind == pa.float64():
        return  # such a number has no changes as a double either
    values = pa.array([offset + at for at in range(8)], pa.int64()).cast(kind)
    with pytest.raises(
        BadInput, match=r"'metric_a'.* float32 cannot hold .*entity 'm1'.*subtract an offset"
    ):
        read(table(metric_a=values))


@pytest.mark.parametrize("kind", [pa.int64(), pa.decimal128(20)])
def test_numbers_that_no_double_holds_are_refused_also_beside_missing_ones(
    read: Read, kind: pa.DataType
) -> None:
    values = pa.array([2**53, None, *(2**53 + at % 3 for at in range(6))], pa.int64()).cast(kind)
    with pytest.raises(
        BadInput,
        match=r"'metric_a'.*more digits.*\(9007199254740992\) in row 0; subtract an offset",
    ):
        read(table(metric_a=values))


@pytest.mark.parametrize(
    "values",
    [
        [10**12 * at for at in range(8)],
        [20.000000000000004, 20.0] * 4,
        [1e12] * 8,
        [50.0 + at / 1000 for at in range(8)],
        [None, 16_777_216, 3, 5, 7, 9, 11, 13],
    ],
)
def test_numbers_that_float32_holds_well_enough_are_read(
    read: Read, values: list[float | None]
) -> None:
    assert len(read(table(metric_a=values))) == 8


def test_half_minutes_are_kept_apart_from_duplicates(read: Read) -> None:
    halves = pa.array([600, 630, 660, 690] * 2, STAMPS)
    with pytest.raises(BadInput, match=r"minute 10 .*is there twice.* within a minute"):
        read(table(at=halves))
    with pytest.raises(BadInput, match="drop one of them"):
        read(table(at=pa.array([600, 600, 660, 720] * 2, STAMPS)))


def test_whole_stamps_that_were_written_in_another_unit_are_named(read: Read) -> None:
    at = pa.array([2**60 + 60_000_000 * at for at in range(4)] * 2, pa.timestamp("us"))
    with pytest.raises(
        BadInput, match=r"'at': row 3 is [\d,]+ years from zero; mend its time or drop it, or write"
    ):
        read(table(at=at))


@pytest.mark.parametrize("odd", [np.inf, np.nan])
def test_an_endless_time_is_named_with_its_row(read: Read, odd: float) -> None:
    columns = COLUMNS.model_copy(update={"unit": "hours"})
    settings = DataSettings(rows="data/*.parquet", columns=columns, split=SPLIT)
    with pytest.raises(
        BadInput, match=r"'at': 1 times are no finite numbers, the first is row 2; drop"
    ):
        read(table(at=[1.0, 2.0, odd, 4.0] * 1 + [1.0, 2.0, 3.0, 4.0]), how=settings)


def test_seconds_that_are_called_milliseconds_are_no_duplicates(read: Read) -> None:
    columns = COLUMNS.model_copy(update={"unit": "milliseconds"})
    settings = DataSettings(rows="data/*.parquet", step=1, columns=columns, split=SPLIT)
    with pytest.raises(BadInput, match=r"is there twice.*or set `unit` to what its times are in"):
        read(table(at=[1_700_000_000 + 60 * at for at in range(4)] * 2), how=settings)


@pytest.mark.parametrize("per_minute", [60, 60_000, 60_000_000])
def test_epochs_of_seconds_or_less_are_no_minutes(read: Read, per_minute: int) -> None:
    with pytest.raises(
        BadInput,
        match=r"'at': row 3 is [\d,]+ years from zero, so it is no number of minutes .*write "
        r"timestamps",
    ):
        read(table(at=[(29_000_000 + at) * per_minute for at in range(4)] * 2))


@pytest.mark.parametrize("at", [0, 7])
def test_a_clock_that_was_reset_is_named(read: Read, settings: DataSettings, at: int) -> None:
    minutes = [29_000_000 + minute for minute in range(4)] * 2
    minutes[at] = 0 if at == 0 else 90_000_000
    with pytest.raises(
        BadInput,
        match=rf"'m{1 + at // 4}' at (minute 0|2141-02-13 00:00) \(row {at}\) is \d+ years away",
    ):
        check_clock(read(table(at=minutes)), settings)
