"""How a verb reports to the person who runs it."""

from clockwork.support.errors import printable


def report(line: str) -> None:
    """Print how far the work has come, at once."""
    print(printable(line), flush=True)  # noqa: T201
