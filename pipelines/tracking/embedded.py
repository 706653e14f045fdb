"""The embedded store: one SQLite file, made once however many processes start at once, and artefacts beside it."""

import os
import sqlite3
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipelines.lock import locked

SQLITE = "sqlite:///"


def database(uri: str) -> Path:
    """The file that the SQLite `uri` names."""
    return Path(uri.removeprefix(SQLITE)).resolve()


def artifacts(uri: str) -> str | None:
    """Where artefacts of the SQLite `uri` go; None for a server, which knows a place of its own."""
    return (database(uri).parent / "artifacts").as_uri() if uri.startswith(SQLITE) else None


def moved(location: str, place: str) -> bool:
    """Whether an experiment puts artefacts at a `location` that is gone, as when a checkout with its store moved."""
    return not location.startswith(place) and not Path(unquote(urlsplit(location).path)).exists()


def create(database: Path) -> None:
    """Make an empty store at `database`. It appears whole: processes that meet half a store break it."""
    if database.exists():
        return
    with locked(database.parent / ".lock"):
        if not database.exists():
            draft = database.with_suffix(".draft")
            draft.unlink(missing_ok=True)
            _fill(draft)
            draft.rename(database)


def _fill(draft: Path) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    from sqlalchemy import Engine, event

    # MLflow grows its tables in some hundred commits; waiting for the disk at each takes seconds, once is enough.
    event.listen(Engine, "connect", _without_waiting)
    try:
        store = SqlAlchemyStore(f"{SQLITE}{draft}", (draft.parent / "artifacts").as_uri())
        store.engine.dispose()
    finally:
        event.remove(Engine, "connect", _without_waiting)
    with draft.open("rb") as file:
        os.fsync(file)


def _without_waiting(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")
