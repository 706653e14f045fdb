"""What these rows can see: margins that an A/A passes, and the score to alert from.

From that score on as many rows alert as are positive.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.compare.built_commit import BuiltCommit
from clockwork.compare.paired_scores import Evidence
from clockwork.gate.noninferiority import Rules
from clockwork.gate.pairs import measure_at
from clockwork.gate.places import Place, places
from clockwork.gate.power import SMALL, Power, power_of
from clockwork.gate.resamples import Resamples
from clockwork.gate.rows import Scored
from clockwork.gate.tasks.task import Task
from clockwork.settings.gate import GateSettings

RUNGS = (0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
RESAMPLES = 500


@dataclass(frozen=True)
class Sensitivity:
    """What an A/A shows: the value of each metric by algorithm, and its minimum detectable effect.

    The effect is the one found with a power of 80 %. `seen` has it by metric, the worst of the
    algorithms that gate, as a share of the value; `slices` is that of all slices.
    """

    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    seen: Mapping[str, float] = field(default_factory=dict)
    slices: float = 0.0
    thresholds: Mapping[str, float] = field(default_factory=dict)


def rung(least: float, wanted: float) -> float:
    """The smallest margin people would write, at least `least` and `wanted`; at most a half."""
    return next((one for one in RUNGS if one >= max(least, wanted) - 1e-9), RUNGS[-1])


def sensitivity(commit: BuiltCommit, task: Task, gate: GateSettings) -> Sensitivity:
    """The sensitivity of the rows that the built commit evaluates on, from the runs that it has."""
    runs = commit.runs(commit.evaluation, commit.algorithms())
    evidence = Evidence(commit.evaluation, runs, runs, task)
    rows = evidence.rows(gate.block)
    slices = {name: (gate.primary, keep) for name, keep in evidence.slices().items()}
    names, least = [gate.primary, *gate.guardrails], gate.slices.min_positive_clusters
    where = list(places(rows, task.metrics, names, slices, least))
    rules = Rules(gate.margin, gate.alpha_pass, gate.alpha_block, gate.credible_gain)
    seen: dict[str, float] = {}
    values: dict[str, dict[str, float]] = {}
    in_slices = 0.0
    for algorithm, role in gate.algorithms.items():
        powers = _powers(where, [Scored(rows, run) for run in runs[algorithm]])
        whole = [(place.metric.name, power) for place, power in powers if place.slice is None]
        values[algorithm] = {name: power.value for name, power in whole}
        if role == "gating":
            seen |= {name: max(seen.get(name, 0.0), _loss(power, rules)) for name, power in whole}
            of_slices = [_loss(power, rules) for place, power in powers if place.slice]
            in_slices = max([in_slices, *of_slices])
    alerts = (
        {name: _threshold(one[0], rows.label) for name, one in runs.items()}
        if task.name == "binary"
        else {}
    )
    return Sensitivity(values, seen, in_slices, alerts)


def _powers(where: list[Place], runs: list[Scored]) -> list[tuple[Place, Power]]:
    spreads = measure_at(where, runs, Resamples(runs[0].rows.entities, RESAMPLES, 1))
    both = len(runs), len(runs)
    return [(place, power_of(one, both)) for place, one in zip(where, spreads, strict=True)]


def _loss(power: Power, rules: Rules) -> float:
    # The smallest that is seen.
    own = SMALL if power.own is None else min(SMALL, power.own)
    loss = power.smallest(rules, own) if power.value else 0.0
    return loss if np.isfinite(loss) else 0.0


def _threshold(scores: npt.NDArray[np.float64], label: npt.NDArray[Any]) -> float:
    share = float(np.mean(label > 0))
    return round(min(max(float(np.quantile(scores, 1 - share)), 0.01), 0.99), 2)
