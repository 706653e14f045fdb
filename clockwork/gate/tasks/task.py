"""What a task is: metrics, when rows and predictions are fit for it, and cases of known answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from clockwork.gate.metric import Metric
from clockwork.gate.resamples import Weights
from clockwork.gate.rows import Bools, Floats, Rows, Scored

CLOSE = 1e-9


@dataclass(frozen=True)
class Known:
    """Rows and predictions for which anyone can work out a metric.

    Not `weighs` where a part of the metric is that of the rows as they are, in every resample.
    """

    metric: str
    scored: Scored
    value: float
    weighs: bool = True


@dataclass(frozen=True)
class Task:
    """A kind of prediction.

    All parts are pure functions; runs are (runs, rows) or (runs, rows, classes). `cases` names the
    clusters that count as evidence. `unfit(rows)` and `fault(rows, runs)` say what makes rows or
    predictions unusable, None where nothing does. `spoiled` gives predictions that must be found
    worse, for the sentinels. `replaced(rows, one, other)` is the share (runs, runs) of decisions
    that differ between runs. `parts` are further slices, each with the metric that it is for.
    `positives` says that rows are positive or not: then only clusters with a positive are evidence.
    `alerts` says that a score from a threshold on is an alert, and positives one after another in
    time are an event.
    """

    name: str
    metrics: Mapping[str, Metric]
    primary: str
    cases: str
    unfit: Callable[[Rows], str | None]
    fault: Callable[[Rows, Floats], str | None]
    spoiled: Callable[[Scored], Floats]
    replaced: Callable[[Rows, Floats, Floats], Floats]
    known: tuple[Known, ...]
    guardrails: Mapping[str, float]
    parts: Callable[[Rows], Mapping[str, tuple[str, Bools]]] = lambda _: {}
    positives: bool = False
    alerts: bool = False


def table(*metrics: Metric) -> dict[str, Metric]:
    """The metrics by name."""
    return {metric.name: metric for metric in metrics}


def faults(task: Task) -> list[str]:
    """What is wrong with a task's metrics: other values of known cases, or weights not counted."""
    found = [
        f"{name} has no known case"
        for name in task.metrics
        if name not in {one.metric for one in task.known}
    ]
    for at, case in enumerate(task.known):
        given = task.metrics[case.metric].value(case.scored)
        if not abs(given - case.value) < CLOSE:
            found.append(
                f"{task.name}: {case.metric} of case {at} is {given:.6g}, not {case.value:.6g}"
            )
        elif case.weighs and not _counts_often(task.metrics[case.metric], case.scored):
            found.append(
                f"{task.name}: "
                f"{case.metric} of an entity that counts thrice is not that of three such"
            )
    return found


def _counts_often(metric: Metric, scored: Scored) -> bool:
    thrice = np.ones((1, scored.rows.entities))
    thrice[0, 0] = 3.0
    weighted = metric.weighted(scored, thrice)[0]
    again = metric.value(repeated(scored, thrice[0]))
    return bool(abs(weighted - again) < CLOSE or np.isnan([weighted, again]).all())


def repeated(scored: Scored, times: npt.NDArray[np.float64]) -> Scored:
    """The rows of each entity as often as `times` (entities,) says, each time as a new entity."""
    rows = scored.rows
    wanted = [(one, copy) for one, count in enumerate(times) for copy in range(int(count))]
    taken = [np.flatnonzero(rows.entity == one) for one, _ in wanted]
    index = np.concatenate(taken) if taken else np.empty(0, dtype=np.intp)
    code = np.repeat(np.arange(len(wanted)), [len(one) for one in taken])
    query = None
    if rows.query is not None:
        query = np.unique(
            code * (int(rows.query.max()) + 1) + rows.query[index], return_inverse=True
        )[1]
    more = Rows(code, rows.label[index], len(wanted), None, query, rows.classes, rows.every)
    return Scored(more, scored.scores[index], scored.threshold)


def distance(
    one: npt.NDArray[Any], other: npt.NDArray[Any], differ: Callable[[Any, Any], Bools]
) -> Floats:
    """The share of decisions that `differ` finds between runs of `one` and `other` (runs, runs)."""
    return np.array([[float(np.mean(differ(mine, its))) for its in other] for mine in one])


def finite(runs: Floats) -> str | None:
    """That predictions are not numbers."""
    lost = int((~np.isfinite(runs)).sum())
    return f"has {lost} predictions that are not finite" if lost else None


__all__ = ["Bools", "Floats", "Known", "Metric", "Rows", "Scored", "Task", "Weights"]
