"""Loops that numba compiles where it is installed, and that Python runs as they are where not."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

LIBRARY = "numba"  # for fleets alone, so no part of the lock
Loop = Callable[..., Any]


def installed() -> bool:
    """Whether there is a compiler."""
    try:
        return find_spec(LIBRARY) is not None
    except ValueError:  # hidden from this process
        return False


@cache
def compiled(loop: Loop, *called: Loop) -> Loop:
    """`loop`, compiled when it is first given arrays of such types, and what is `called` by it.

    There is no fast arithmetic.
    """
    if not installed():
        return loop
    library: Any = import_module(LIBRARY)
    for one in called:
        import_module(f"{LIBRARY}.extending").register_jitable(one)
    made: Loop = library.njit(error_model="numpy")(loop)
    return made
