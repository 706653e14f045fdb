"""How a verb reports to the person who runs it."""


def say(line: str) -> None:
    """Print how far the work has come, at once."""
    print(line, flush=True)  # noqa: T201
