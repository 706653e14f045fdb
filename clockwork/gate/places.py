"""Where a metric is measured: on all evaluation rows, or on those of a slice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from clockwork.gate.metric import Metric
from clockwork.gate.rows import Rows, Scored

Bools = npt.NDArray[np.bool_]
# What a metric that looks at the alert threshold is called at the matched one.
AT_BASE_RATE = "_at_base_rate"


def namable(metrics: Mapping[str, Metric]) -> list[str]:
    """What a guardrail may be on: metrics, and those of alerts also at base's rate."""
    return [*metrics, *(name + AT_BASE_RATE for name, metric in metrics.items() if metric.acts)]


@dataclass(frozen=True)
class Place:
    """One metric on all evaluation rows (`keep` is then None) or on those of a slice.

    `present` are the entities of a slice: their columns in the weights.
    """

    metric: Metric
    slice: str | None
    rows: Rows
    keep: Bools | None = None
    present: npt.NDArray[np.intp] | None = None

    def here(self, runs: Sequence[Scored]) -> list[Scored]:
        """The runs on the rows of this place."""
        return [
            run if self.keep is None else replace(run, rows=self.rows, scores=run.scores[self.keep])
            for run in runs
        ]


def places(
    rows: Rows,
    metrics: Mapping[str, Metric],
    names: Sequence[str],
    slices: Mapping[str, tuple[str, Bools]],
    least: int,
) -> Iterator[Place]:
    """Every metric of `names` on all rows, then on each slice its own metric.

    Without the slices of fewer than `least` entities that count as cases.
    """
    plain = dict.fromkeys(name.removesuffix(AT_BASE_RATE) for name in names)
    yield from (Place(metrics[name], None, rows) for name in plain)
    for name, (metric, keep) in slices.items():
        part, present = part_of(rows, keep)
        if part.positive_entities >= least:
            yield Place(metrics[metric], name, part, keep, present)


def part_of(rows: Rows, keep: Bools) -> tuple[Rows, npt.NDArray[np.intp]]:
    """The rows that `keep` (rows,) marks, and the entities they are of: columns in the weights."""
    present, codes = np.unique(rows.entity[keep], return_inverse=True)
    time = None if rows.time is None else rows.time[keep]
    query = None if rows.query is None else np.unique(rows.query[keep], return_inverse=True)[1]
    part = replace(
        rows,
        entity=codes.astype(np.intp),
        label=rows.label[keep],
        entities=len(present),
        time=time,
        query=query,
    )
    return part, present
