"""Optuna fails a trial whose worker is gone, and its place is the next one's."""

import socket
import subprocess
import sys
from pathlib import Path

import optuna
from optuna.trial import TrialState

from clockwork.learning.tuning.owners import WORKER, finished, me, place
from clockwork.learning.tuning.storage import database, open_study, quiet


def places(study: optuna.Study) -> list[int]:
    trials = study.get_trials()
    return [place(one.number, trials) for one in trials if one.state != TrialState.FAIL]


def test_places_are_given_in_order_and_that_of_a_failed_trial_is_free_again() -> None:
    study = open_study("one", None)
    trials = [study.ask() for _ in range(3)]
    assert places(study) == [0, 1, 2]
    study.tell(trials[1], state=TrialState.FAIL)
    study.ask()
    assert places(study) == [0, 1, 2]


def test_finished_trials_beyond_the_budget_do_not_count() -> None:
    study = open_study("one", None)
    for value in (0.2, None, 0.4, 0.1):
        study.tell(study.ask(), value, state=TrialState.FAIL if value is None else None)
    assert [one.value for one in finished(study.trials, 2)] == [0.2, 0.4]


def fail_stale(study: optuna.Study) -> list[TrialState]:
    with quiet():
        optuna.storages.fail_stale_trials(study)
    return [one.state for one in study.trials]


def test_a_worker_that_lives_keeps_its_trial_and_a_dead_one_does_not(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host, pid, born = me().rsplit(" ", 2)
    assert host == socket.gethostname()
    states = {
        me(): TrialState.RUNNING,
        f"{host} {ended.pid} {born}": TrialState.FAIL,
        f"{host} {pid} 1": TrialState.FAIL,  # the number was given to another process
        # A journal is of one machine, which had another name then.
        f"elsewhere {pid} {born}": TrialState.FAIL,
    }
    for at, (worker, state) in enumerate(states.items()):
        study = open_study("one", tmp_path / f"{at}.log")
        trial = study.ask()
        assert trial.user_attrs == {WORKER: me()}
        trial.set_user_attr(WORKER, worker)
        assert fail_stale(study) == [state], worker


def test_a_worker_of_another_host_that_fell_silent_is_dead(tmp_path: Path) -> None:
    storage = database(f"sqlite:///{tmp_path}/one.db")
    study = optuna.create_study(storage=storage)
    trials = [study.ask() for _ in range(4)]
    for trial in trials[:3]:
        trial.set_user_attr(WORKER, "elsewhere 1 1")
    silent, alive, mute, _ = (trial._trial_id for trial in trials)
    for one in (silent, alive):
        storage.record_heartbeat(one)
    with storage.engine.begin() as connection:
        long_ago = (
            "update trial_heartbeats set heartbeat = datetime('now', "
            "'-2 minutes') where trial_id = ?"
        )
        connection.exec_driver_sql(long_ago, (silent,))
        # It died before its first heartbeat.
        connection.exec_driver_sql(
            "update trials set datetime_start = '2020-01-01' where trial_id = ?", (mute,)
        )
    assert fail_stale(study) == [
        TrialState.FAIL,
        TrialState.RUNNING,
        TrialState.FAIL,
        TrialState.RUNNING,
    ]
