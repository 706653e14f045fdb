"""A database that is away for a while is asked again."""

import time
from collections.abc import Callable
from typing import TypeVar

from clockwork.support.errors import BadInput

Result = TypeVar("Result")
# Seconds that a database may be gone, and between two questions.
PATIENCE, FIRST_PAUSE, LONGEST_PAUSE = 60.0, 0.2, 5.0


def steady(call: Callable[[], Result]) -> Result:
    """What `call` gives; called again while its database is gone, for up to `PATIENCE` seconds.

    Raises `BadInput` where the database stays away.
    """
    try:
        return again(call, PATIENCE)
    except BadInput:
        raise
    except Exception as error:
        if not gone(error):
            raise
        raise BadInput(
            f"configs/engine.yaml: key 'storage': its database is away ({reason(error)}); "
            "start it and run again, what is finished counts"
        ) from None


def again(call: Callable[[], Result], patience: float) -> Result:
    """What `call` gives; called again while its database is gone, for up to `patience` seconds."""
    until, pause = time.monotonic() + patience, FIRST_PAUSE
    while True:
        try:
            return call()
        except BadInput:
            raise
        except Exception as error:
            if not gone(error) or time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def reason(error: BaseException) -> str:
    """What the database itself said, in a line."""
    cause: BaseException | None = error
    while cause and not getattr(cause, "orig", None):
        cause = cause.__cause__ or cause.__context__
    lines = str(getattr(cause, "orig", error)).strip().splitlines()
    return lines[0] if lines else "no reason given"


def gone(error: BaseException | None) -> bool:
    """Whether an error, or what led to it, is that the database does not answer."""
    if error is None:
        return False
    from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

    lost = isinstance(error, OperationalError | InterfaceError)
    lost = lost or (isinstance(error, DBAPIError) and error.connection_invalidated)
    return lost or gone(error.__cause__ or error.__context__)
