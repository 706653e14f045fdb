"""The figures of README.md and docs/scale.md: medians, not promises.

They are measured side by side in a fresh clone of HEAD.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from clockwork.selftest.bench.clone import fresh
from clockwork.selftest.bench.figure import Figure, table, write
from clockwork.support.console import Report
from clockwork.support.errors import BadInput

GROUPS = (
    "demo",
    "gate",
    "graph",
    "pull-request",
    "statistics",
    "tuning",
    "surrogate",
    "share",
    "fleet",
)


def bench(
    root: Path, repeats: int, report: Report, groups: Sequence[str] = GROUPS, *, keep: bool = False
) -> int:
    """Measure `groups` of figures `repeats` times and print the table; 1 where one misses its bar.

    `keep` also puts those that have a place in docs/scale.md there. The groups `adopt` and `proofs`
    have other results, and are asked for by name: see bench/adopt and bench/proofs.
    """
    unknown = sorted(set(groups) - set(GROUPS))
    if unknown:
        raise BadInput(
            f"bench: no group of figures is called '{unknown[0]}'; "
            f"there are {', '.join(GROUPS)}, adopt, proofs"
        )
    with fresh(root) as clone:
        measured = {name: _measure(name, root, clone, repeats, report) for name in groups or GROUPS}
    figures = [one for group in measured.values() for one in group]
    Console(width=110, markup=False).print(table(figures))
    if keep:
        report(write(root, measured))
        if "fleet" in measured:
            from clockwork.selftest.bench.day import PICTURE

            shutil.copyfile(root / PICTURE, root / "docs" / PICTURE.name)
    return int(not all(one.holds for one in figures))


def _measure(name: str, root: Path, clone: Path, repeats: int, report: Report) -> list[Figure]:
    if name == "gate":
        from clockwork.selftest.bench.gate import gate_figures

        return gate_figures(clone, repeats, report)
    if name == "fleet":
        from clockwork.selftest.bench.fleet import fleet_figures

        return fleet_figures(root, clone, repeats, report)
    from clockwork.selftest.bench import runs, surrogates, tuning

    if name == "tuning":
        return tuning.figures(root, clone, repeats, report)
    measure = {
        "demo": runs.demo_figures,
        "graph": runs.graph_figures,
        "pull-request": runs.pull_request_figures,
        "statistics": runs.statistics_figures,
        "share": tuning.daily_figures,
        "surrogate": surrogates.surrogate_figures,
    }[name]
    return measure(clone, repeats, report)
