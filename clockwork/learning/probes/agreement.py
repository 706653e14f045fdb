"""Do the scores of a served model agree with those the pipeline wrote, however rows are sent?"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clockwork.learning.keys import when
from clockwork.learning.probes.calls import Sample, ways
from clockwork.learning.probes.parity import CLOSE, gaps

Predict = Callable[[pd.DataFrame], Any]
WROTE = "the pipeline wrote"


def breach(sample: Sample, predict: Predict, bare: Predict) -> str:
    """The first way in which a score is not the pipeline's, or not the first way's; empty if none.

    Both take raw rows and give the columns of `sample.asked`: `predict` as MLflow calls the model,
    `bare` without its signature.
    """
    numbers = [sample.number(key) for key in sample.asked.index]
    if None in numbers:
        return (
            f"the pipeline scored {_row(sample.asked.index[numbers.index(None)])}, "
            "and the raw files have no such row"
        )
    written, plain = sample.asked.set_axis(numbers, axis=0), None
    for way in ways(sample):
        found = _answers(bare if way.bare else predict, way.calls, list(written.columns))
        if isinstance(found, str):
            return f"{way.name}: {found}"
        plain = found if plain is None else plain
        expected = [(written, WROTE), (plain, "in plain order it gives")]
        if way.asked is not None:
            expected = [(written.loc[[way.asked]], WROTE)]
        for known, of in expected:
            if message := _differs(sample, found, known, of):
                return f"{way.name}: {message}"
    return ""


def _answers(
    predict: Predict, calls: Sequence[pd.DataFrame], names: list[str]
) -> pd.DataFrame | str:
    parts = []
    for rows in calls:
        try:
            answers = predict(rows)
            scores = np.column_stack(
                [np.asarray(answers[name], dtype=np.float64) for name in names]
            )
        except Exception as error:  # noqa: BLE001 - whatever it raises, a client has no scores
            return f"no scores but {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        if len(scores) != len(rows):
            return f"{len(scores)} scores for {len(rows)} rows"
        parts.append(pd.DataFrame(scores, rows.index, names))
    return pd.concat(parts)


def _row(key: tuple[Any, ...]) -> str:
    return f"'{key[0]}'{when(int(key[1]))}"


def _differs(sample: Sample, found: pd.DataFrame, known: pd.DataFrame, of: str) -> str:
    values, reference = found.loc[known.index].to_numpy(), known.to_numpy()
    gap = gaps(values, reference)
    if (gap <= CLOSE).all():
        return ""
    worst = int(gap.argmax())
    row = _row(sample.keys[known.index[worst]])
    column = int(gaps(values[worst][:, None], reference[worst][:, None]).argmax())
    one, other = values[worst, column], reference[worst, column]
    named = "" if len(known.columns) == 1 else f" in '{known.columns[column]}'"
    return f"{row} is scored {one:.6g}{named}, {of} {other:.6g} (off by {abs(one - other):.2g})"
