"""Do the scores that a served model gives agree with those that the pipeline wrote, however the rows are sent?"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clockwork.learning.keys import moment
from clockwork.learning.probes.calls import Sample, alone, ways
from clockwork.learning.probes.parity import CLOSE

Predict = Callable[[pd.DataFrame], Any]
WROTE = "the pipeline wrote"


def breach(sample: Sample, predict: Predict, bare: Predict) -> str:
    """The first way in which a score is another than the pipeline wrote, or than the first way gives; empty if none.

    Both take raw rows and give a column `score`: `predict` as MLflow calls the model, `bare` without its signature.
    """
    numbers = [sample.number(key) for key in sample.asked.index]
    if None in numbers:
        return (
            f"the pipeline scored {_row(sample.asked.index[numbers.index(None)])}, and the raw files have no such row"
        )
    written = pd.Series(sample.asked.to_numpy(), index=pd.Index(numbers))
    message = _in_bulk(sample, predict, bare, written)
    for number, rows in () if message else alone(sample):
        found = _answers(predict, [rows])
        if message := found if isinstance(found, str) else _differs(sample, found, written.loc[[number]], WROTE):
            return f"a row alone with its history: {message}"
    return message


def _in_bulk(sample: Sample, predict: Predict, bare: Predict, written: "pd.Series[Any]") -> str:
    plain: pd.Series[Any] | None = None
    for way in ways(sample):
        found = _answers(bare if way.bare else predict, way.calls)
        if isinstance(found, str):
            return f"{way.name}: {found}"
        plain = found if plain is None else plain
        for known, of in ((written, WROTE), (plain, "in plain order it gives")):
            if message := _differs(sample, found, known, of):
                return f"{way.name}: {message}"
    return ""


def _answers(predict: Predict, calls: Sequence[pd.DataFrame]) -> "pd.Series[Any] | str":
    parts = []
    for rows in calls:
        try:
            scores = np.asarray(predict(rows)["score"], dtype=np.float64)
        except Exception as error:  # noqa: BLE001 - whatever it raises, a client would have no scores
            return f"no scores but {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        if len(scores) != len(rows):
            return f"{len(scores)} scores for {len(rows)} rows"
        parts.append(pd.Series(scores, index=rows.index))
    return pd.concat(parts)


def _row(key: tuple[Any, ...]) -> str:
    return f"'{key[0]}' at {moment(int(key[1]))}"


def _differs(sample: Sample, found: "pd.Series[Any]", known: "pd.Series[Any]", of: str) -> str:
    ours, theirs = found.loc[known.index].to_numpy(), known.to_numpy()
    gap = np.where(np.isnan(ours) & np.isnan(theirs), 0.0, np.abs(ours - theirs))
    if (gap <= CLOSE).all():
        return ""
    worst = int(np.nan_to_num(gap, nan=np.inf).argmax())
    row = _row(sample.keys[known.index[worst]])
    return f"{row} is scored {ours[worst]:.6g}, {of} {theirs[worst]:.6g} (off by {gap[worst]:.2g})"
