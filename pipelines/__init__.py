"""Clockwork: ML regression tests on every pull request.

Importing the libraries is over half of a cold run, and most of that is the garbage collector walking
objects that live as long as the process. So it sleeps until the entry point calls `imports_done`.
"""

import atexit
import gc

gc.disable()
atexit.register(gc.freeze)


def imports_done() -> None:
    """Let the garbage collector work again, leaving what was imported out of its walks."""
    gc.freeze()
    gc.enable()
