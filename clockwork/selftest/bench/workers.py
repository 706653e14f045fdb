"""Trials a minute of two workers on one study, local ones and those of a Dask cluster, against one."""

import json
from collections.abc import Callable
from pathlib import Path

from clockwork.selftest.bench.clone import python
from clockwork.selftest.bench.figure import TIMES, Figure
from clockwork.selftest.bench.strategies import ALGORITHM

TRIALS = 16
RATE = "{:.1f} a minute"
SCRIPT = """
import json, sys
from clockwork.selftest.throughput import DASK, ONE, TWO, throughput
found = throughput({algorithm!r}, {trials}, {repeats}, lambda line: print(line, file=sys.stderr))
print(json.dumps([found[name] for name in (ONE, TWO, DASK)]))
"""


def worker_figures(clone: Path, seeds: range, say: Callable[[str], None]) -> list[Figure]:
    """One thread each, and every trial trained to its end."""
    say(f"trials a minute of one worker, of two, of two on Dask ({len(seeds)} times, without a word)")
    script = SCRIPT.format(algorithm=ALGORITHM, trials=TRIALS, repeats=len(seeds))
    return compared(*json.loads(python(clone, "-c", script).splitlines()[-1]))


def compared(one: list[float], two: list[float], dask: list[float]) -> list[Figure]:
    """Trials a minute, compared run by run."""
    return [
        Figure("one local worker, whole trials", one, RATE),
        Figure("two local workers against one", ratios(two, one), TIMES, 1.6, least=True),
        Figure("two Dask workers against two local ones", ratios(dask, two), TIMES, 0.8, least=True),
    ]


def ratios(ours: list[float], theirs: list[float]) -> list[float]:
    """Each run against the one beside it."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]
