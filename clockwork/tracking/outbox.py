"""Results that wait on disk until MLflow has them: a server down costs no result and no verdict."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from clockwork.settings.tracking import TrackingSettings, tracking_settings
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.lock import locked
from clockwork.tracking import store
from clockwork.tracking.artifacts import Pack
from clockwork.tracking.links import without_password
from clockwork.tracking.record import Record, record
from clockwork.tracking.runs import Sent
from clockwork.tracking.store import NotSent, Unreachable
from clockwork.verdict.schema import Verdict

RECORD = "record.json"
FORGOTTEN = 24 * 3600  # seconds


@dataclass(frozen=True)
class Failure:
    """A record that waits in the outbox, and in one line why."""

    key: str
    message: str


def log_verdict(
    verdict: Verdict, pack: Pack, checkout: Checkout, settings: TrackingSettings
) -> Sent | Failure:
    """Bring `verdict` and what `pack` adds into MLflow, after all that waited before it.

    What cannot be sent waits.
    """
    folder = checkout / settings.store / "outbox"
    uri = store.uri(checkout, settings, os.environ)
    store.bound(settings.timeout)
    key, now = uuid4().hex, datetime.now(UTC)
    fresh = keep(folder, record(verdict, now, key, settings.experiment), pack)
    for result in deliver(folder, uri, settings.timeout):
        if result.key == fresh.key:
            return result
    # Another process found it waiting and has sent it: this only asks for the ids.
    try:
        return store.send(fresh, None, uri)
    except NotSent as error:
        return Failure(
            fresh.key, _printable(f"MLflow at {uri} has the results, but not where: {error}", uri)
        )


def keep(folder: Path, record: Record, pack: Pack) -> Record:
    """Put `record` and what `pack` adds into the outbox at `folder`, whole or not at all.

    Gives it with its tags.
    """
    with _draft(folder, record.key) as draft:
        whole = record.with_tags(pack(draft))
        (draft / RECORD).write_text(whole.model_dump_json(), encoding="utf-8")
        draft.rename(draft.with_name(record.key))
    return whole


@contextmanager
def _draft(folder: Path, key: str) -> Iterator[Path]:
    draft = folder / f".{key}"
    draft.mkdir(parents=True)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def deliver(folder: Path, uri: str, timeout: int) -> list[Sent | Failure]:
    """Send every waiting record to `uri`, oldest first; one not sent in full goes on waiting.

    A second process waits until the first has delivered. A server that does not answer is asked
    once, not once for every record.
    """
    store.bound(timeout)
    results: list[Sent | Failure] = []
    with locked(folder / ".lock"):
        _forget_drafts(folder)
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


def outbox(checkout: Checkout, report: Report, *, send: bool) -> int:
    """Tell what waits in `checkout`'s outbox; with `send` send it. 3 where some goes on waiting."""
    settings = tracking_settings(checkout.root)
    main = checkout.main
    folder, uri = main / settings.store / "outbox", store.uri(main, settings, os.environ)
    entries = _waiting(folder)
    for entry in entries:
        report(_line(entry))
    waiting = "result waits" if len(entries) == 1 else "results wait"
    report(f"{len(entries)} {waiting} for MLflow at {without_password(uri)}")
    if not (send and entries):
        return 0
    results = deliver(folder, uri, settings.timeout)
    failures = [result for result in results if isinstance(result, Failure)]
    for failure in failures:
        report(failure.message)
    report(f"sent: {len(results) - len(failures)} of {len(results)}")
    return 3 if failures else 0


def _line(entry: Path) -> str:
    when = datetime.fromtimestamp((entry / RECORD).stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M")
    size = sum(path.stat().st_size for path in entry.rglob("*") if path.is_file())
    try:
        name = _read(entry).name
    except ValueError:
        name = "a record that cannot be read; delete it by hand"
    return f"{when}  {name}  {size / 1e6:.1f} MB  {entry}"


def _read(entry: Path) -> Record:
    return Record.model_validate_json((entry / RECORD).read_text(encoding="utf-8"))


def _forget_drafts(folder: Path) -> None:
    # A process that was killed leaves a draft, or what was sent and lost its record; one that lives
    # needs seconds.
    for entry in folder.iterdir():
        draft = entry.is_dir() and (entry.name[0] == "." or not (entry / RECORD).exists())
        if draft and entry.stat().st_mtime < time.time() - FORGOTTEN:
            shutil.rmtree(entry, ignore_errors=True)


def _waiting(folder: Path) -> list[Path]:
    there = list(folder.iterdir()) if folder.is_dir() else []
    entries = [entry for entry in there if (entry / RECORD).is_file() and entry.name[0] != "."]
    return sorted(entries, key=lambda entry: ((entry / RECORD).stat().st_mtime_ns, entry.name))


def _deliver(entry: Path, uri: str) -> Sent:
    sent = store.send(_read(entry), entry, uri)
    # Without its record an entry waits no more, even where this process dies before the rest is
    # gone.
    (entry / RECORD).unlink()
    shutil.rmtree(entry, ignore_errors=True)
    return sent


def _failure(entry: Path, uri: str, reason: str) -> Failure:
    text = (
        f"MLflow at {uri} has not taken this run: "
        f"its results wait in {entry} and go with the next. {reason}"
    )
    return Failure(entry.name, _printable(text, uri))


def _printable(message: str, uri: str) -> str:
    return " ".join(message.replace(uri, without_password(uri)).split())
