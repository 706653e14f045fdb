"""How progress reaches people."""

from collections.abc import Callable

Report = Callable[[str], None]
"""Takes a line for people, as soon as there is something to say."""
