"""A study is kept in memory, a journal file of this machine, or a database many machines reach."""

import fcntl
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages._heartbeat import BaseHeartbeat
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from clockwork.learning.tuning.owners import begun_before, own_trial, stale
from clockwork.learning.tuning.patience import again, reason, steady
from clockwork.support.errors import BadInput
from clockwork.support.paths import BUILD

Storage = str | Path | None
STUDIES = BUILD / "studies"
# Seconds: how often a worker shows that it lives, and how long its silence is borne.
HEARTBEAT, GRACE = 15, 60


def open_study(name: str, storage: Storage, patience: float = 0.0) -> optuna.Study:
    """The study `name` in `storage`, made if absent; None is memory, a path a journal, text a URL.

    A database that is not there is waited for up to `patience` seconds: whoever opens one that was
    there before has some.
    """
    # A warning for each trial that found its place taken.
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna.create_study(
        study_name=name,
        storage=_kept(storage, patience),
        direction="maximize",
        load_if_exists=storage is not None,
        sampler=optuna.samplers.RandomSampler(0),  # a trial's own comes once its place is known
    )


def _kept(storage: Storage, patience: float) -> Any:
    if storage is None:
        return optuna.storages.InMemoryStorage()
    if isinstance(storage, Path):
        storage.parent.mkdir(parents=True, exist_ok=True)
        return LocalStorage(Journal(storage))
    return database(storage, patience)


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of Optuna about what is experimental."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield


def database(url: str, patience: float = 0.0) -> "Database":
    """The database at `url`. Raises `BadInput` where not reached within `patience` seconds."""
    from sqlalchemy.exc import SQLAlchemyError

    def opened() -> Database:
        return Database(
            url,
            engine_kwargs={"pool_pre_ping": True},
            heartbeat_interval=HEARTBEAT,
            grace_period=GRACE,
        )

    try:
        with quiet():
            return again(opened, patience)
    except (
        SQLAlchemyError,
        ImportError,
        OSError,
        optuna.exceptions.StorageInternalError,
    ) as error:
        raise BadInput(
            f"configs/engine.yaml: storage {place_of(url)} cannot be reached ({reason(error)}); "
            f"start it, or set storage to null for a file in {STUDIES}/"
        ) from None


def place_of(storage: Storage) -> str:
    """The place as a message may name it: without a password."""
    if not isinstance(storage, str):
        return str(storage or "memory")
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(storage).render_as_string(hide_password=True)
    except ArgumentError:
        return "(not a URL)"


class Journal(JournalFileBackend):  # type: ignore[misc]  # Optuna is not typed for us
    """A journal whose lock the system takes back when its holder dies; a torn last line is mended.

    Nothing waits for the disk: what a killed process has written stays, and a machine that loses
    power repeats a search.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path
        with path.open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            written = file.read()
            file.truncate(written.rfind(b"\n") + 1)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add `logs` to the file, a line each."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with self.path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(lines.encode())


class LocalStorage(JournalStorage, BaseHeartbeat):  # type: ignore[misc]  # Optuna is not typed
    """A journal of this machine: no heart need beat where one can see if a process is there."""

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        """The id of a new trial, which says where it runs."""
        return int(super().create_new_trial(study_id, template_trial or own_trial()))

    def record_heartbeat(self, trial_id: int) -> None:
        """Nothing to record."""

    def _get_stale_trial_ids(self, study_id: int) -> list[int]:
        # A worker of another name ran in a container that had it, and is gone.
        return stale(self.get_all_trials(study_id, deepcopy=False), elsewhere=True)

    def get_heartbeat_interval(self) -> int | None:
        """Seconds: with an interval Optuna looks for stale trials."""
        return HEARTBEAT

    def get_heartbeat_stale_trial_callback(self) -> None:
        """Nothing is done about a stale trial but to fail it."""


class Database(RDBStorage):  # type: ignore[misc]
    """A database that many machines reach, and that is waited for while it is away."""

    def _create_new_trial(
        self, study_id: int, template_trial: FrozenTrial | None = None
    ) -> FrozenTrial:
        return super()._create_new_trial(study_id, template_trial or own_trial())

    def record_heartbeat(self, trial_id: int) -> None:
        """Show that a trial's worker lives; the trial's own calls say if the database is away."""
        with suppress(Exception):
            super().record_heartbeat(trial_id)

    def _get_stale_trial_ids(self, study_id: int) -> list[int]:
        from sqlalchemy import text

        with self.engine.connect() as connection:
            shown = {
                row[0] for row in connection.execute(text("select trial_id from trial_heartbeats"))
            }
        running = self.get_all_trials(study_id, deepcopy=False, states=(TrialState.RUNNING,))
        # Optuna misses a worker that died before its first heartbeat.
        mute = {
            one._trial_id
            for one in running
            if one._trial_id not in shown and begun_before(one, GRACE)
        }
        return sorted(
            {*super()._get_stale_trial_ids(study_id), *stale(running, elsewhere=False), *mute}
        )


def _patient(method: Callable[..., Any]) -> Callable[..., Any]:
    return wraps(method)(lambda *args, **kwargs: steady(lambda: method(*args, **kwargs)))


for _name in (
    *(
        "_create_new_trial",
        "_get_stale_trial_ids",
        "_get_trials",
        "_set_trial_param",
        "create_new_study",
    ),
    *(
        "get_study_directions",
        "get_study_id_from_name",
        "get_study_name_from_id",
        "get_study_system_attrs",
    ),
    *("get_study_user_attrs", "get_trial", "set_study_user_attr", "set_trial_intermediate_value"),
    *("set_trial_state_values", "set_trial_system_attr", "set_trial_user_attr"),
):  # what Optuna's cache asks of a database; a call may reach it twice
    setattr(Database, _name, _patient(getattr(Database, _name)))
