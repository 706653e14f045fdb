"""The served log: a row for each score that was given, minute by minute."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from clockwork.learning.ticks.state import Scores

PARTS, SERVED = "parts", "served"


@dataclass(frozen=True)
class Answer:
    """What became of a minute: scores, alerts to send, served log, lines about what was refused."""

    scores: Scores
    sent: list[tuple[str, int, float]]
    log: pa.Table
    refused: dict[str, list[int]]
    seconds: float


def log_of(
    scores: Scores, sent: list[tuple[str, int, float]], threshold: float, model: str
) -> pa.Table:
    """The served log of a minute: key, score, alert, whether scored before, the model's hash."""
    alerted, keys = (
        np.zeros(len(scores.time), dtype=np.bool_),
        {(name, minute) for name, minute, _ in sent},
    )
    least = min((score for *_, score in sent), default=np.inf)
    for at in np.flatnonzero(scores.score >= least).tolist():
        alerted[at] = (scores.entity[at], int(scores.time[at])) in keys
    columns = {
        "entity": pa.array(scores.entity, pa.string()),
        "time": scores.time,
        "score": scores.score,
        "alert": scores.score >= threshold,
        "alerted": alerted,
        "again": scores.again,
        "model": pa.DictionaryArray.from_arrays(
            np.zeros(len(scores.time), dtype=np.int32), [model]
        ),
    }
    return pa.table(columns)
