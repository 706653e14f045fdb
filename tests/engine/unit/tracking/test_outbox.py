"""A result that cannot be sent waits whole, says so in one line, is sent later, once, in full."""

import os
import socket
import time
from pathlib import Path

import pytest

from clockwork.settings.tracking import TrackingSettings
from clockwork.support.checkout import Checkout
from clockwork.tracking import outbox, store
from clockwork.tracking.artifacts import only
from clockwork.tracking.outbox import Failure
from clockwork.tracking.record import Record
from clockwork.tracking.runs import Sent
from clockwork.verdict.schema import Verdict
from tests.engine.unit.tracking.conftest import Look, packing


@pytest.fixture(params=["me:secret@127.0.0.1:{port}", "me:se#secret@127.0.0.1", "[me:secret@x"])
def nobody(request: pytest.FixtureRequest) -> str:
    """A server's address at which nobody answers, or which is none."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "http://" + str(request.param).format(port=probe.getsockname()[1])


def waiting(folder: Path) -> list[str]:
    """The keys in the outbox."""
    return sorted(entry.name for entry in folder.iterdir() if entry.name[0] != ".")


def test_a_verdict_goes_straight_through(
    verdict: Verdict, files: list[Path], root: Path, settings: TrackingSettings, look: Look
) -> None:
    sent = outbox.log_verdict(verdict, only(files), Checkout(root), settings)
    assert isinstance(sent, Sent)
    assert len(look(sent.key)) == 3
    assert waiting(root / "mlruns" / "outbox") == []


def test_without_a_server_the_result_waits_and_a_later_run_sends_it_in_full(
    verdict: Verdict,
    files: list[Path],
    root: Path,
    settings: TrackingSettings,
    look: Look,
    nobody: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody)
    failure = outbox.log_verdict(verdict, packing(files), Checkout(root), settings)
    assert isinstance(failure, Failure)
    assert "\n" not in failure.message
    assert "secret" not in failure.message
    assert waiting(root / "mlruns" / "outbox") == [failure.key]

    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert isinstance(outbox.log_verdict(verdict, only([]), Checkout(root), settings), Sent)
    runs = look(failure.key)
    parent = next(run for run in runs if "mlflow.parentRunId" not in run.data.tags)
    kept = root / "mlruns" / "artifacts" / parent.info.run_id / "artifacts"
    assert [run.info.status for run in runs] == ["FINISHED"] * 3
    assert sorted(path.name for path in kept.iterdir()) == [file.name for file in files]
    (boosting,) = [run for run in runs if run.info.run_name == "boosting"]
    assert (boosting.data.tags["served"], len(boosting.outputs.model_outputs)) == ("s0", 1)
    assert waiting(root / "mlruns" / "outbox") == []


def test_the_oldest_goes_first(fresh: Record, tmp_path: Path, uri: str) -> None:
    keys = ["c", "a", "b"]
    for key in keys:
        outbox.keep(tmp_path, fresh.model_copy(update={"key": fresh.key + key}), only([]))
    assert [result.key for result in outbox.deliver(tmp_path, uri, 5)] == [
        fresh.key + key for key in keys
    ]


def test_a_record_that_nobody_can_read_holds_no_other_up(
    fresh: Record, tmp_path: Path, uri: str
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / outbox.RECORD).write_text("{", encoding="utf-8")
    outbox.keep(tmp_path, fresh, only([]))
    broken, sent = outbox.deliver(tmp_path, uri, 5)
    assert isinstance(broken, Failure)
    assert isinstance(sent, Sent)
    assert waiting(tmp_path) == ["broken"]


def test_a_server_that_does_not_answer_is_asked_once(
    fresh: Record, tmp_path: Path, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    send = store.send

    def count(record: Record, artifacts: Path | None, uri: str) -> Sent:
        asked.append(record.key)
        return send(record, artifacts, uri)

    monkeypatch.setattr(store, "send", count)
    for key in "ab":
        outbox.keep(tmp_path, fresh.model_copy(update={"key": key}), only([]))
    results = outbox.deliver(tmp_path, nobody, 5)
    assert [type(result) for result in results] == [Failure, Failure]
    assert asked == ["a"]


def test_what_another_process_has_sent_is_still_found(
    verdict: Verdict,
    root: Path,
    settings: TrackingSettings,
    monkeypatch: pytest.MonkeyPatch,
    look: Look,
) -> None:
    deliver = outbox.deliver

    def by_another(folder: Path, uri: str, timeout: int) -> list[Sent | Failure]:
        deliver(folder, uri, timeout)
        return []

    monkeypatch.setattr(outbox, "deliver", by_another)
    sent = outbox.log_verdict(verdict, only([]), Checkout(root), settings)
    assert isinstance(sent, Sent)
    assert len(look(sent.key)) == 3


def test_an_entry_that_cannot_be_written_whole_is_not_there(fresh: Record, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        outbox.keep(tmp_path, fresh, only([tmp_path / "absent"]))
    assert list(tmp_path.iterdir()) == []


def test_what_waits_is_listed_and_sent_when_asked(
    fresh: Record, checkout: Path, nobody: str, monkeypatch: pytest.MonkeyPatch, files: list[Path]
) -> None:
    reported: list[str] = []
    outbox.keep(checkout / "mlruns" / "outbox", fresh, packing(files))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody)
    assert outbox.outbox(Checkout(checkout), reported.append, send=False) == 0
    assert fresh.name in reported[0]
    assert reported[1].startswith("1 result waits for MLflow at http://")
    assert "secret" not in reported[1]
    assert outbox.outbox(Checkout(checkout), reported.append, send=True) == 3
    assert reported[-1] == "sent: 0 of 1"
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert outbox.outbox(Checkout(checkout), reported.append, send=True) == 0
    assert reported[-1] == "sent: 1 of 1"
    assert outbox.outbox(Checkout(checkout), reported.append, send=True) == 0
    assert reported[-1].startswith("0 results wait")
    assert not any("secret" in line for line in reported)


def test_a_draft_that_a_killed_process_left_is_taken_away_after_a_day(
    tmp_path: Path, uri: str
) -> None:
    # So does one that was killed once its entry was sent and had lost its record: without the dot.
    for name, age in (
        (".old", outbox.FORGOTTEN + 60),
        ("old", outbox.FORGOTTEN + 60),
        (".new", 60),
        ("new", 60),
    ):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    outbox.deliver(tmp_path, uri, 5)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", ".new", "new"]
