"""Tuning's share of a pull request's wall time, as the demo simulates one."""

import re
from pathlib import Path

from clockwork.selftest.bench.figure import SHARE, Figure
from clockwork.selftest.edits import Change, Edit
from clockwork.selftest.simulate import simulate
from clockwork.settings.gate import gate_settings
from clockwork.support.checkout import Checkout
from clockwork.support.console import Report
from clockwork.support.paths import BUILD

STAGE = re.compile(r"^tune@(\S+) +(\d+\.\d) s$", re.MULTILINE)


def share_figures(clone: Path, seeds: range, report: Report) -> list[Figure]:
    """Where features change, and where only what comes after tuning does; base is cached."""
    features, training = [], []
    for seed in seeds:
        report(f"tuning's share of a pull request ({seed} of {len(seeds)})")
        window = Edit(
            file="configs/features.yaml",
            find="  15: [mean, std]",
            replace=f"  {15 + seed}: [mean, std]",
        )
        features.append(
            tuning_share(
                clone,
                Change(
                    name=f"window-{seed}", title="Look back further", why="bench", edits=[window]
                ),
            )
        )
        seeds_edit = Edit(
            file="configs/training.yaml", find="seeds: [101,", replace=f"seeds: [{200 + seed},"
        )
        training.append(
            tuning_share(
                clone,
                Change(
                    name=f"seed-{seed}",
                    title="Train with seed noise of its own",
                    why="bench",
                    edits=[seeds_edit],
                ),
            )
        )
    return [
        Figure("tuning's share of a pull request that changes features", features, SHARE, 0.4),
        Figure("the same, where it changes training alone", training, SHARE, 0.0),
    ]


def tuning_share(clone: Path, change: Change) -> float:
    """The seconds for which the run tuned over all of its seconds.

    The first algorithm and the others run side by side: the longer of the two counts.
    """
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
