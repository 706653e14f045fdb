"""The one definition of the features: from raw rows to a matrix with a name for every column."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.kept import kept, keys_of, numbers, plain
from clockwork.settings.features import FeatureSettings, Statistic
from pipelines.windows import Grid, Moments, trailing

FLAT = 1e-6


def feature_names(metrics: list[str], settings: FeatureSettings) -> list[str]:
    """The names of the features in the order of the columns, such as `latency_mean_60`."""
    names = list(metrics)
    for window, statistics in settings.windows.items():
        names += [
            f"{metric}_{statistic}_{window}" for statistic in statistics for metric in metrics
        ]
    return names


def build_features(
    rows: pd.DataFrame, metrics: list[str], step: int, settings: FeatureSettings
) -> tuple[pd.DataFrame, npt.NDArray[np.float32] | pd.DataFrame]:
    """Keys and features of the kept rows: one every `every` minutes of each entity.

    `rows` are raw rows as `read_rows` gives them. Returns the keys (entity, time, label, slices)
    and a matrix (kept rows, features) in the same order; a feature without a sample in its window
    is NaN.
    """
    time = rows["time"].to_numpy()
    keep = kept(time, step, settings.every)
    if not settings.windows:  # the columns themselves
        return keys_of(rows, metrics, keep), plain(rows.loc[keep, metrics], settings.missing)
    values = numbers(rows, metrics)
    features = np.empty((int(keep.sum()), len(feature_names(metrics, settings))), dtype=np.float32)
    done = 0
    for rows_of_one in _entities(rows):
        wanted = keep[rows_of_one]
        cells = (time[rows_of_one] - time[rows_of_one.start]) // step
        block = entity_features(values[rows_of_one], cells, settings, step)[wanted]
        features[done : done + len(block)] = block
        done += len(block)
    if settings.missing == "zero":
        np.nan_to_num(features, copy=False, nan=0.0)
    keys = keys_of(rows, metrics, keep)
    return keys, features


def entity_features(
    values: Grid, cells: npt.NDArray[np.int64], settings: FeatureSettings, step: int = 1
) -> npt.NDArray[np.float32]:
    """An entity's features: `values` (samples, metrics) at grid positions `cells`, a row a sample.

    A cell is `step` minutes; a window that is no multiple of them holds the cells that begin within
    it.
    """
    length = {window: -(-window // step) for window in settings.windows}
    grid = np.full((int(cells[-1]) + 1, values.shape[1]), np.nan)
    grid[cells] = values
    windows = trailing(grid, length.values())
    parts = [grid]
    for window, statistics in settings.windows.items():
        parts += [statistic(name, windows[length[window]], grid) for name in statistics]
    return np.concatenate([part[cells] for part in parts], axis=1).astype(np.float32)


def statistic(name: Statistic, window: Moments, grid: Grid) -> Grid:
    """One statistic of a window for each cell of `grid`; NaN where the window holds no sample."""
    empty = window.count == 0
    spread = np.sqrt(window.squares / np.where(empty, 1.0, window.count))
    match name:
        case "mean":
            value = window.mean
        case "std":
            value = spread
        case "min":
            value = window.least
        case "max":
            value = window.greatest
        case "z":
            value = (grid - window.mean) / np.maximum(spread, FLAT * (1 + np.abs(window.mean)))
    return np.where(empty, np.nan, value)


def _entities(rows: pd.DataFrame) -> Iterator[slice]:
    entity = rows["entity"].cat.codes.to_numpy()
    edges = np.flatnonzero(entity[1:] != entity[:-1]) + 1
    yield from map(slice, [0, *edges.tolist()], [*edges.tolist(), len(entity)])
