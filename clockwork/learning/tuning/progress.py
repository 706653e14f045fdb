"""How far a search is: a bar with the best score on a terminal, a line for each trial in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[int, float], None]


@contextmanager
def progress(algorithm: str, trials: int) -> Iterator[Tell]:
    """Gives what to call with the number of finished trials and the best score after each."""
    if not sys.stdout.isatty():
        yield lambda done, best: print(  # noqa: T201
            f"trial {done}/{trials} best {best:.4f}", flush=True
        )
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, TextColumn("best {task.fields[best]}", markup=False)) as bar:
        task = bar.add_task(f"tune {algorithm}", total=trials, best="-")
        yield lambda done, best: bar.update(task, completed=done, best=f"{best:.4f}")
