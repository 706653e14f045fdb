"""Which trials run no longer: Optuna asks its storage for stale trials before each new one.

It fails those. Each trial is made with the process that it runs in written in it. One whose process
is gone is stale at once on its own machine; a worker elsewhere is known by its heartbeat alone.
"""

import os
import socket
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

WORKER = "worker"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def own_trial() -> FrozenTrial:
    """A trial that begins now in this process, for a storage to add in one step."""
    trial = optuna.trial.create_trial(state=TrialState.RUNNING, user_attrs={WORKER: me()})
    trial.datetime_start = datetime.now()
    return trial


def finished(trials: Iterable[FrozenTrial], budget: int) -> list[FrozenTrial]:
    """The finished ones within the budget, in their order."""
    return [one for one in trials if one.state in FINISHED][:budget]


def place(number: int, trials: Iterable[FrozenTrial]) -> int:
    """How many trials before the one of `number` are finished or running.

    A failed one leaves its place to the next. So a search that was killed and resumed tries what an
    uninterrupted one would.
    """
    return sum(one.number < number and one.state != TrialState.FAIL for one in trials)


def stale(trials: Iterable[FrozenTrial], *, elsewhere: bool) -> list[int]:
    """The storage's ids of the running ones whose process is gone.

    `elsewhere` says what becomes of other machines'.
    """
    return [
        one._trial_id for one in trials if one.state == TrialState.RUNNING and _gone(one, elsewhere)
    ]


def begun_before(trial: FrozenTrial, seconds: float) -> bool:
    """Whether `trial` began more than `seconds` ago."""
    return trial.datetime_start is None or time.time() - trial.datetime_start.timestamp() > seconds


def _gone(trial: FrozenTrial, elsewhere: bool) -> bool:
    host, pid, born = str(trial.user_attrs.get(WORKER, "- 0 -")).rsplit(" ", 2)
    return elsewhere if host != socket.gethostname() else bool(_born(int(pid)) != born)


def me() -> str:
    """This process, as no other one is called: its host, its number, and when it was born."""
    return f"{socket.gethostname()} {os.getpid()} {_born(os.getpid())}"


def _born(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[19]
    except FileNotFoundError:
        pass
    try:  # a system without /proc; a number that was given again looks alive there
        os.kill(pid, 0)
    except ProcessLookupError:
        return "never"
    except PermissionError:
        pass
    return "unknown"
