"""The places of a budget: each trial holds one, and the place of a trial whose worker died is free again.

A place decides what the sampler draws, so a study that was resumed tries what an uninterrupted one would.
"""

import os
import socket
import time
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from clockwork.learning.tuning.storage import PATIENCE, quiet, shows_life, steady

SLOT, WORKER = "slot", "worker"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
LIVE = (*FINISHED, TrialState.RUNNING)
BETWEEN = 2.0  # seconds that another worker may take from its trial's beginning to its claim


def finished(study: optuna.Study, budget: int) -> list[FrozenTrial]:
    """The finished trials within the budget in the order of their places, each place once."""
    return _in_place([one for one in _all(study) if one.state in FINISHED], budget)


def finished_and_running(study: optuna.Study, budget: int, but: int) -> tuple[list[FrozenTrial], list[FrozenTrial]]:
    """`finished`, and at the same moment the trials that run, but for the one of the number `but`.

    Of those some have no point yet, or only a part of one.
    """
    trials = _all(study)
    running = [one for one in trials if one.state == TrialState.RUNNING and one.number != but]
    return _in_place([one for one in trials if one.state in FINISHED], budget), running


def _in_place(trials: list[FrozenTrial], budget: int) -> list[FrozenTrial]:
    first = {trial.user_attrs[SLOT]: trial for trial in reversed(trials)}
    return [first[slot] for slot in sorted(first) if slot < budget]


def held(study: optuna.Study) -> set[int]:
    """The places that a finished trial or a running one holds."""
    return {one.user_attrs[SLOT] for one in _all(study) if one.state in LIVE and SLOT in one.user_attrs}


def claim(study: optuna.Study, trial: optuna.Trial) -> int:
    """The first place that no finished trial and no living worker holds; now `trial` holds it."""
    until = time.monotonic() + BETWEEN
    while True:
        others = [one for one in _all(study) if one.number != trial.number and one.state in LIVE]
        undecided = [one for one in others if SLOT not in one.user_attrs and one.number < trial.number]
        if not undecided or time.monotonic() > until:
            break
        time.sleep(0.01)
    taken = {one.user_attrs.get(SLOT) for one in others}
    slot = next(at for at in range(len(taken) + 1) if at not in taken)
    steady(lambda: trial.set_user_attr(WORKER, me()))
    steady(lambda: trial.set_user_attr(SLOT, slot))
    return slot


def _all(study: optuna.Study) -> list[FrozenTrial]:
    return steady(lambda: study.get_trials(deepcopy=False))


def bury(study: optuna.Study) -> None:
    """Mark as failed what runs no longer, because its worker died or fell silent: it costs no place."""
    many = shows_life(study._storage)  # machines may be at it
    if many:
        with quiet():
            steady(lambda: optuna.storages.fail_stale_trials(study))
    for trial in _all(study):
        if trial.state == TrialState.RUNNING and _dead(trial, many):
            give_up(study, trial.number)


def give_up(study: optuna.Study, number: int, patience: float = PATIENCE) -> None:
    """Mark a trial as failed, unless it has ended: its place is free."""
    steady(lambda: study.tell(number, state=TrialState.FAIL, skip_if_finished=True), patience)


def _dead(trial: FrozenTrial, many: bool) -> bool:
    if WORKER not in trial.user_attrs:
        begun = trial.datetime_start
        return begun is not None and time.time() - begun.timestamp() > 10 * BETWEEN
    host, pid, born = trial.user_attrs[WORKER].rsplit(" ", 2)
    if host != socket.gethostname():
        # A journal is of one machine: its worker ran in a container that had another name, and is gone.
        return not many
    return bool(_born(int(pid)) != born)


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
