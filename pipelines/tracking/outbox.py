"""Results that wait on disk until MLflow has taken them: a server that is down costs no result and no verdict."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from pipelines.lock import locked
from pipelines.settings.tracking import TrackingSettings
from pipelines.tracking import store
from pipelines.tracking.links import without_password
from pipelines.tracking.record import Record, record
from pipelines.tracking.runs import Sent
from pipelines.tracking.store import NotSent, Unreachable
from pipelines.verdict import Verdict

RECORD, FILES = "record.json", "files"


@dataclass(frozen=True)
class Failure:
    """A record that waits in the outbox, and in one line why."""

    key: str
    message: str


def log_verdict(verdict: Verdict, files: Sequence[Path], root: Path, settings: TrackingSettings) -> Sent | Failure:
    """Bring `verdict` and `files` into MLflow, with all that waited before it; what cannot be sent waits."""
    folder = root / settings.store / "outbox"
    uri = store.uri(root, settings, os.environ)
    fresh = record(verdict, datetime.now(UTC), uuid4().hex, settings.experiment)
    keep(folder, fresh, files)
    for result in deliver(folder, uri, settings.timeout):
        if result.key == fresh.key:
            return result
    # Another process found it waiting and has sent it: this only asks for the ids.
    try:
        return store.send(fresh, (), uri)
    except NotSent as error:
        return Failure(fresh.key, _printable(f"MLflow at {uri} has the results, but not where: {error}", uri))


def keep(folder: Path, record: Record, files: Sequence[Path]) -> Path:
    """Put `record` and copies of `files` into the outbox at `folder`, whole or not at all."""
    with _draft(folder, record.key) as draft:
        (draft / FILES).mkdir()
        for file in files:
            shutil.copyfile(file, draft / FILES / file.name)
        (draft / RECORD).write_text(record.model_dump_json(), encoding="utf-8")
        return draft.rename(folder / record.key)


@contextmanager
def _draft(folder: Path, key: str) -> Iterator[Path]:
    draft = folder / f".{key}"
    draft.mkdir(parents=True)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def deliver(folder: Path, uri: str, timeout: int) -> list[Sent | Failure]:
    """Send every waiting record to `uri`, oldest first; one that is not sent in full goes on waiting.

    A second process waits until the first has delivered. A server that does not answer is asked once, not
    once for every record.
    """
    store.bound(timeout)
    results: list[Sent | Failure] = []
    with locked(folder / ".lock"):
        unreachable = ""
        for entry in _waiting(folder):
            try:
                if unreachable:
                    raise Unreachable(unreachable)
                results.append(_deliver(entry, uri))
            except Unreachable as error:
                unreachable = str(error)
                results.append(_failure(entry, uri, unreachable))
            except (NotSent, ValueError, OSError) as error:
                results.append(_failure(entry, uri, str(error)))
    return results


def _waiting(folder: Path) -> list[Path]:
    entries = [entry for entry in folder.iterdir() if (entry / RECORD).is_file() and entry.name[0] != "."]
    return sorted(entries, key=lambda entry: ((entry / RECORD).stat().st_mtime_ns, entry.name))


def _deliver(entry: Path, uri: str) -> Sent:
    waiting = Record.model_validate_json((entry / RECORD).read_text(encoding="utf-8"))
    sent = store.send(waiting, sorted((entry / FILES).iterdir()), uri)
    # Without its record an entry waits no more, even where this process dies before the rest is gone.
    (entry / RECORD).unlink()
    shutil.rmtree(entry, ignore_errors=True)
    return sent


def _failure(entry: Path, uri: str, reason: str) -> Failure:
    said = f"MLflow at {uri} has not taken this run: its results wait in {entry} and go with the next. {reason}"
    return Failure(entry.name, _printable(said, uri))


def _printable(message: str, uri: str) -> str:
    return " ".join(message.replace(uri, without_password(uri)).split())
