"""The demo's fleet: the same everywhere, realistic, and a wrong recipe is refused in one line."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from clockwork.support.errors import BadInput
from seeds import fleet
from seeds.anomalies import DAY, KINDS
from seeds.telemetry import STEPS, Place, Span, spans

SHIPPED = Path(fleet.__file__).with_suffix(".yaml")
Edited = Callable[..., Path]


@pytest.fixture(scope="module")
def recipe() -> fleet.Recipe:
    return fleet.load(SHIPPED)


@pytest.fixture(scope="module")
def some(recipe: fleet.Recipe) -> pa.Table:
    return fleet.grow(recipe, range(240))


@pytest.fixture
def edited(tmp_path: Path) -> Edited:
    """The shipped recipe with some top-level keys set otherwise, as a file."""

    def edit(**changes: object) -> Path:
        path = tmp_path / "recipe.yaml"
        path.write_text(
            yaml.safe_dump(
                yaml.safe_load(SHIPPED.read_text(encoding="utf-8")) | changes, sort_keys=False
            )
        )
        return path

    return edit


def of(table: pa.Table, recipe: fleet.Recipe, device: int) -> pa.Table:
    return table.filter(pc.equal(table["device"], fleet.name_of(recipe, device)))


def saved(table: pa.Table) -> bytes:
    """What the rows are as a file: unlike `equals`, two missing values are the same."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.combine_chunks(), sink)
    return bytes(sink.getvalue())


def benign(recipe: fleet.Recipe, device: int) -> list[Span]:
    place = Place(
        recipe.seed, device, device // recipe.cluster, recipe.start.weekday(), recipe.days
    )
    return spans(place, recipe.normal)


