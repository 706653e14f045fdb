"""A study outlives the process that made it, and a message about its place tells no password."""

import json
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer
from typing import NoReturn

import optuna
import pytest
from optuna.storages import RDBStorage
from sqlalchemy.exc import OperationalError

from clockwork.learning.tuning import patience
from clockwork.learning.tuning.patience import steady
from clockwork.learning.tuning.storage import database, open_study, place_of
from clockwork.support.errors import BadInput


def test_a_journal_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "studies" / "one.log"
    trial = open_study("one", file).ask()
    trial.suggest_float("rate", 0, 1)
    again = open_study("one", file)
    assert [one.params for one in again.trials] == [trial.params]


def test_a_line_that_a_killed_writer_tore_is_mended(tmp_path: Path) -> None:
    file = tmp_path / "one.log"
    open_study("one", file).ask()
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"op_code": 4, "worker')
    study = open_study("one", file)
    assert len(study.trials) == 1
    study.ask()
    assert len(open_study("one", file).trials) == 2
    assert [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from clockwork.learning.tuning.storage import open_study\n"
        "study = open_study('one', Path(sys.argv[1]))\n"
        "for _ in range(25): study.tell(study.ask().number, 1.0)\n"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "one.log")]
    for process in [subprocess.Popen(words) for _ in range(2)]:
        assert process.wait() == 0
    trials = open_study("one", tmp_path / "one.log").trials
    assert [trial.number for trial in trials] == list(range(50))
    assert all(trial.state == optuna.trial.TrialState.COMPLETE for trial in trials)


def test_a_database_that_cannot_be_reached_is_one_line_that_names_the_local_default(
    tmp_path: Path,
) -> None:
    for url in (
        f"sqlite:///{tmp_path}/absent/one.db",
        "mystery://someone:secret@host/one",
        "nonsense",
    ):
        with pytest.raises(
            BadInput,
            match=r"configs/engine\.yaml: storage .* cannot be reached .* set storage to null",
        ) as error:
            open_study("one", url)
        assert "\n" not in str(error.value)
        assert "secret" not in str(error.value)
    assert place_of("postgresql://someone:secret@host/one") == "postgresql://someone:***@host/one"


def test_a_call_is_made_again_while_its_database_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_PAUSE", 0.001)
    calls: list[int] = []

    def third_time() -> int:
        calls.append(1)
        if len(calls) < 3:
            raise optuna.exceptions.StorageInternalError from OperationalError(
                "", {}, Exception("server closed")
            )
        return 7

    assert steady(third_time) == 7
    assert len(calls) == 3


def test_a_database_that_stays_away_is_one_line_and_any_other_error_is_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.5)
    calls: list[int] = []

    def gone() -> NoReturn:
        calls.append(1)
        raise OperationalError("", {}, Exception("server closed\nthe connection"))

    def wrong() -> NoReturn:
        calls.append(1)
        raise ValueError("wrong")

    with pytest.raises(
        BadInput, match=r"its database is away \(server closed\); start it and run again"
    ) as error:
        steady(gone)
    assert "\n" not in str(error.value)
    assert len(calls) == 2
    with pytest.raises(ValueError, match=r"^wrong$"):
        steady(wrong)
    assert len(calls) == 3


def test_a_database_that_is_back_within_the_patience_of_a_worker_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "away"
    url = f"sqlite:///{folder}/one.db"
    with pytest.raises(BadInput, match="cannot be reached"):
        open_study("one", url)
    back = Timer(0.5, folder.mkdir)
    back.start()
    assert open_study("one", url, patience=10).trials == []
    back.join()


def test_a_url_that_no_waiting_mends_is_reported_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(BadInput, match="cannot be reached"):
        open_study("one", "mystery://host/one", patience=10)
    assert time.monotonic() - begun < 5


def test_a_heartbeat_whose_database_is_away_says_nothing_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> NoReturn:
        raise OperationalError("", {}, Exception("server closed"))

    kept = database(f"sqlite:///{tmp_path}/one.db")
    monkeypatch.setattr(RDBStorage, "record_heartbeat", away)
    kept.record_heartbeat(1)
