"""Nothing that was accepted is lost, and nothing is scored twice, whenever the process dies."""

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd
import pytest

from clockwork.fleet.batch import score_files
from clockwork.fleet.folder import watch
from clockwork.fleet.model import Model
from clockwork.fleet.station import Station
from clockwork.support.errors import BadInput
from tests.engine.unit.fleet.conftest import served


def keyed(scores: pd.DataFrame, column: str = "score") -> pd.Series:
    """Scores by entity and time, in their order."""
    named = scores.assign(entity=scores["entity"].astype(str), time=scores["time"].astype("int64"))
    return named.set_index(["entity", "time"])[column].sort_index()


def silent(line: str) -> None:
    """Say nothing."""


@pytest.mark.parametrize("algorithm", ["lightgbm", "logistic", "isolation_forest", "robust_z"])
def test_every_algorithm_scores_as_the_pipeline_did(
    trained: Path,
    minutes: list[pd.DataFrame],
    expected: pd.DataFrame,
    tmp_path: Path,
    algorithm: str,
) -> None:
    station = Station(tmp_path / "state", Model.load(trained, algorithm))
    for rows in minutes:
        station.take(rows)
    got = keyed(served(station.folder))
    assert len(got) == len(got.index.unique()) > 100
    # A matrix product may round its last bits by the number of rows.
    np.testing.assert_allclose(
        got, keyed(expected, algorithm)[got.index], rtol=0 if algorithm == "lightgbm" else 1e-12
    )


def test_another_process_goes_on_from_wherever_the_first_one_died(
    trained: Path, minutes: list[pd.DataFrame], tmp_path: Path
) -> None:
    model = Model.load(trained, "lightgbm")
    whole = Station(tmp_path / "whole", model)
    for rows in minutes:
        whole.take(rows)
    station = Station(tmp_path / "state-0", model)
    for number, rows in enumerate(minutes, 1):
        station.take(rows)
        if number % 7 == 0:
            shutil.copytree(station.folder, tmp_path / f"state-{number}")
            station = Station(tmp_path / f"state-{number}", model)
            assert len(list(station.resume())) == number % model.fleet.snapshot
    pd.testing.assert_frame_equal(served(station.folder), served(whole.folder))
    assert {path.name for path in (whole.folder / "served").iterdir()} == {"2026-03-01T00.parquet"}
    assert station.alerts.open == whole.alerts.open
    assert station.slices == whole.slices


def test_a_snapshot_of_rows_with_other_metrics_is_refused(
    trained: Path, minutes: list[pd.DataFrame], tmp_path: Path
) -> None:
    model = Model.load(trained, "robust_z")
    first = Station(tmp_path / "state", model)
    first.take(minutes[0])
    first.save()
    shutil.copytree(first.folder, tmp_path / "copy")
    other = Station(tmp_path / "copy", replace(model, metrics=model.metrics[:1]))
    with pytest.raises(BadInput, match="of rows with other metrics or another step"):
        list(other.resume())


def test_two_processes_never_share_a_state(trained: Path, tmp_path: Path) -> None:
    first = Station(tmp_path / "state", Model.load(trained, "robust_z"))
    with pytest.raises(BadInput, match="another process keeps a fleet here"):
        Station(first.folder, first.model)


def test_a_journal_of_other_metrics_is_refused_and_of_another_model_keeps_what_was_served(
    trained: Path, minutes: list[pd.DataFrame], tmp_path: Path
) -> None:
    model = Model.load(trained, "robust_z")
    first = Station(tmp_path / "state", model)
    first.take(minutes[0])
    shutil.copytree(first.folder, tmp_path / "copy")
    swapped = Station(tmp_path / "copy", replace(model, metrics=model.metrics[::-1]))
    with pytest.raises(BadInput, match=r"journal/000000001.arrow: of rows with other metrics"):
        list(swapped.resume())
    shutil.copytree(first.folder, tmp_path / "again")
    another = Station(tmp_path / "again", replace(model, hash="another"))
    assert len(list(another.resume())) == 1
    assert another.state.minute == first.state.minute
    pd.testing.assert_frame_equal(served(another.folder), served(first.folder))


@pytest.mark.parametrize("name", ["state.npz", "journal/000000001.arrow"])
@pytest.mark.parametrize("left", [0.0, 0.5])
def test_a_torn_file_is_one_line(
    trained: Path, minutes: list[pd.DataFrame], tmp_path: Path, name: str, left: float
) -> None:
    first = Station(tmp_path / "state", Model.load(trained, "robust_z"))
    first.take(minutes[0])
    if name == "state.npz":
        first.save()
    shutil.copytree(first.folder, tmp_path / "copy")
    whole = (first.folder / name).read_bytes()
    (tmp_path / "copy" / name).write_bytes(whole[: int(len(whole) * left)])
    with pytest.raises(BadInput, match=f"{name}: not a readable .*; move it away"):
        list(Station(tmp_path / "copy", first.model).resume())