def minutes(recipe: fleet.Recipe, table: pa.Table) -> list[int]:
    since = table["time"].to_numpy() - np.datetime64(recipe.start, "ms")
    return [int(minute) for minute in since // np.timedelta64(1, "m")]


@pytest.mark.parametrize("device", [0, 7, 41])
def test_a_device_grows_the_same_alone_and_in_a_crowd(
    recipe: fleet.Recipe, some: pa.Table, device: int
) -> None:
    assert saved(fleet.grow(recipe, [device])) == saved(of(some, recipe, device))


def test_the_order_in_which_devices_are_asked_for_does_not_matter(recipe: fleet.Recipe) -> None:
    assert saved(fleet.grow(recipe, [9, 2, 30])) == saved(fleet.grow(recipe, [30, 9, 2]))


def test_a_device_is_the_same_in_a_larger_fleet(recipe: fleet.Recipe, some: pa.Table) -> None:
    larger = recipe.model_copy(update={"devices": 10 * recipe.devices})
    assert saved(fleet.grow(larger, [7])) == saved(of(some, recipe, 7))


def test_a_longer_recipe_keeps_its_first_days(recipe: fleet.Recipe, some: pa.Table) -> None:
    longer = fleet.grow(recipe.model_copy(update={"days": recipe.days + 1}), [7])
    first = of(some, recipe, 7)
    assert saved(longer.slice(0, len(first))) == saved(first)


def test_the_parts_hold_what_was_grown_sorted_by_device_and_time(
    edited: Edited, tmp_path: Path
) -> None:
    small = fleet.load(edited(devices=12, days=1, parts=3))
    fleet.write(small, tmp_path / "data")
    files = sorted((tmp_path / "data").iterdir())
    assert [file.name for file in files] == [f"part-{part}.parquet" for part in range(3)]
    rows = pa.concat_tables([pq.read_table(file) for file in files])
    assert saved(rows) == saved(fleet.grow(small, range(12)))
    assert saved(rows) == saved(rows.sort_by([("device", "ascending"), ("time", "ascending")]))
    assert rows.column_names == ["device", "kind", "time", *STEPS, "label"]


def test_a_new_fleet_takes_the_place_of_an_old_one(edited: Edited, tmp_path: Path) -> None:
    for parts in (3, 1):
        fleet.write(fleet.load(edited(devices=3, days=1, parts=parts)), tmp_path / "data")
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["part-0.parquet"]


def test_a_folder_with_other_files_is_left_alone(recipe: fleet.Recipe, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("do not delete")
    with pytest.raises(BadInput, match="name another folder"):
        fleet.write(recipe, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_write_that_fails_leaves_the_old_fleet_and_nothing_half_written(
    edited: Edited, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = fleet.load(edited(devices=2, days=1, parts=1))
    out = tmp_path / "out" / "data"
    fleet.write(small, out)
    before = (out / "part-0.parquet").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="no space left"):
        fleet.write(small, out)
    assert [file.name for file in out.parent.iterdir()] == ["data"]
    assert (out / "part-0.parquet").read_bytes() == before


def test_one_to_three_minutes_in_a_hundred_are_anomalous(some: pa.Table) -> None:
    assert 0.01 < pc.mean(some["label"]).as_py() < 0.03


def test_on_each_day_about_half_of_the_devices_have_an_anomaly(recipe: fleet.Recipe) -> None:
    found = fleet.events(recipe, range(recipe.devices))
    for day in range(recipe.days):
        start = np.datetime64(recipe.start, "m") + day * DAY
        hit = {event.device for event in found if start <= event.start < start + DAY}
        assert 0.4 < len(hit) / recipe.devices < 0.6


def test_every_kind_of_anomaly_is_there_and_short_or_long_as_the_recipe_says(
    recipe: fleet.Recipe,
) -> None:
    found = fleet.events(recipe, range(recipe.devices))
    assert {event.kind for event in found} == set(KINDS)
    for event in found:
        shortest, longest = recipe.anomalies[event.kind].minutes
        assert shortest <= (event.end - event.start).astype(int) <= longest


def test_the_labels_are_the_events_and_nothing_else(recipe: fleet.Recipe, some: pa.Table) -> None:
    for device in range(30):
        rows = of(some, recipe, device)
        time, expected = rows["time"].to_numpy(), np.zeros(len(rows), bool)
        for event in fleet.events(recipe, [device]):
            expected |= (event.start <= time) & (time < event.end)
        assert (rows["label"].to_numpy().astype(bool) == expected).all()


def test_a_cascade_reaches_neighbours_within_minutes(recipe: fleet.Recipe) -> None:
    clusters = [range(first, first + recipe.cluster) for first in range(0, 240, recipe.cluster)]
    starts = [[e.start for e in fleet.events(recipe, c) if e.kind == "cascade"] for c in clusters]
    assert any(
        len(near) > 1 and max(near) - min(near) <= np.timedelta64(10, "m") for near in starts
    )


def test_a_flatline_holds_its_metrics_still(recipe: fleet.Recipe, some: pa.Table) -> None:
    device, event = next(
        (device, event)
        for device in range(240)
        for event in fleet.planned(recipe, device)
        if event.kind == "flatline"
    )
    rows = of(some, recipe, device)
    inside = np.isin(minutes(recipe, rows), np.arange(event.first, event.last))
    for metric in event.metrics:
        values = rows[list(STEPS)[metric]].to_numpy()[inside]
        assert len(set(values[~np.isnan(values)])) == 1


def test_rows_are_absent_and_single_values_missing(recipe: fleet.Recipe, some: pa.Table) -> None:
    absent = 1 - len(some) / (240 * recipe.days * DAY)
    assert 0.001 < absent < 0.004
    for metric in STEPS:
        assert 0 < np.isnan(some[metric].to_numpy()).mean() < 0.001


def test_reboots_jobs_bursts_and_hiccups_happen_and_are_not_labelled(
    recipe: fleet.Recipe, some: pa.Table
) -> None:
    seen = set()
    for device in range(120):
        rows = of(some, recipe, device)
        healthy = set(np.array(minutes(recipe, rows))[rows["label"].to_numpy() == 0])
        ill = {m for e in fleet.planned(recipe, device) for m in range(e.first, e.last)}
        for span in benign(recipe, device):
            # A reboot is silent itself; the minutes after it are what a label could be on.
            around = set(range(span.first, min(span.last + 5, recipe.days * DAY))) - ill
            assert not (around & set(minutes(recipe, rows))) - healthy
            seen.add(span.what)
    assert {"job", "burst", "hiccup", "reboot"} <= seen


def test_values_lie_on_the_grid_that_devices_send(some: pa.Table) -> None:
    for metric, step in STEPS.items():
        steps = some[metric].to_numpy().astype(float) / step
        assert np.nanmax(np.abs(steps - np.rint(steps))) < 0.01
        assert np.nanmin(steps) >= 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"days": 0}, "key 'days': input should be greater than or equal to 1, got 0"),
        ({"kinds": {}}, "key 'kinds': dictionary should have at least 1 item"),
        ({"anomalies": {}}, "anomalies lacks cascade"),
        ({"parts": 601}, "a device for every part"),
    ],
)
def test_a_wrong_recipe_is_one_clear_line_and_exit_code_2(
    changes: dict[str, object],
    says: str,
    edited: Edited,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, out = edited(**changes), tmp_path / "data"
    assert fleet.main(["--recipe", str(path), "--out", str(out)]) == 2
    line = capsys.readouterr().err
    assert line.startswith(f"{path}: ")
    assert says in line
    assert line.count("\n") == 1
    assert not out.exists()


def test_a_misspelt_key_is_named_as_it_was_typed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(SHIPPED.read_text(encoding="utf-8").replace("devices:", "devcies:"))
    assert fleet.main(["--recipe", str(path), "--out", str(tmp_path / "data")]) == 2
    assert capsys.readouterr().err == f"{path}: unknown key 'devcies'; did you mean 'devices'?\n"


@pytest.mark.parametrize("text", ["a: [", "", "\t"])
def test_a_recipe_that_is_no_yaml_mapping_is_one_line_too(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    assert fleet.main(["--recipe", str(path), "--out", str(tmp_path / "data")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_line_grows_a_fleet(edited: Edited, tmp_path: Path) -> None:
    path = edited(devices=2, days=1, parts=1)
    assert fleet.main(["--recipe", str(path), "--out", str(tmp_path / "data")]) == 0
    assert (tmp_path / "data" / "part-0.parquet").exists()
