"""Every place of a budget is held once, and a dead worker's is free again."""

import socket
import subprocess
import sys
from pathlib import Path

import optuna
from optuna.trial import TrialState

from clockwork.learning.tuning.slots import SLOT, WORKER, bury, claim, finished, me
from clockwork.learning.tuning.storage import ask, database, open_study


def test_places_are_given_in_their_order() -> None:
    study = open_study("one", None)
    assert [claim(study, ask(study)) for _ in range(4)] == [0, 1, 2, 3]


def test_the_place_of_a_failed_trial_is_free_again() -> None:
    study = open_study("one", None)
    trials = [ask(study) for _ in range(3)]
    for trial in trials:
        claim(study, trial)
    study.tell(trials[1], state=TrialState.FAIL)
    assert claim(study, ask(study)) == 1
    assert claim(study, ask(study)) == 3


def held_by(worker: str, journal: Path) -> optuna.Study:
    study = open_study("one", journal)
    trial = ask(study)
    claim(study, trial)
    trial.set_user_attr(WORKER, worker)
    return study


def test_a_worker_that_lives_keeps_its_place_and_a_dead_one_does_not(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host, pid, born = me().rsplit(" ", 2)
    assert host == socket.gethostname()
    states = {
        me(): TrialState.RUNNING,
        f"{host} {ended.pid} {born}": TrialState.FAIL,
        f"{host} {pid} 1": TrialState.FAIL,  # the number was given to another process
        f"elsewhere {pid} {born}": TrialState.FAIL,  # a journal is of one machine, which had another name then
    }
    for at, (worker, state) in enumerate(states.items()):
        study = held_by(worker, tmp_path / f"{at}.log")
        bury(study)
        assert study.trials[0].state == state, worker


def test_a_worker_of_another_host_that_fell_silent_is_dead(tmp_path: Path) -> None:
    storage = database(f"sqlite:///{tmp_path}/one.db")
    study = optuna.create_study(storage=storage)
    for _ in range(2):
        claim(study, ask(study))
    silent, alive = study.trials
    for one in (silent, alive):
        storage.set_trial_user_attr(one._trial_id, WORKER, "elsewhere 1 1")
        storage.record_heartbeat(one._trial_id)
    with storage.engine.begin() as connection:
        long_ago = "update trial_heartbeats set heartbeat = datetime('now', '-2 minutes') where trial_id = ?"
        connection.exec_driver_sql(long_ago, (silent._trial_id,))
    bury(study)
    assert [one.state for one in study.trials] == [TrialState.FAIL, TrialState.RUNNING]
    assert claim(study, ask(study)) == 0


def test_a_place_that_was_run_twice_counts_once_and_places_beyond_the_budget_not_at_all() -> None:
    study = open_study("one", None)
    for slot, value in ((1, 0.1), (0, 0.2), (1, 0.3), (2, 0.4)):
        trial = ask(study)
        trial.set_user_attr(SLOT, slot)
        study.tell(trial, value)
    assert [(one.user_attrs[SLOT], one.value) for one in finished(study, 2)] == [(0, 0.2), (1, 0.1)]
