"""Tuning's share of a pull request's wall time, as the demo simulates one."""

import re
from pathlib import Path

from clockwork.selftest.bench.clone import run_all
from clockwork.selftest.bench.figure import SHARE, Figure
from clockwork.selftest.bench.tuning import seeds_of
from clockwork.selftest.edits import Change, Edit
from clockwork.selftest.simulate import simulate
from clockwork.settings.gate import gate_settings
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.paths import BUILD

STAGE = re.compile(r"^tune@(\S+) +(\d+\.\d) s$", re.MULTILINE)


def share_figures(clone: Path, repeats: int, report: Report) -> list[Figure]:
    """Where features change, and where only what comes after tuning does; base is cached."""
    run_all(clone)
    features, training = [], []
    for seed in seeds_of(repeats):
        report(f"tuning's share of a pull request ({seed} of {len(seeds_of(repeats))})")
        window = Edit(
            file="configs/features.yaml",
            find="  15: [mean, std]",
            replace=f"  {15 + seed}: [mean, std]",
        )
        noise = Edit(
            file="configs/training.yaml", find="seeds: [101,", replace=f"seeds: [{200 + seed},"
        )
        features.append(tuning_share(clone, f"window-{seed}", window))
        training.append(tuning_share(clone, f"seed-{seed}", noise))
    return [
        Figure("tuning's share of a pull request that changes features", features, SHARE, 0.4),
        Figure("the same, where it changes training alone", training, SHARE, 0.0),
    ]


def tuning_share(clone: Path, name: str, edit: Edit) -> float:
    """The seconds for which the run of a pull request tuned over all of its seconds.

    The first algorithm and the others run side by side: the longer of the two counts.
    """
    change = Change(name=name, title=f"Try {name}", why="bench", edits=[edit])
    log = clone / BUILD / "share.log"
    with log.open("w", encoding="utf-8") as kept:
        checkout = Checkout(clone)
        simulated = simulate(
            checkout, checkout.find("HEAD"), change, "share", BUILD / "share", quick=True, log=kept
        )
    found = {
        name: float(seconds) for name, seconds in STAGE.findall(log.read_text(encoding="utf-8"))
    }
    first = found.pop(next(iter(gate_settings(clone).algorithms)), 0.0)
    return max(first, sum(found.values())) / simulated.verdict.seconds["total"]
