"""Are the scores what the models say?

Score some rows again, one by one, from the raw rows up to their minute.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.gate.catalogue import CheckId
from clockwork.learning.encoding import Categories, encode
from clockwork.learning.keys import ENTITY, ROW, TIME, RowKeys, moment
from clockwork.learning.probes.probe import Probe
from clockwork.learning.probes.truncation import Build, spread
from clockwork.learning.scores import seeds_of
from clockwork.project import find_model

ENTITIES, ROWS, TICKED = 6, 3, 3
Key = tuple[Any, ...]  # what names a row: its entity, its time, and more where needed
Last = Callable[[pd.DataFrame], npt.NDArray[np.float32]]
# A matrix product may round its last bits by the number of rows; of a score above 1, a share of it.
CLOSE = 1e-9


def parity(
    rows: pd.DataFrame,
    build: Build,
    scored: pd.DataFrame,
    models: Path,
    algorithm: str,
    ticked: Last | None = None,
    known: Categories | None = None,
) -> Probe:
    """Reload each model and score a sample of evaluation rows alone.

    `scored` holds what the pipeline wrote of them. `rows` are raw rows, `build` gives features,
    `models` is the folder with a model for each seed, and `known` are the categories that they were
    trained with. `ticked` gives the features of the last of some raw rows of one entity as a fleet
    is scored; they must be the same to the bit.
    """
    sample = pick(scored)
    keys = list(RowKeys(sample).index)
    x = np.concatenate([encode(build(_past(rows, key))[1][-1:], known or {}) for key in keys])
    same, note = _ticks(rows, keys[:TICKED], x, ticked) if ticked else (True, "")
    if not same:
        return Probe(CheckId.OWN_SCORES, False, note, algorithm)
    for seed, names in seeds_of(scored).items():
        model = find_model(algorithm).load(models / seed)
        again = np.concatenate([model.score(row[None, :]) for row in x]).reshape(len(x), len(names))
        gap = gaps(again, sample[names].to_numpy())
        if not (gap <= CLOSE).all():
            row = RowKeys(sample).message(int(gap.argmax()))
            message = (
                f"{row}: the pipeline wrote another score than "
                f"the reloaded model gives (off by {gap.max():.2g})"
            )
            return Probe(CheckId.OWN_SCORES, False, message, algorithm)
    message = f"{len(sample)} rows scored alone by the reloaded models agree{note}"
    return Probe(CheckId.OWN_SCORES, True, message, algorithm)


def gaps(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far each row's scores (rows,) are apart, of (rows, columns): of large ones as a share.

    What is missing in both is equal, what is missing in one infinitely far.
    """
    with np.errstate(invalid="ignore"):
        apart = np.abs(one - other) / np.maximum(1.0, np.abs(other))
    apart = np.where(np.isnan(one) & np.isnan(other), 0.0, apart)
    return np.asarray(np.nan_to_num(apart, nan=np.inf).max(axis=1), dtype=np.float64)


def pick(scored: pd.DataFrame) -> pd.DataFrame:
    """A few rows of a few entities, the highest scores among them."""
    frame = scored.assign(**{ENTITY: scored[ENTITY].astype(str)})
    score = next(name for name in frame.columns if name.startswith("score"))
    top = frame.nlargest(ENTITIES, score)
    some = frame[frame[ENTITY].isin(spread(pd.Index(frame[ENTITY].unique()), ENTITIES))]
    spaced = some.groupby(ENTITY).nth([(n + 1) * 7 for n in range(ROWS)])
    # Of entities with a row or two, these.
    spaced = spaced if len(spaced) else some
    return pd.concat([top, spaced]).drop_duplicates(RowKeys(frame).names).reset_index(drop=True)


def _past(rows: pd.DataFrame, key: Key) -> pd.DataFrame:
    """The raw rows of the entity of the row `key` names, up to its time; that row is the last."""
    past: pd.DataFrame = rows[(rows[ENTITY] == key[0]) & (rows[TIME] <= key[1])].reset_index(
        drop=True
    )
    if ROW not in past:
        return past
    itself = (past[ROW] == key[2]).to_numpy()
    return past.iloc[np.argsort(itself, kind="stable")].reset_index(drop=True)


def _ticks(
    rows: pd.DataFrame, some: list[Key], x: npt.NDArray[np.float32], ticked: Last
) -> tuple[bool, str]:
    """Whether ticks give the first rows of features `x`, those of the rows `some`; and what to add.

    A tick has no label and no slices. Features that read them cannot be built in one: that is
    reason, and other probes say whether it is a fault.
    """
    for key, row in zip(some, x, strict=False):
        try:
            same = ticked(_past(rows, key)).tobytes() == row.tobytes()
        except Exception as error:  # noqa: BLE001 - whatever the project's code raises without them
            return True, f"; a tick cannot build these features ({type(error).__name__}: {error})"
        if not same:
            return (
                False,
                f"'{key[0]}' at {moment(key[1])}: a tick gives other features than the pipeline",
            )
    return True, ""
