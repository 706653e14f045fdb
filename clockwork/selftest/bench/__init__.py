"""The figures of README.md and docs/scale.md: medians, not promises.

They are measured side by side in a fresh clone of HEAD.
"""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from clockwork.selftest.bench.clone import fresh
from clockwork.selftest.bench.figure import Figure, table, write
from clockwork.support.console import Report
from clockwork.support.errors import BadInput

Measure = Callable[[Path, int, Report], list[Figure]]  # in a clone, so many times


def bench(
    root: Path, repeats: int, report: Report, groups: Sequence[str], *, keep: bool = False
) -> int:
    """Measure `groups` of figures `repeats` times and print the table; 1 where one misses its bar.

    All where none is named. `keep` also puts those that have a place in docs/scale.md there. The
    groups `adopt` and `proofs` have other results, and are asked for by name: see bench/adopt and
    bench/proofs.
    """
    known = _groups(root)
    unknown = sorted(set(groups) - set(known))
    if unknown:
        raise BadInput(
            f"bench: no group of figures is called '{unknown[0]}'; "
            f"there are {', '.join(known)}, adopt, proofs"
        )
    with fresh(root) as clone:
        measured = {name: known[name](clone, repeats, report) for name in groups or known}
    figures = [one for group in measured.values() for one in group]
    Console(width=110, markup=False).print(table(figures))
    if keep:
        report(write(root, measured))
        if "fleet" in measured:
            from clockwork.selftest.bench.day import PICTURE

            shutil.copyfile(root / PICTURE, root / "docs" / PICTURE.name)
    return int(not all(one.holds for one in figures))


def _groups(root: Path) -> dict[str, Measure]:
    from clockwork.selftest.bench import fleet, gate, runs, shares, surrogates, tuning

    return {
        "demo": runs.demo_figures,
        "gate": gate.gate_figures,
        "graph": runs.graph_figures,
        "pull-request": runs.pull_request_figures,
        "statistics": runs.statistics_figures,
        "tuning": partial(tuning.figures, root),
        "surrogate": surrogates.surrogate_figures,
        "share": shares.share_figures,
        "fleet": partial(fleet.fleet_figures, root),
    }
