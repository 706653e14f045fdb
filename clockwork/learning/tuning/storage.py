"""Where a study is kept: in memory, in a journal file of this machine, or in a database that many machines reach."""

import fcntl
import json
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

import optuna
from optuna.storages.journal import JournalFileBackend

from clockwork.support.errors import BadInput
from clockwork.support.paths import BUILD

Storage = str | Path | None
Result = TypeVar("Result")
STUDIES = BUILD / "studies"
SPACE = "space"
HEARTBEAT, GRACE = 15, 60  # seconds: how often a worker shows that it lives, and how long its silence is borne
PATIENCE, FIRST_PAUSE, LONGEST_PAUSE = 60.0, 0.2, 5.0  # seconds that a database may be gone


def open_study(name: str, storage: Storage, space: str = "", patience: float = 0.0) -> optuna.Study:
    """The study `name` in `storage`, made where there is none; None is memory, a path a journal, text a URL.

    `space` says what is searched; a study of another space under the same name is refused. A database that is not
    there is waited for up to `patience` seconds: whoever opens one that was there before has some.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    kept = _kept(storage, patience)
    study = steady(
        lambda: optuna.create_study(
            study_name=name,
            storage=kept,
            direction="maximize",
            load_if_exists=storage is not None,
            sampler=optuna.samplers.RandomSampler(0),  # a trial's own comes once its place is known
        )
    )
    found = steady(lambda: study.user_attrs).get(SPACE)
    if found is None:
        steady(lambda: study.set_user_attr(SPACE, space))
    elif found != space:
        raise BadInput(f"study '{name}' in {told(storage)} searches another space; name this one otherwise")
    return study


def _kept(storage: Storage, patience: float) -> Any:
    if storage is None:
        return optuna.storages.InMemoryStorage()
    if isinstance(storage, Path):
        storage.parent.mkdir(parents=True, exist_ok=True)
        return optuna.storages.JournalStorage(Journal(storage))
    return database(storage, patience)


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of Optuna about what is experimental, or about heartbeats, which we make ourselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        warnings.filterwarnings("ignore", message="Heartbeat of storage")
        yield


def ask(study: optuna.Study) -> optuna.Trial:
    """A new trial of `study`."""
    with quiet():
        return steady(study.ask)


def database(url: str, patience: float = 0.0) -> optuna.storages.RDBStorage:
    """The database at `url`. Raises `BadInput` where it cannot be reached within `patience` seconds."""
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    def opened() -> optuna.storages.RDBStorage:
        return optuna.storages.RDBStorage(
            url, engine_kwargs={"pool_pre_ping": True}, heartbeat_interval=HEARTBEAT, grace_period=GRACE
        )

    try:
        with quiet():
            return _again(opened, patience)
    except (SQLAlchemyError, ArgumentError, ImportError, OSError, optuna.exceptions.StorageInternalError) as error:
        raise BadInput(
            f"configs/engine.yaml: storage {told(url)} cannot be reached ({_reason(error)}); "
            f"start it, or set storage to null for a file in {STUDIES}/"
        ) from None


def told(storage: Storage) -> str:
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
    """A journal whose lock the system takes back when its holder dies, and whose torn last line is mended.

    Nothing waits for the disk: what a killed process has written stays, and a machine that loses power
    repeats a search.
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


def steady(call: Callable[[], Result], patience: float = PATIENCE) -> Result:
    """What `call` gives; while its database is gone it is called again, for up to `patience` seconds.

    So whatever is called must bear to be called twice. Raises `BadInput` where the database stays away.
    """
    try:
        return _again(call, patience)
    except BadInput:
        raise
    except Exception as error:
        if not _gone(error):
            raise
        raise BadInput(
            f"configs/engine.yaml: key 'storage': its database is away ({_reason(error)}); "
            "start it and run again, what is finished counts"
        ) from None


def _again(call: Callable[[], Result], patience: float) -> Result:
    until, pause = time.monotonic() + patience, FIRST_PAUSE
    while True:
        try:
            return call()
        except BadInput:
            raise
        except Exception as error:
            if not _gone(error) or time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _reason(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause and not getattr(cause, "orig", None):
        cause = cause.__cause__ or cause.__context__
    lines = str(getattr(cause, "orig", error)).strip().splitlines()
    return lines[0] if lines else "no reason given"


def _gone(error: BaseException | None) -> bool:
    if error is None:
        return False
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

    lost = isinstance(error, OperationalError | InterfaceError)
    lost = lost or (isinstance(error, DBAPIError) and error.connection_invalidated)
    return lost or _gone(error.__cause__ or error.__context__)


class Heartbeat:
    """While entered, a thread shows a database that the trial's worker lives; elsewhere it does nothing."""

    def __init__(self, study: optuna.Study, trial: optuna.Trial) -> None:
        self.storage: Any = study._storage
        self.trial, self.over, self.thread = trial._trial_id, Event(), Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        if shows_life(self.storage):
            self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        if self.thread.ident:
            self.thread.join()

    def _beat(self) -> None:
        while True:
            with suppress(BadInput):  # the trial's own calls tell of it
                steady(lambda: self.storage.record_heartbeat(self.trial), patience=HEARTBEAT)
            if self.over.wait(HEARTBEAT):
                return


def shows_life(storage: Any) -> bool:
    """Whether `storage` notices by itself that a worker fell silent."""
    return hasattr(storage, "get_heartbeat_interval") and storage.get_heartbeat_interval() is not None