def test_a_minute_that_could_not_be_logged_is_scored_after_a_restart(
    trained: Path, minutes: list[pd.DataFrame], tmp_path: Path
) -> None:
    station = Station(tmp_path / "state", Model.load(trained, "robust_z"))
    station.take(minutes[0])
    parts = station.folder / "parts"
    parts.rename(tmp_path / "parts")
    parts.write_text("no folder", encoding="utf-8")
    with pytest.raises(OSError, match="parts"):
        station.take(minutes[1])
    parts.unlink()
    (tmp_path / "parts").rename(parts)
    with pytest.raises(BadInput, match=r"000000002.arrow: not scored to its end; restart, then"):
        station.take(minutes[1])
    station.save()
    shutil.copytree(station.folder, tmp_path / "copy")
    again = Station(tmp_path / "copy", station.model)
    assert len(list(again.resume())) == 2
    whole = Station(tmp_path / "whole", station.model)
    for rows in minutes[:2]:
        whole.take(rows)
    pd.testing.assert_frame_equal(served(again.folder), served(whole.folder))


@pytest.mark.parametrize("error", [ZeroDivisionError("of 13"), BadInput("of 13")])
def test_a_minute_that_the_model_cannot_score_is_one_line_with_its_file(
    trained: Path, minutes: list[pd.DataFrame], tmp_path: Path, error: Exception
) -> None:
    def fail(_features: object) -> NoReturn:
        raise error

    station = Station(tmp_path / "state", Model.load(trained, "robust_z"))
    for rows in minutes[:30]:
        station.take(rows)
    station.save()
    station.state.score = fail
    with pytest.raises(type(error), match="of 13"):
        station.take(minutes[30])
    shutil.copytree(station.folder, tmp_path / "copy")
    again = Station(tmp_path / "copy", station.model)
    again.state.score = fail
    entry = again.folder / "journal" / "000000031.arrow"
    with pytest.raises(BadInput, match=f"{entry}: the model cannot score it .*of 13.; mend"):
        list(again.resume())
    entry.unlink()
    shutil.copytree(again.folder, tmp_path / "without")
    without = Station(tmp_path / "without", station.model)
    assert list(without.resume()) == []
    without.take(minutes[31])


def test_an_hour_that_is_begun_anew_loses_no_score(
    trained: Path, minutes: list[pd.DataFrame], tmp_path: Path
) -> None:
    model = Model.load(trained, "robust_z")
    first = Station(tmp_path / "state", model)
    for rows in [*minutes[:4], minutes[60]]:
        first.take(rows)
    first.save()
    shutil.copytree(first.folder, tmp_path / "copy")
    (tmp_path / "copy" / "state.npz").unlink()
    again = Station(tmp_path / "copy", replace(model, hash="another"))
    assert list(again.resume()) == []
    for rows in [*minutes[4:8], minutes[60]]:
        again.take(rows)
    again.save()
    again.save()
    log, before = served(again.folder), len(served(first.folder))
    assert (log["model"] == model.hash).sum() == before
    assert keyed(log[log["model"] == "another"]).index.get_level_values("time").nunique() == 2
    assert len(log) > before


