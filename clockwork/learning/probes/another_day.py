"""Features and scores of the raw files in this folder, on another day, in a place without network.

Run by `python -m clockwork.learning.probes.another_day ALGORITHM...` in a copy of the checkout; the
environment brings another time zone, user and seed of hashes. What is moved here are the clocks
that Python code asks: `time`, `datetime`, and `now` and `today` of pandas and NumPy. Libraries and
commands that ask the system by themselves see the true time.
"""

import datetime as dates
import os
import platform
import socket
import sys
import time
from collections.abc import Callable
from datetime import date, datetime  # the real ones, for the names of the module change
from typing import Any

# Another hour, month and quarter; a working day becomes a weekend, and the other way round.
TO_WEEKDAY = 5 if date.today().weekday() < 5 else 2
SHIFT = dates.timedelta(
    days=497 + (TO_WEEKDAY - date.today().weekday()) % 7, hours=11, minutes=17, seconds=23
)
HOST = "elsewhere"
NOW = ("now", "today")


class Facade(type):
    """Of a class that stands for another: what is an instance or subclass of that is one of it."""

    stands_for: type

    def __instancecheck__(cls, instance: object) -> bool:
        own = "stands_for" in vars(cls)
        return isinstance(instance, cls.stands_for) if own else super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        own = "stands_for" in vars(cls)
        return issubclass(subclass, cls.stands_for) if own else super().__subclasscheck__(subclass)


class Date(date, metaclass=Facade):
    """A date that takes another day for today."""

    stands_for = date

    @classmethod
    def today(cls) -> Any:
        """The other day."""
        return date.fromtimestamp(time.time())


class DateTime(datetime, metaclass=Facade):
    """A datetime that takes another time for now."""

    stands_for = datetime

    @classmethod
    def now(cls, tz: dates.tzinfo | None = None) -> Any:
        """The other time."""
        return datetime.fromtimestamp(time.time(), tz)

    @classmethod
    def today(cls) -> Any:
        """The other time."""
        return datetime.fromtimestamp(time.time())

    @classmethod
    def utcnow(cls) -> Any:
        """The other time."""
        return datetime.fromtimestamp(time.time(), dates.UTC).replace(tzinfo=None)


def move_clocks() -> None:
    """Let every clock of `time`, `datetime`, NumPy and pandas show another day."""
    import numpy as np
    import pandas as pd

    _move_time()
    dates.date, dates.datetime = Date, DateTime  # type: ignore[misc]
    _move_numpy(np)
    _move_pandas(pd)


def _move_time() -> None:
    seconds, nanoseconds = SHIFT.total_seconds(), int(SHIFT.total_seconds()) * 10**9
    now, now_ns, clock, clock_ns = (
        time.time,
        time.time_ns,
        time.clock_gettime,
        time.clock_gettime_ns,
    )
    wall = time.CLOCK_REALTIME
    moved: dict[str, Callable[..., Any]] = {
        "time": lambda: now() + seconds,
        "time_ns": lambda: now_ns() + nanoseconds,
        "clock_gettime": lambda which: clock(which) + (seconds if which == wall else 0),
        "clock_gettime_ns": lambda which: clock_ns(which) + (nanoseconds if which == wall else 0),
    }
    moved |= {name: _of_now(getattr(time, name)) for name in ("localtime", "gmtime", "ctime")}
    asctime, strftime = time.asctime, time.strftime
    moved["asctime"] = lambda at=None: asctime(time.localtime() if at is None else at)
    moved["strftime"] = lambda form, at=None: strftime(form, time.localtime() if at is None else at)
    for name, function in moved.items():
        setattr(time, name, function)


def _of_now(real: Callable[[float], Any]) -> Callable[..., Any]:
    return lambda at=None: real(time.time() if at is None else at)


def _move_numpy(np: Any) -> None:
    real = np.datetime64

    class Datetime64(real, metaclass=Facade):  # type: ignore[misc, valid-type]
        stands_for = real

        def __new__(cls, *args: Any) -> Any:
            value = real(*args)
            asks = bool(args) and isinstance(args[0], str) and args[0] in NOW
            return (real("now") + np.timedelta64(SHIFT)).astype(value.dtype) if asks else value

    np.datetime64 = Datetime64


def _move_pandas(pd: Any) -> None:
    stamp = pd.Timestamp
    new = stamp.__new__

    def made(cls: Any, *args: Any, **named: Any) -> Any:
        text = args[:1] and isinstance(args[0], str) and args[0] in NOW
        return stamp.now(*args[1:], **named) if text else new(cls, *args, **named)

    def now(cls: Any, tz: Any = None) -> Any:
        return cls(DateTime.now(dates.UTC)).tz_convert(tz) if tz else cls(DateTime.now())

    stamp.now = stamp.today = classmethod(now)
    stamp.utcnow = classmethod(lambda cls: cls.now("UTC"))
    stamp.__new__ = staticmethod(made)


def move_away() -> None:
    """Give the machine another name and no network."""
    real = os.uname()
    named = os.uname_result((real.sysname, HOST, real.release, real.version, real.machine))
    full = platform.uname()._replace(node=HOST)
    os.uname = lambda: named
    platform.uname = lambda: full
    platform.node = lambda: HOST
    os.getlogin = lambda: HOST
    socket.gethostname = lambda: HOST
    socket.getfqdn = lambda name="": name or HOST
    for owner, name in (
        (socket.socket, "connect"),
        (socket.socket, "connect_ex"),
        (socket, "create_connection"),
        (socket, "getaddrinfo"),
        (socket, "gethostbyname"),
    ):
        setattr(owner, name, _no_network)


def _no_network(*_: Any, **__: Any) -> Any:
    raise OSError("features and scores must not need the network")


def main(algorithms: list[str]) -> None:
    """Build features of this folder's raw files and score all rows by every model, as stages do."""
    from clockwork.learning.data.split import JUDGE
    from clockwork.learning.stages import features
    from clockwork.learning.stages.score import score_evaluation
    from clockwork.learning.tables import KEYS, read_keys
    from clockwork.support.paths import FEATURES, MODELS, SCORES, SPLIT

    features.main()
    for place in (SPLIT.parent, SCORES):
        place.mkdir(parents=True)
    read_keys(FEATURES / KEYS).assign(part=JUDGE).to_parquet(SPLIT)
    for one in algorithms:
        score_evaluation(MODELS / one).to_parquet(SCORES / f"{one}.parquet")


if __name__ == "__main__":
    from clockwork.support.entry import import_lightgbm, quick_imports

    # The libraries come first: what moves is what head's code asks them.
    with quick_imports():
        import pandas  # noqa: F401
        import pyarrow.parquet  # noqa: F401
        import scipy.special  # noqa: F401
        import yaml  # noqa: F401

        if "lightgbm" in sys.argv[1:]:
            import_lightgbm()

    move_clocks()
    move_away()
    main(sys.argv[1:])
