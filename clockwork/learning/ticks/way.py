"""How a tick gets this checkout's features: by rings where proven equal, else by the look-back."""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.keys import ENTITY, TIME
from clockwork.learning.ticks.cells import Floats
from clockwork.learning.ticks.state import Rows, State
from clockwork.learning.ticks.tick import tick
from clockwork.project import build_features
from clockwork.settings.features import FeatureSettings

# Cells of the trial: the longest window where it is no longer, and some that leave it.
MOST, EXTRA = 400, 12
NAMES = ["some", "gaps", "late"]


def by_rings(state: State) -> bool:
    """Whether rings equal `build_features` to the bit, tried on rows with gaps and missing samples.

    A project may build whatever it wants; only what is made of trailing windows is in a ring.
    """
    how = state.how.model_copy(update={"every": 1})
    if not how.windows:
        return False
    seen: list[Floats] = []

    def keep(x: Floats) -> npt.NDArray[np.float64]:
        seen.append(x.copy())
        return np.zeros(len(x))

    rows = _rows(state, min(-(-how.history // state.step), MOST) + EXTRA)
    try:
        trial = State(
            how,
            state.step,
            state.metrics,
            0,
            keep,
            merging=not state.compile,
            compile=state.compile,
        )
        order: list[tuple[str, int]] = []
        for minute, part in rows.groupby(TIME):
            now = Rows(
                part[ENTITY].to_numpy(object),
                part[TIME].to_numpy(),
                part[state.metrics].to_numpy(np.float32),
            )
            scores = tick(trial, int(str(minute)), now)
            order += zip(scores.entity.tolist(), scores.time.tolist(), strict=True)
        keys, x = build_features(rows.astype({ENTITY: "category"}), state.metrics, state.step, how)
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
    rings = by_rings(State(how, step, metrics, 0, lambda x: np.zeros(len(x))))
    return partial(_last, how=how, step=step, metrics=metrics, look_back=not rings)


def _last(
    past: pd.DataFrame, how: FeatureSettings, step: int, metrics: list[str], *, look_back: bool
) -> Floats:
    seen: list[Floats] = []

    def keep(x: Floats) -> npt.NDArray[np.float64]:
        seen.append(x.copy())
        return np.zeros(len(x))

    one = State(how, step, metrics, 0, keep, look_back=look_back, block=1)
    time = past[TIME].to_numpy()
    for at in np.flatnonzero(time > time[-1] - how.history - step).tolist():
        values = past[metrics].iloc[at : at + 1].to_numpy(np.float32)
        tick(one, int(time[at]), Rows(np.array(["one"], dtype=object), time[at : at + 1], values))
    return seen[-1]


def _rows(state: State, cells: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    there = rng.random((len(NAMES), cells)) < np.array([[1.0], [0.6], [0.9]])
    there[2, : cells // 3] = False
    entity, cell = np.nonzero(there)
    values = rng.normal(50, 10, (len(cell), len(state.metrics))).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    frame = pd.DataFrame(values, columns=state.metrics)
    frame.insert(0, ENTITY, np.array(NAMES)[entity])
    frame.insert(1, TIME, 1_000_000 * state.step + cell * state.step)
    return frame.sort_values([ENTITY, TIME], ignore_index=True)