@pytest.mark.parametrize(
    ("verb", "number", "code"),
    [("watch-folder", signal.SIGINT, 130), ("serve", signal.SIGTERM, 128 + signal.SIGTERM)],
)
def test_an_end_by_a_signal_is_quiet_and_saves_the_state(
    trained: Path, inbox: Path, tmp_path: Path, verb: str, number: signal.Signals, code: int
) -> None:
    state = tmp_path / "state"
    args = [str(inbox)] if verb == "watch-folder" else ["--port", "0"]
    command = [sys.executable, "-m", "clockwork", verb, *args, "--state", str(state)]
    command += ["--algorithm", "robust_z"]
    with subprocess.Popen(
        command,
        cwd=trained,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        assert running.stdout is not None
        next(line for line in running.stdout if line.startswith((b"0129", b"http")))
        time.sleep(0.5)  # until it is in its loop
        running.send_signal(number)
        _, errors = running.communicate(timeout=30)
    assert (running.returncode, errors.strip()) == (code, b"")
    assert (state / "state.npz").exists()
    assert list((state / "journal").glob("*.arrow")) == []


def test_an_entity_without_a_slice_takes_it_from_no_other(
    trained: Path, minutes: list[pd.DataFrame], tmp_path: Path
) -> None:
    station = Station(tmp_path / "state", Model.load(trained, "robust_z"))
    rows = minutes[0].astype({"site": object})
    rows.loc[0, "site"] = None
    station.take(rows)
    assert station.slices == dict(zip(rows["machine"][1:], rows["site"][1:], strict=True))


@pytest.mark.parametrize("by", ["at", "machine"])
def test_files_are_scored_one_by_one_as_if_they_were_one(
    trained: Path, raw: pd.DataFrame, expected: pd.DataFrame, tmp_path: Path, by: str
) -> None:
    (tmp_path / "in").mkdir()
    for number, part in enumerate(np.array_split(np.argsort(raw[by].to_numpy(), kind="stable"), 4)):
        raw.iloc[np.sort(part)].to_parquet(tmp_path / "in" / f"{number}.parquet", index=False)
    score_files(Model.load(trained, "lightgbm"), tmp_path / "in", tmp_path / "out", silent)
    got = keyed(pd.read_parquet(tmp_path / "out")).dropna()
    pd.testing.assert_series_equal(
        got, keyed(expected, "lightgbm"), check_names=False, check_exact=True
    )


def test_a_file_that_nobody_can_read_is_one_line_and_the_others_are_scored(
    trained: Path, inbox: Path, tmp_path: Path
) -> None:
    (inbox / "0030.parquet").write_text("no parquet", encoding="utf-8")
    (inbox / "0031.parquet").unlink()
    (inbox / "0031.parquet").symlink_to(inbox / "gone")
    rows = pd.read_parquet(inbox / "0032.parquet")
    rows.assign(at=rows["at"].where(rows.index > 1)).to_parquet(inbox / "0032.parquet", index=False)
    lines: list[str] = []
    station = Station(tmp_path / "state", Model.load(trained, "lightgbm"))
    with pytest.raises(BadInput, match="2 files were not scored, see above"):
        watch(station, inbox, lines.append, once=True)
    errors = [line for line in lines if line.startswith("error")]
    assert [line.partition(" (")[0] for line in errors] == [
        f"error: 00{minute}.parquet: not a readable Parquet file" for minute in (30, 31)
    ]
    assert f"0032.parquet: 2 of {len(rows)} rows refused: no 'at' (first: row 0)" in lines
    assert station.state.total["ticks"] == 88
    assert (station.folder / "alerts.json").exists()
    once_more = len(lines)
    with pytest.raises(BadInput, match="2 files"):
        watch(station, inbox, lines.append, once=True)
    assert len(lines) == once_more + 2


@pytest.mark.slow
def test_twenty_kills_at_random_moments_change_no_score(
    trained: Path, inbox: Path, tmp_path: Path
) -> None:
    whole = Station(tmp_path / "whole", Model.load(trained, "lightgbm"))
    watch(whole, inbox, silent, once=True)
    state, rng = tmp_path / "state", np.random.default_rng(5)
    words = [sys.executable, "-m", "clockwork", "watch-folder", str(inbox), "--state", str(state)]
    for _ in range(20):
        done = len(list((state / "parts").glob("*"))) + len(list((state / "served").glob("*")))
        with subprocess.Popen(words, cwd=trained, stdout=subprocess.DEVNULL) as running:
            since = time.monotonic()
            while not _moved(state, done) and time.monotonic() - since < 20:
                time.sleep(0.002)
            time.sleep(float(rng.uniform(0, 0.03)))
            running.send_signal(signal.SIGKILL)
    subprocess.run([*words, "--once"], cwd=trained, check=True, stdout=subprocess.DEVNULL)
    pd.testing.assert_frame_equal(served(state), served(whole.folder))


def _moved(state: Path, done: int) -> bool:
    return len(list((state / "parts").glob("*"))) + len(list((state / "served").glob("*"))) != done


@pytest.mark.parametrize(
    ("find", "put", "words"),
    [
        ("step: ", "# step: ", "a fleet is scored by the minute; name `entity`, `time` and `step`"),
        (
            "columns: {",
            "columns: {text: [m_note], ",
            "from numbers, and 'm_note' is text; exclude it",
        ),
    ],
)
def test_data_that_no_tick_can_hold_are_refused(
    trained: Path, tmp_path: Path, find: str, put: str, words: str
) -> None:
    for name in ("configs", "build"):
        shutil.copytree(trained / name, tmp_path / name)
    path = tmp_path / "configs" / "data.yaml"
    text = path.read_text(encoding="utf-8")
    assert find in text
    path.write_text(text.replace(find, put, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        Model.load(tmp_path, "lightgbm")
