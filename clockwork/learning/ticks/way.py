"""How a tick gets this checkout's features: by rings where proven equal, else by the look-back."""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.keys import ENTITY, TIME
from clockwork.learning.ticks.cells import Cells, Floats
from clockwork.learning.ticks.compiled import Compiled
from clockwork.learning.ticks.look_back import LookBack
from clockwork.learning.ticks.ring import Ring
from clockwork.learning.ticks.state import Rows, Score, State
from clockwork.learning.ticks.sums import Sums, fits
from clockwork.learning.ticks.tick import tick
from clockwork.project import build_features
from clockwork.settings.features import FeatureSettings

# Cells of the trial: the longest window where it is no longer, and some that leave it.
MOST, EXTRA = 400, 12
NAMES = ["some", "gaps", "late"]


def kind_of(
    how: FeatureSettings, step: int, metrics: list[str], *, compiled: bool = False
) -> type[Cells]:
    """The quickest rings that give `build_features` to the bit; the look-back where none do.

    A project may build whatever it wants; only what is made of trailing windows is in a ring. Loops
    are taken where they may be `compiled`.
    """
    if not how.windows:
        return LookBack
    # What is equal comes from trailing windows, so that it can be asked what they are made of.
    if compiled and equal(Compiled, how, step, metrics) and fits(how):
        return Compiled
    if not equal(Ring, how, step, metrics):
        return LookBack
    return Sums if fits(how) else Ring


def equal(kind: type[Cells], how: FeatureSettings, step: int, metrics: list[str]) -> bool:
    """Whether rings of a kind equal `build_features`, on rows with gaps and missing samples."""
    how = how.model_copy(update={"every": 1})
    seen, keep = _recorder()
    rows = _rows(step, metrics, min(-(-how.history // step), MOST) + EXTRA)
    try:
        trial = State(how, step, metrics, 0, keep, kind)
        order: list[tuple[str, int]] = []
        for minute, part in rows.groupby(TIME):
            now = Rows(
                part[ENTITY].to_numpy(object),
                part[TIME].to_numpy(),
                part[metrics].to_numpy(np.float32),
            )
            scores = tick(trial, int(str(minute)), now)
            order += zip(scores.entity.tolist(), scores.time.tolist(), strict=True)
        keys, x = build_features(rows.astype({ENTITY: "category"}), metrics, step, how)
        place = {
            key: at for at, key in enumerate(zip(keys[ENTITY].astype(str), keys[TIME], strict=True))
        }
        rank = [place[key] for key in order]
        return (
            len(order) == len(x) and np.asarray(x)[rank].tobytes() == np.concatenate(seen).tobytes()
        )
    except Exception:  # noqa: BLE001 - whatever the project's code raises, no ring has its features
        return False


def by_ticks(
    how: FeatureSettings, step: int, metrics: list[str]
) -> Callable[[pd.DataFrame], Floats]:
    """A function that gives features as a tick does.

    They are those (1, features) of the last of some raw rows of one entity.
    """
    return partial(_last, how=how, step=step, metrics=metrics, kind=kind_of(how, step, metrics))


def _last(
    past: pd.DataFrame, how: FeatureSettings, step: int, metrics: list[str], kind: type[Cells]
) -> Floats:
    seen, keep = _recorder()
    one = State(how, step, metrics, 0, keep, kind, block=1)
    time = past[TIME].to_numpy()
    for at in np.flatnonzero(time > time[-1] - how.history - step).tolist():
        values = past[metrics].iloc[at : at + 1].to_numpy(np.float32)
        tick(one, int(time[at]), Rows(np.array(["one"], dtype=object), time[at : at + 1], values))
    return seen[-1]


def _recorder() -> tuple[list[Floats], Score]:
    # What keeps the features that are to be scored.
    seen: list[Floats] = []

    def keep(x: Floats) -> npt.NDArray[np.float64]:
        seen.append(x.copy())
        return np.zeros(len(x))

    return seen, keep


def _rows(step: int, metrics: list[str], cells: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    there = rng.random((len(NAMES), cells)) < np.array([[1.0], [0.6], [0.9]])
    there[2, : cells // 3] = False
    entity, cell = np.nonzero(there)
    values = rng.normal(50, 10, (len(cell), len(metrics))).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    frame = pd.DataFrame(values, columns=metrics)
    frame.insert(0, ENTITY, np.array(NAMES)[entity])
    frame.insert(1, TIME, 1_000_000 * step + cell * step)
    return frame.sort_values([ENTITY, TIME], ignore_index=True)
