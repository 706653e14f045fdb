"""Are the scores what the models say? Score some rows again, one by one, from the raw rows up to their minute."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.gate.catalogue import CheckId
from clockwork.learning.probes.probe import Probe
from clockwork.learning.probes.truncation import Build, spread
from clockwork.project import find_model

ENTITIES, ROWS, TICKED = 6, 3, 3
Last = Callable[[pd.DataFrame], npt.NDArray[np.float32]]
CLOSE = 1e-9  # a matrix product may round its last bits by the number of rows


def parity(
    rows: pd.DataFrame, build: Build, scored: pd.DataFrame, models: Path, algorithm: str, ticked: Last | None = None
) -> Probe:
    """Reload each model and score a sample of evaluation rows alone; `scored` holds what the pipeline wrote of them.

    `rows` are raw rows, `build` gives features, `models` is the folder with a model for each seed. `ticked` gives the
    features of the last of some raw rows of one entity as a fleet is scored; they must be the same to the bit.
    """
    sample = pick(scored)
    x = np.concatenate([_last_features(rows, build, entity, time) for entity, time in sample.index])
    same, note = _ticks(rows, sample.index[:TICKED], x, ticked) if ticked else (True, "")
    if not same:
        return Probe(CheckId.OWN_SCORES, False, note, algorithm)
    for name in [name for name in scored.columns if name.startswith("score_")]:
        model = find_model(algorithm).load(models / name.removeprefix("score_"))
        again = np.concatenate([model.score(row[None, :]) for row in x])
        gap = np.abs(again - sample[name].to_numpy())
        if not (gap <= CLOSE).all():
            entity, time = sample.index[int(gap.argmax())]
            message = f"'{entity}' at minute {time}: the pipeline wrote another score than the reloaded model gives"
            return Probe(CheckId.OWN_SCORES, False, f"{message} (off by {gap.max():.2g})", algorithm)
    message = f"{len(sample)} rows scored alone by the reloaded models agree{note}"
    return Probe(CheckId.OWN_SCORES, True, message, algorithm)


def pick(scored: pd.DataFrame) -> pd.DataFrame:
    """A few rows of a few entities, the highest scores among them; indexed by entity and time."""
    frame = scored.assign(entity=scored["entity"].astype(str))
    score = next(name for name in frame.columns if name.startswith("score_"))
    top = frame.nlargest(ENTITIES, score)
    some = frame[frame["entity"].isin(spread(pd.Index(frame["entity"].unique()), ENTITIES))]
    spaced = some.groupby("entity").nth([(n + 1) * 7 for n in range(ROWS)])
    return pd.concat([top, spaced]).drop_duplicates(["entity", "time"]).set_index(["entity", "time"])


def _last_features(rows: pd.DataFrame, build: Build, entity: str, time: int) -> npt.NDArray[np.float32]:
    return build(_past(rows, entity, time))[1][-1:]


def _past(rows: pd.DataFrame, entity: str, time: int) -> pd.DataFrame:
    return rows[(rows["entity"] == entity) & (rows["time"] <= time)].reset_index(drop=True)


def _ticks(rows: pd.DataFrame, some: pd.Index, x: npt.NDArray[np.float32], ticked: Last) -> tuple[bool, str]:
    """Whether ticks give the first rows of the features `x`, which are of `some` entities and times; and what to add.

    A tick has no label and no slices. Features that read them cannot be built in one: that is reason, and other probes
    say whether it is a fault.
    """
    for (entity, time), row in zip(some, x, strict=False):
        try:
            same = ticked(_past(rows, entity, time)).tobytes() == row.tobytes()
        except Exception as error:  # noqa: BLE001 - whatever the project's code raises without those columns
            return True, f"; a tick cannot build these features ({type(error).__name__}: {error})"
        if not same:
            return False, f"'{entity}' at minute {time}: a tick gives other features than the pipeline"
    return True, ""
