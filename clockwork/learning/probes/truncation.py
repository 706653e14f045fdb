"""Which raw rows make a feature? Those of its own past alone, none older than serving is given.

Raw files are cut, not the table that the reader returns, so a reader that looks ahead is seen as
well.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clockwork.gate.catalogue import CheckId
from clockwork.learning.encoding import Table
from clockwork.learning.keys import moment
from clockwork.learning.probes.probe import Probe
from clockwork.learning.probes.raw import RawFile
from clockwork.learning.probes.rebuild import Built, Rebuild, difference
from clockwork.learning.probes.sample import Sample

Build = Callable[[pd.DataFrame], tuple[pd.DataFrame, Table]]
CUTS = (0.31, 0.62, 0.93)


def truncation(sample: Sample, rebuild: Rebuild) -> Probe:
    """Cut the raw files of a few entities off at several minutes.

    Every row up to there must have the same features.
    """
    cuts = _cuts(rebuild(sample.raw).time)
    gaps = replace(
        sample, raw=sample.raw.each(lambda file: with_gaps(file, sample.raw.metrics(file), cuts))
    )
    whole, compared = rebuild(gaps.raw), 0
    for cut in cuts:
        part = rebuild(gaps.cut(lambda file, cut=cut: file.minute <= cut))  # type: ignore[misc]
        expected = whole.where(whole.time <= cut)
        message = difference(part, expected)
        if message:
            return Probe(
                CheckId.LOOKS_AHEAD,
                False,
                f"from the raw rows up to {moment(cut)}, {message} as from all of them",
            )
        if int((part.time <= cut).sum()) != len(expected.x):
            return Probe(
                CheckId.LOOKS_AHEAD,
                False,
                f"the raw rows up to {moment(cut)} give rows that all of them do not give",
            )
        compared += len(expected.x)
    return Probe(
        CheckId.LOOKS_AHEAD,
        True,
        f"{compared} rows of {len(whole.entities)} entities are equal, cut or whole",
    )


def _cuts(times: npt.NDArray[np.int64]) -> list[int]:
    """Minutes to cut at: of rows kept, as a row at the cut itself shows the shortest look ahead."""
    first, last = int(times.min()), int(times.max())
    return [int(times[times <= first + round((last - first) * share)].max()) for share in CUTS]


def with_gaps(file: RawFile, metrics: list[str], minutes: list[int]) -> RawFile:
    """`file` with no values at `minutes` in those of the `metrics` that have gaps anyway.

    Who fills a gap from both sides looks ahead only where a gap lies at the cut: so let there be
    one.
    """
    gap = pa.array(np.isin(file.minute, minutes))
    columns = {name: file.table.column(name).combine_chunks() for name in metrics}
    missing = {
        name: pc.sum(pc.is_null(values, nan_is_null=True)).as_py()
        for name, values in columns.items()
    }
    return file.with_columns(
        {
            name: pc.if_else(gap, pa.scalar(None, columns[name].type), columns[name])
            for name in metrics
            if missing[name]
        }
    )


def history(sample: Sample, whole: Built, rebuild: Rebuild, minutes: int) -> Probe:
    """Cut the raw rows off that are older than `minutes` at some row.

    From there on all features must be the same. So much a served model is promised; what reaches
    further back is known to the training only. `whole` are the features of all rows of `sample`.
    """
    compared, minutes = 0, max(minutes, 1)  # the row itself is its own minute
    for cut in _cuts(whole.time):
        recent = rebuild(
            sample.cut(lambda file, cut=cut: file.minute > cut - minutes)  # type: ignore[misc]
        )
        expected = whole.where(whole.time >= cut)
        message = difference(recent, expected)
        if message:
            return Probe(
                CheckId.OLDER_HISTORY,
                False,
                f"without the raw rows up to {moment(cut - minutes)}, {message} as with them",
            )
        compared += len(expected.x)
    held = (
        f"{compared} rows of {len(whole.entities)} entities are equal, "
        f"without what is older than {minutes} minutes"
    )
    return Probe(CheckId.OLDER_HISTORY, True, held)


def spread(values: "pd.Index[str]", count: int) -> list[str]:
    """`count` of the `values`, evenly spread over them."""
    at = np.unique(np.linspace(0, len(values) - 1, count).round().astype(int))
    return [str(values[place]) for place in at]
