"""What runs beside the ticks: a look for a newer model, and an end that saves the state."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from clockwork.fleet.model import Model
from clockwork.fleet.station import Station
from clockwork.support.console import Report
from clockwork.support.errors import BadInput, one_line

PAUSE = 30.0  # seconds from one look to the next
Newer = Callable[[], Model | None]  # a model that was not there at the last look; raises `BadInput`


@contextmanager
def following(station: Station, newer: Newer | None, report: Report) -> Iterator[None]:
    """Look for a newer model again and again; without one the fleet goes on with its own.

    However this ends, the state is saved: SIGTERM ends it as Ctrl-C does.
    """
    over = threading.Event()

    def look() -> None:
        while newer and not over.wait(PAUSE):
            line = offer(station, newer)
            if line and line != station.newer:
                report(line)
            station.newer = line

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        over.set()
        signal.signal(signal.SIGTERM, before)
        station.save()


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def offer(station: Station, newer: Newer) -> str:
    """Give the station the newer model, if any, for its next tick; a line about it, else empty."""
    try:
        model = newer()
        if model is None:
            return ""
        station.check(model)
    except Exception as error:  # noqa: BLE001 - whatever it is, the next look may find a model
        bad = error if isinstance(error, BadInput) else BadInput(f"{type(error).__name__}: {error}")
        return f"{one_line(bad)}; scores go on with model {station.model.hash[:12]}"
    station.coming = model
    return f"model {model.hash[:12]} from the next tick on"
