"""What is cut and changed are the raw files, before the reader sees them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clockwork.gate.catalogue import CheckId
from clockwork.learning.data.rows import read_rows
from clockwork.learning.probes.features import few, of_features
from clockwork.learning.probes.independence import fewer, scramble
from clockwork.learning.probes.probe import Probe
from clockwork.learning.probes.raw import Raw, RawFile, read_raw
from clockwork.learning.probes.rebuild import Built, rebuilding
from clockwork.learning.probes.sample import Sample, sample
from clockwork.learning.probes.truncation import history, truncation, with_gaps
from clockwork.learning.probes.unserved import disguised, unserved
from tests.engine.unit.probes.conftest import HOW, METRICS, NAMED, SETTINGS, Reader

REBUILD = rebuilding(HOW)
Reading = Callable[[Reader], None]


def filled(rows: pd.DataFrame, how: Callable[[Any], Any]) -> pd.DataFrame:
    """`rows` with every metric of every entity replaced."""
    return rows.assign(
        **{name: rows.groupby("entity", observed=True)[name].transform(how) for name in METRICS}
    )


def as_they_are(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


def probed(some: Sample) -> dict[str, Probe]:
    return {probe.id: probe for probe in of_features(some, REBUILD, max(HOW.windows))}


def test_raw_files_come_back_as_they_were_with_what_lies_beside_them(
    raw: Raw, tmp_path: Path
) -> None:
    raw.write(tmp_path / "copy")
    for path in (raw.root / "data").iterdir():
        again = tmp_path / "copy" / "data" / path.name
        if path.suffix == ".parquet":
            assert pq.read_table(again).equals(pq.read_table(path))
        else:
            assert again.read_bytes() == path.read_bytes()
    pd.testing.assert_frame_equal(
        read_rows(SETTINGS, tmp_path / "copy"), read_rows(SETTINGS, raw.root)
    )


def test_a_minute_is_the_one_that_the_reader_takes(raw: Raw) -> None:
    minutes = np.concatenate([file.minute for file in raw.files])
    assert minutes.tolist() == read_rows(SETTINGS, raw.root)["time"].tolist()


def test_a_sample_has_its_entities_and_two_rows_of_another_with_both_classes(some: Sample) -> None:
    entity = pd.concat([file.entity.astype(str) for file in some.raw.files])
    assert set(entity) == {*NAMED, "device-5"}
    assert (entity == "device-5").sum() == 2
    nothing = some.cut(lambda file: np.zeros(len(file.minute), dtype=bool))
    assert nothing.classes() == [0, 1]


def test_a_sample_of_entities_with_a_row_each_has_two_others_with_a_class_each(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    for part in range(2):
        names = [f"c{at}" for at in range(part, 40, 2)]
        frame = pd.DataFrame({"device": names, "failed": [1] + [0] * 19, "load": np.arange(20.0)})
        frame.to_parquet(tmp_path / "data" / f"part-{part}.parquet", index=False)
    columns = SETTINGS.columns.model_copy(
        update={"time": None, "slices": [], "metrics": ["load"], "key": ["device"]}
    )
    how = SETTINGS.model_copy(update={"step": None, "columns": columns})
    chosen = sample(read_raw(how, tmp_path), ["c5", "c8", "c20"])
    assert chosen.spare == ("c0", "c1")
    nothing = chosen.cut(lambda file: np.zeros(len(file.minute), dtype=bool))
    assert sum(len(file.minute) for file in nothing.files) == 2
    assert nothing.classes() == [0, 1]


def test_the_only_entity_is_probed_though_its_failures_come_all_at_the_end(raw: Raw) -> None:
    only = raw.where(lambda file: (file.entity == "device-0").to_numpy())
    (file,) = only.files
    late = pa.array((np.arange(len(file.entity)) > len(file.entity) - 4).astype(np.int8))
    only = only.each(lambda file: file.with_columns({"failed": late}))
    names = few(only.names(), pd.DataFrame({"entity": ["device-0"] * 100}))
    assert names == ["device-0"]
    found = probed(sample(only, names))
    assert {one.held for one in found.values()} == {True}, found
    assert "0 rows" not in " ".join(one.message for one in found.values())


@pytest.mark.parametrize(
    "reader",
    [
        as_they_are,
        lambda rows: rows.assign(load=rows["load"] / 100),
        lambda rows: rows.iloc[::-1].iloc[::-1],
    ],
)
def test_an_honest_reader_passes_also_where_it_changes_what_it_reads(
    some: Sample, reading: Reading, reader: Reader
) -> None:
    reading(reader)
    assert all(probe.held for probe in probed(some).values())


@pytest.mark.parametrize(
    "how",
    [
        lambda values: values.interpolate(),
        lambda values: values.bfill(),
        lambda values: values.fillna(values.mean()),
        lambda values: values.rolling(3, center=True, min_periods=1).mean(),
        lambda values: values / values.std(),
    ],
    ids=["interpolates", "fills back", "fills with the mean", "smooths", "scales"],
)
def test_a_reader_that_looks_ahead_is_found(
    some: Sample, reading: Reading, how: Callable[[Any], Any]
) -> None:
    reading(lambda rows: filled(rows, how))
    found = truncation(some, REBUILD)
    assert not found.held
    assert "from the raw rows up to 2026-01-05" in found.message


def test_a_reader_that_leaves_out_rows_whose_future_it_lacks_is_found(
    some: Sample, reading: Reading
) -> None:
    reading(lambda rows: rows[rows.groupby("entity", observed=True).cumcount(ascending=False) > 1])
    found = truncation(some, REBUILD)
    assert (found.id, found.held) == (CheckId.LOOKS_AHEAD, False)
    assert "is not there" in found.message


def test_gaps_are_made_only_in_metrics_that_have_some(raw: Raw) -> None:
    (file, *_) = raw.files
    minutes = [int(file.minute[10]), int(file.minute[60])]
    out = with_gaps(file, METRICS, minutes)
    assert out.table.column("heat").equals(file.table.column("heat"))
    at = np.isin(file.minute, minutes)
    assert np.isnan(out.table.column("load").to_numpy()[at]).all()
    np.testing.assert_array_equal(
        out.table.column("load").to_numpy()[~at], file.table.column("load").to_numpy()[~at]
    )


@pytest.mark.parametrize(
    "how",
    [
        lambda values: values + values.notna().cumsum(),
        lambda values: values.ewm(halflife=50).mean(),
        lambda values: values - values.expanding().mean(),
        lambda values: values.rolling(30, min_periods=1).max(),
    ],
    ids=["counts", "forgets slowly", "since the beginning", "wider than any window"],
)
def test_more_history_than_serving_is_given_is_found(
    some: Sample, reading: Reading, how: Callable[[Any], Any]
) -> None:
    reading(lambda rows: filled(rows, how))
    found = history(some, REBUILD(some.raw), REBUILD, max(HOW.windows))
    assert (found.id, found.held) == (CheckId.OLDER_HISTORY, False)
    assert "without the raw rows up to 2026-01-0" in found.message


def test_who_looks_ahead_is_not_reported_to_look_back(some: Sample, reading: Reading) -> None:
    reading(lambda rows: filled(rows, lambda values: values.bfill()))
    found = probed(some)
    assert (found[CheckId.LOOKS_AHEAD].held, found[CheckId.OLDER_HISTORY].held) == (False, True)


def test_the_longest_window_is_enough_and_one_minute_less_is_not(some: Sample) -> None:
    whole = REBUILD(some.raw)
    assert history(some, whole, REBUILD, 9).held
    assert not history(some, whole, REBUILD, 8).held


def late_label(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(
        load=rows["load"] + rows.groupby("entity", observed=True)["label"].shift(20).fillna(0)
    )


def by_kind(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(load=rows["load"] + (rows["kind"] == "pump"))


@pytest.mark.parametrize("reader", [late_label, by_kind])
def test_a_feature_of_the_label_or_of_a_slice_is_found(
    some: Sample, reading: Reading, reader: Reader
) -> None:
    reading(reader)
    found = probed(some)[CheckId.SERVED_COLUMNS]
    assert not found.held
    assert (
        "with other values in failed, kind, spare_part, which serving lacks, 'load" in found.message
    )


def test_a_feature_of_a_column_that_nothing_names_is_found(some: Sample) -> None:
    def reads_on_its_own(raw: Raw) -> Built:
        built = REBUILD(raw)
        keys = built.rows.index
        spare = [
            pd.Series(
                file.table.column("spare_part").to_pandas().to_numpy(),
                index=[file.entity.astype(str), file.minute],
            )
            for file in raw.files
        ]
        built.x[:, 0] += pd.concat(spare).reindex(keys).to_numpy()
        return built

    assert not unserved(some, reads_on_its_own(some.raw), reads_on_its_own).held
    assert unserved(some, REBUILD(some.raw), REBUILD).held


def test_what_serving_lacks_is_changed_and_nothing_else(some: Sample) -> None:
    for before, after in zip(some.raw.files, disguised(some).files, strict=True):
        for name in ("device", "at", *METRICS):
            assert after.table.column(name).equals(before.table.column(name))
        assert after.table.schema.equals(before.table.schema)
        assert (
            after.table.column("kind").to_pandas() != before.table.column("kind").to_pandas()
        ).all()
    assert disguised(some).classes() == [0, 1]


def test_what_cannot_be_tried_does_not_hold_and_says_why_in_a_line(
    some: Sample, reading: Reading
) -> None:
    def refuses(rows: pd.DataFrame) -> pd.DataFrame:
        if len(rows) < 500:
            raise ValueError("too few\nrows")
        return rows

    reading(refuses)
    found = probed(some)
    assert found[CheckId.SERVED_COLUMNS].held
    assert not found[CheckId.OLDER_HISTORY].held
    assert (
        found[CheckId.OLDER_HISTORY].message == "this could not be tried: ValueError: too few rows"
    )
    reading(lambda rows: rows[["nothing"]])
    assert [probe.held for probe in probed(some).values()] == [False] * 3


def test_a_few_entities_are_of_those_that_evaluate_and_of_the_others_and_never_all(
    raw: Raw,
) -> None:
    judging = pd.DataFrame({"entity": pd.Categorical(["device-4", "device-5"])})
    assert few(raw.names(), judging) == ["device-4", "device-5", "device-0", "device-2", "device-3"]
    chosen = few(pd.Index(["a", "b"]), pd.DataFrame({"entity": ["b"]}))
    assert chosen == ["b"]


def test_scrambling_changes_every_value_from_the_first_judging_minute_on_and_nothing_before(
    raw: Raw,
) -> None:
    rows = read_rows(SETTINGS, raw.root)
    since = int(rows["time"].min()) + 120
    judging = rows[rows["entity"].isin(["device-1", "device-4"]) & (rows["time"] >= since)]
    out = scramble(raw, judging)
    changed = dict.fromkeys(("load", "heat", "spare_part", "failed"), 0.0)
    for before, after in zip(raw.files, out.files, strict=True):
        assert after.table.schema.equals(before.table.schema)
        late = before.entity.isin(["device-1", "device-4"]).to_numpy() & (before.minute >= since)
        assert after.where(~late).table.equals(before.where(~late).table)
        for name in ("device", "at", "kind"):
            assert after.table.column(name).equals(before.table.column(name))
        for name in changed:
            one, two = (file.where(late).table.column(name).to_pandas() for file in (before, after))
            changed[name] += float((one != two).mean()) / 2
    assert min(changed[name] for name in ("load", "heat", "spare_part")) > 0.95
    assert changed["failed"] > 0.2


def test_a_scrambled_file_is_read_once_more_as_it_was_written(raw: Raw, reading: Reading) -> None:
    # A reader that rescales reads what it wrote as something else: so the table it returned is
    # never written back.
    reading(lambda rows: rows.assign(load=rows["load"] / 100))
    nobody = read_rows(SETTINGS, raw.root).iloc[:0]
    whole, again = REBUILD(raw), REBUILD(scramble(raw, nobody))
    np.testing.assert_array_equal(whole.x, again.x)


def test_fewer_keeps_who_trains_and_who_begins_and_ends(raw: Raw) -> None:
    split = pd.DataFrame({"entity": pd.Categorical(["device-2", "device-3"]), "part": [0, 1]})
    assert "device-2" in fewer(raw, split).names()


@pytest.mark.parametrize(
    "kind", [pa.float16(), pa.float32(), pa.int8(), pa.uint64(), pa.string(), pa.bool_()]
)
def test_every_type_of_column_can_be_scrambled(kind: pa.DataType, tmp_path: Path) -> None:
    values = pa.array([str(n % 2) if kind == pa.string() else n % 2 for n in range(40)])
    metric = values.cast(pa.float32()).cast(kind) if kind == pa.float16() else values.cast(kind)
    table = pa.table(
        {
            "device": ["a"] * 40,
            "at": range(40),
            "failed": [0, 1] * 20,
            "kind": ["x"] * 40,
            "load": metric,
        }
    )
    (tmp_path / "data").mkdir()
    pq.write_table(table, tmp_path / "data" / "part-0.parquet")
    judging = pd.DataFrame({"entity": ["a"], "time": [10]})
    (file,) = scramble(read_raw(SETTINGS, tmp_path), judging).files
    assert isinstance(file, RawFile)
    assert file.table.schema.equals(table.schema)
    assert file.table.slice(0, 10).equals(table.slice(0, 10))
