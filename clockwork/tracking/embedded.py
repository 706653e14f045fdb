"""A store of one SQLite file, made once however many processes start at once, and its artefacts.

The embedded one has a folder of its own. Of one that the user named, only the file is where they
named it: what we add goes to a folder beside it, which git ignores.
"""

import os
import re
import sqlite3
from pathlib import Path
from urllib.parse import unquote, urlsplit

from clockwork.support.lock import locked

SQLITE = "sqlite:///"
FOLDER = "mlruns"
BESIDE = ("", "-journal", "-shm", "-wal")  # what SQLite itself writes beside a database
LOCAL = re.compile(r"sqlite(?:\+\w+)?:///(?P<database>[^?]*)|file:(?://)?(?P<folder>[^?#]*)")


def database(uri: str) -> Path:
    """The file that the SQLite `uri` names."""
    return Path(uri.removeprefix(SQLITE).partition("?")[0]).resolve()


def artifacts(uri: str) -> str | None:
    """Where artefacts of the SQLite `uri` go; None for a server, which knows a place of its own."""
    return (_folder(database(uri)) / "artifacts").as_uri() if uri.startswith(SQLITE) else None


def _folder(database: Path) -> Path:
    return database.parent if database.parent.name == FOLDER else database.parent / FOLDER


def files(uri: str) -> set[Path]:
    """What a store here writes, by `uri`: a database's files, or a folder; nothing for a server."""
    named = LOCAL.match(uri)
    if named:
        place = named["database"] or unquote(named["folder"] or "")
    else:
        place = "" if "://" in uri else uri
    return {Path(f"{Path(place).resolve()}{end}") for end in BESIDE} if place else set()


def moved(location: str, place: str) -> bool:
    """Whether an experiment puts artefacts at a `location` that is gone.

    It is gone, for example, when a checkout with its store moved.
    """
    return not location.startswith(place) and not Path(unquote(urlsplit(location).path)).exists()


def ignore(folder: Path) -> None:
    """Make `folder` where there is none, and let git ignore all that is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def create(database: Path) -> None:
    """Make an empty store at `database`, whole at once: processes meeting half a store break it."""
    if database.exists():
        return
    folder = _folder(database)
    if not database.parent.exists():
        ignore(database.parent)
    with locked(folder / ".lock"):
        if not database.exists():
            ignore(folder)
            draft = folder / f"{database.stem}.draft"
            draft.unlink(missing_ok=True)
            _fill(draft, folder / "artifacts")
            draft.rename(database)


def _fill(draft: Path, artifacts: Path) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    from sqlalchemy import Engine, event

    # MLflow grows its tables in some hundred commits; waiting for the disk at each takes seconds,
    # once is enough.
    event.listen(Engine, "connect", _without_waiting)
    try:
        store = SqlAlchemyStore(f"{SQLITE}{draft}", artifacts.as_uri())
        store.engine.dispose()
    finally:
        event.remove(Engine, "connect", _without_waiting)
    with draft.open("rb") as file:
        os.fsync(file)


def _without_waiting(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")
