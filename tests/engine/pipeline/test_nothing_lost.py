"""Whatever dies amid a study, it ends with its budget reached, each finished trial counted once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from optuna.trial import FrozenTrial, TrialState

from clockwork.learning.tuning import patience, workers
from clockwork.learning.tuning.owners import FINISHED, WORKER, finished
from clockwork.learning.tuning.patience import PATIENCE
from clockwork.learning.tuning.storage import open_study
from clockwork.learning.tuning.study import begin
from clockwork.learning.tuning.workers import share
from clockwork.settings.engine import EngineSettings
from clockwork.support.errors import BadInput
from tests.engine import calls
from tests.engine.pipeline import parts
from tests.engine.services import Cluster, Postgres

ROOT = Path(__file__).resolve().parents[3]
LOCAL = EngineSettings(workers=2, scheduler=None, storage=None)
SECONDS = 0.5  # of a trial


@pytest.fixture(autouse=True)
def _in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def journal(tmp_path: Path) -> str:
    """A journal file."""
    return str(tmp_path / "study.log")


class Study:
    """A study that two workers are at, seen from outside."""

    def __init__(self, storage: str, trials: int) -> None:
        self.study, self.trials = open_study("study", parts.place(storage)), trials
        self.reported: list[int] = []

    def all(self) -> list[FrozenTrial]:
        trials: list[FrozenTrial] = self.study.get_trials(deepcopy=False)
        return trials

    def done(self) -> int:
        return len(finished(self.all(), self.trials))

    def at_work(self) -> list[int]:
        """The processes that a trial runs in."""
        running = [
            one
            for one in self.all()
            if one.state == TrialState.RUNNING and WORKER in one.user_attrs
        ]
        return [int(one.user_attrs[WORKER].rsplit(" ", 2)[1]) for one in running]

    def in_the_middle(self) -> bool:
        """Whether a trial is finished and two more are at work."""
        return self.done() >= 1 and len(self.at_work()) == 2

    def is_complete(self) -> None:
        """As many trials are finished as the budget has, and none runs."""
        assert sum(one.state in FINISHED for one in self.all()) == self.trials
        assert not self.at_work()
        assert self.reported == sorted(set(self.reported))
        assert self.reported[-1] == self.trials


@contextmanager
def shared(settings: EngineSettings, storage: str, trials: int = 8) -> Iterator[Study]:
    """A study that two workers are in the middle of; leaving waits until it is complete."""
    study = Study(storage, trials)
    args = [storage, trials, SECONDS]
    with ThreadPoolExecutor(1) as threads:
        ended: Future[str | None] = threads.submit(
            share, settings, parts.part, args, study.done, trials, study.reported.append
        )
        try:
            until(study.in_the_middle)
            yield study
        finally:
            assert ended.result(timeout=240) is None
    study.is_complete()


def of(cluster: Cluster) -> EngineSettings:
    """Two workers of the cluster."""
    return EngineSettings(workers=2, scheduler=cluster.address, storage=None)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_a_worker_that_is_killed_in_the_middle_of_a_trial_is_replaced(journal: str) -> None:
    with shared(LOCAL, journal) as study:
        before = set(study.at_work())
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len(set(study.at_work()) - before) == 1)
    assert [one.state for one in study.all()].count(TrialState.FAIL) >= 1


def test_workers_that_die_before_they_finish_anything_end_in_one_line(
    journal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PAUSES", (0.0, 0.1))
    with pytest.raises(
        BadInput,
        match="the study ended after 0 trials: a worker was ended by signal 9, 2 new starts",
    ):
        share(LOCAL, calls.dies, [], Study(journal, 3).done, 3)


@pytest.mark.slow
@pytest.mark.parametrize("gone", [2, 10])
def test_a_database_that_goes_away_in_the_middle_of_a_study_loses_nothing(
    postgres: Postgres, gone: int
) -> None:
    with shared(LOCAL, postgres.database(f"gone{gone}")):
        postgres.stop()
        time.sleep(gone)
        postgres.start()


@pytest.mark.slow
def test_a_worker_that_starts_while_the_database_is_away_waits_for_it(postgres: Postgres) -> None:
    url = postgres.database("late")
    begin(parts.plan(1), url)
    postgres.stop()
    try:
        with pytest.raises(
            BadInput, match=r"storage postgresql\S+ cannot be reached \(.+\); start it"
        ) as error:
            begin(parts.plan(1), url)
        assert "\n" not in str(error.value)
        with ThreadPoolExecutor(1) as threads:
            late = threads.submit(begin, parts.plan(1), url, PATIENCE)
            time.sleep(1)
            assert not late.done()
            postgres.start()
            assert late.result(timeout=30).trials == []
    finally:
        postgres.start()


def test_a_database_that_stays_away_from_an_open_study_is_one_line(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.5)
    study = begin(parts.plan(1), postgres.database("lost"))
    postgres.stop()
    try:
        with pytest.raises(
            BadInput, match=r"its database is away \(.+\); start it and run again"
        ) as error:
            study.ask()
        assert "\n" not in str(error.value)
    finally:
        postgres.start()


@pytest.mark.slow
def test_a_scheduler_that_restarts_in_the_middle_of_a_study_loses_nothing(
    mortal_cluster: Cluster, journal: str
) -> None:
    with shared(of(mortal_cluster), journal) as study:
        mortal_cluster.kill()
        time.sleep(1)
        before = study.done()
        assert before < study.trials
        mortal_cluster.start()


@pytest.mark.slow
def test_workers_of_a_cluster_go_on_to_the_end_of_the_budget_when_whoever_asked_is_gone(
    mortal_cluster: Cluster, journal: str
) -> None:
    study = Study(journal, 6)
    asks = (
        "import sys; from clockwork.settings.engine import EngineSettings as S\n"
        "from tests.engine.pipeline import parts; "
        "from clockwork.learning.tuning.workers import share\n"
        "share(S(workers=2, scheduler=sys.argv[1], storage=None), "
        f"parts.part, [sys.argv[2], 6, {SECONDS}], lambda: 0, 6)"
    )
    asker = subprocess.Popen(
        [sys.executable, "-c", asks, mortal_cluster.address, journal], cwd=ROOT
    )
    until(study.in_the_middle)
    asker.kill()
    asker.wait()
    assert study.done() < 5
    until(lambda: study.done() == 6)


@pytest.mark.slow
def test_a_worker_of_a_cluster_that_is_killed_in_the_middle_of_a_trial_is_replaced(
    mortal_cluster: Cluster, postgres: Postgres
) -> None:
    cluster = mortal_cluster
    with shared(of(cluster), postgres.database("cluster"), trials=10):
        cluster.workers[0].kill()
        cluster.workers[0].wait()
        cluster.workers[0] = cluster.worker()


@pytest.mark.slow
def test_a_cluster_that_loses_its_last_worker_is_waited_for(
    mortal_cluster: Cluster, journal: str
) -> None:
    cluster = mortal_cluster
    with shared(of(cluster), journal):
        for worker in cluster.workers:
            worker.kill()
            worker.wait()
        time.sleep(3)
        cluster.workers = [cluster.worker() for _ in cluster.workers]
