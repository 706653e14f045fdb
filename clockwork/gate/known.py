"""Cases whose metrics anyone can work out, so that a change of the metrics shows in what it gives.

Run as a script it holds the metrics of the `clockwork` that Python finds to these cases, or those
of the task that is named to the cases beside this file, prints what is wrong, and at last `asked`:
a base's cases, a head's metrics.
"""

import runpy
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.gate.metrics import METRICS, Metric, Rows, Scored
from clockwork.gate.registry import TASKS
from clockwork.gate.tasks.task import Task

ASKED = "asked"
LABEL = np.array([0, 1, 0, 1] + 8 * [0], dtype=np.int8)
ENTITY, TIME = np.repeat([0, 1, 2], 4), np.tile(np.arange(4) * 60, 3)
ROWS = Rows(ENTITY, LABEL, 3, TIME)
PERFECT = np.where(LABEL == 1, 1.0, 0.0)
TIED = np.array([0.2, 0.8, 0.8, 0.4, 0.4] + 7 * [0.1])
HALF = np.full(12, 0.5)
VECTORS = {"perfect": PERFECT, "half": HALF, "tied": TIED, "reversed": 1 - PERFECT}
DAYS = 3 * 4 / 24  # three entities were observed for four hours each
# Rows on which every metric changes when the first entity counts more than once.
SPACED = np.tile(np.arange(6) * 240, 3)
UNEVEN = Rows(
    np.repeat([0, 1, 2], 6),
    np.array([int(one) for one in "100010001000010010"], dtype=np.int8),
    3,
    SPACED,
)
SCORES = np.array([9, 6, 4, 2, 9, 7, 1, 8, 7, 2, 6, 5, 1, 9, 7, 3, 1, 1]) / 10
CASES = {
    "average_precision": [(PERFECT, 1.0), (HALF, 1 / 6), (TIED, 0.5), (1 - PERFECT, 1 / 6)],
    "mean_average_precision": [(PERFECT, 1.0), (HALF, 0.5), (TIED, (0.5 + 2 / 3) / 2)],
    "roc_auc": [(PERFECT, 1.0), (HALF, 0.5), (TIED, 0.9), (1 - PERFECT, 0.0)],
    "log_loss": [(PERFECT, 0.0), (HALF, np.log(2))],
    "brier": [(PERFECT, 0.0), (HALF, 0.25), (TIED, 1.31 / 12)],
    "calibration_error": [(PERFECT, 0.0), (HALF, 1 / 3)],
    "event_recall_at_0_5": [(PERFECT, 1.0), (1 - PERFECT, 0.0)],
    "event_recall_at_3": [(PERFECT, 1.0), (1 - PERFECT, 0.0)],
    "detection_delay": [(PERFECT, 0.0), (1 - PERFECT, 60.0)],
    "alerts_per_day": [(PERFECT, 2 / DAYS), (PERFECT * 0.4, 0.0)],
}
# Those above are held to these values by base's copy of this file, whatever head makes of the
# metrics. Further metrics bring their own values, as `known` of their declaration.
HIGHER = {
    "average_precision",
    "mean_average_precision",
    "roc_auc",
    "event_recall_at_0_5",
    "event_recall_at_3",
}


def faults_of(task: Task) -> list[str]:
    """What is wrong with the metrics of a task.

    Those of two classes are held to the cases here, others to their own module's. The cases, and
    what compares with them, are those of this copy of the gate, also where Python finds other
    metrics first.
    """
    if task.alerts:
        return faults()
    here: Task = _beside(task.name)["TASK"]
    differ: Callable[[Task], list[str]] = _beside("task")["faults"]
    gone = [f"{name} is gone" for name in here.metrics if name not in task.metrics]
    both = {name: metric for name, metric in task.metrics.items() if name in here.metrics}
    turned = [
        f"{name} counts the wrong way"
        for name, metric in both.items()
        if metric.sign != here.metrics[name].sign
    ]
    cases = [one for one in here.known if one.metric in both]
    cases += [one for one in task.known if one.metric not in here.metrics]
    return [*gone, *turned, *differ(replace(task, known=tuple(cases)))]


def _beside(name: str) -> dict[str, Any]:
    return runpy.run_path(str(Path(__file__).parent / "tasks" / f"{name}.py"))


def faults() -> list[str]:
    """What is wrong with metrics: one gone or turned round, or a known case with another value."""
    found = [f"{name} is gone" for name in CASES if name not in METRICS]
    return found + [fault for metric in METRICS.values() for fault in _faults(metric)]


def cases(metric: Metric) -> list[tuple[npt.NDArray[np.float64], float]]:
    """Scores of the known rows, each with the value that the metric must have for them."""
    own = [(VECTORS[name], value) for name, value in metric.known.items() if name in VECTORS]
    return CASES.get(metric.name, own)


def _higher_is_better(metric: Metric) -> bool:
    # Of a metric that this file does not list: perfect scores are better than the same turned
    # round.
    best, worst = (metric.value(Scored(ROWS, VECTORS[name])) for name in ("perfect", "reversed"))
    return metric.name in HIGHER if metric.name in CASES else best > worst


def _faults(metric: Metric) -> list[str]:
    expected = cases(metric)
    found = [] if expected else [f"{metric.name} has no known values: declare some with it"]
    if metric.sign != (1 if _higher_is_better(metric) else -1):
        found.append(f"{metric.name} counts the wrong way")
    for at, (scores, value) in enumerate(expected):
        given = metric.value(Scored(ROWS, scores))
        if not abs(given - value) < 1e-9:
            found.append(f"{metric.name} of case {at} is {given:.6g}, not {value:.6g}")
    if not _counts_often(metric):
        found.append(
            f"{metric.name} of an entity that counts thrice is not that of three such entities"
        )
    return found


def _counts_often(metric: Metric) -> bool:
    # Weights that count an entity three times give what three such entities give, and not what one
    # gives.
    thrice = np.array([[3.0, 1.0, 1.0]])
    weighted, plain = (
        metric.weighted(Scored(UNEVEN, SCORES), some)[0] for some in (thrice, np.ones_like(thrice))
    )
    first = np.flatnonzero(UNEVEN.entity == 0)
    again = np.concatenate([np.arange(len(SCORES)), first, first])
    entity = np.concatenate([UNEVEN.entity, np.repeat([3, 4], len(first))])
    more = Rows(entity, UNEVEN.label[again], 5, SPACED[again])
    value = metric.value(Scored(more, SCORES[again]))
    return bool(abs(weighted - value) < 1e-9 < abs(weighted - plain))


if __name__ == "__main__":
    named = sys.argv[1] if len(sys.argv) > 1 else "binary"
    sys.stdout.write(
        "\n".join([*(faults_of(TASKS[named]) if named in TASKS else [f"{named} is gone"]), ASKED])
    )
