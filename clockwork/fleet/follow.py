"""A newer model for a fleet being scored: looked for beside the ticks, taken over between two."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clockwork.fleet.model import Model
from clockwork.fleet.station import Station
from clockwork.support.console import Report
from clockwork.support.errors import BadInput, one_line

PAUSE = 30.0  # seconds from one look to the next
Newer = Callable[[], Model | None]  # a model that was not there at the last look; raises `BadInput`


@contextmanager
def following(station: Station, newer: Newer | None, report: Report) -> Iterator[None]:
    """Look for a newer model again and again; without one the fleet goes on with its own."""
    over = threading.Event()

    def look() -> None:
        reported = ""
        while newer and not over.wait(PAUSE):
            line = offer(station, newer)
            if line and line != reported:
                report(line)
            reported = line

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


def offer(station: Station, newer: Newer) -> str:
    """Give the station the newer model, if any, for its next tick; a line about it, else empty."""
    try:
        model = newer()
        if model is None:
            return ""
        station.check(model)
    except BadInput as error:
        return f"{one_line(error)}; scores go on with model {station.model.hash[:12]}"
    station.coming = model
    return f"model {model.hash[:12]} from the next tick on"
