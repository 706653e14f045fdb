"""Raw rows in, scores out: what a served model does. Nothing of MLflow, DVC or the rest of the repository is needed."""

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.values import check_minutes, narrow
from clockwork.model import Algorithm
from clockwork.project import build_features, feature_names, find_model
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.support.errors import BadInput

ABOUT, MODEL = "about.json", "model"


class Scorer:
    """One trained model with the features that it learnt from.

    A row's score depends on the rows of its entity in the longest window before it: give them along. Where a row
    is the first of its entity, it is scored as if the entity had just begun.
    """

    def __init__(self, data: DataSettings, how: FeatureSettings, metrics: list[str], model: Algorithm) -> None:
        self.data, self.how, self.metrics, self.model = data, how, metrics, model

    @classmethod
    def load(cls, folder: Path) -> Self:
        """From a folder with configs/, about.json and model/. Raises `BadInput` where they do not fit together."""
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        data, how, metrics = data_settings(folder), feature_settings(folder), list(about["metrics"])
        if feature_names(metrics, how) != about["features"]:
            raise BadInput(f"{folder}: its model was trained on other features than its settings make")
        return cls(data, how, metrics, find_model(about["algorithm"]).load(folder / MODEL))

    def score(self, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
        """The probability for each of `rows`, in their order; NaN for those that `every` leaves out.

        `rows` have the raw columns of configs/data.yaml, in any order. Raises `BadInput` for a row without entity
        or time, one that is there twice or off the grid of `step` minutes, and for a metric that is absent,
        infinite or no number.
        """
        scores = np.full(len(rows), np.nan)
        if len(rows):
            keys, x = build_features(self._sorted(rows), self.metrics, self.data.step, self.how)
            if len(x):
                scores[keys["place"].to_numpy()] = self.model.score(x)
        return scores

    def _sorted(self, rows: pd.DataFrame) -> pd.DataFrame:
        columns = self.data.columns
        for name in (columns.entity, columns.time, *self.metrics):
            if list(rows.columns).count(name) != 1:
                raise BadInput(f"column '{name}' must be there once; the rows have {list(map(str, rows.columns))}")
        for name in (columns.entity, columns.time):
            if rows[name].isna().any():
                raise BadInput(f"column '{name}': {int(rows[name].isna().sum())} rows have none; drop them")
        entity, time = pd.Categorical(rows[columns.entity].astype(str)), minutes(rows[columns.time])

        def name_of(at: int) -> str:
            return f"entity '{entity[at]}' at minute {time[at]} (row {at})"

        table = {name: narrow(_numbers(rows[name]), name, name_of) for name in self.metrics}
        frame = pd.DataFrame({"entity": entity, "time": time, **table, "place": np.arange(len(rows))})
        order = np.lexsort((frame["time"].to_numpy(), entity.codes))
        ordered = frame.iloc[order].reset_index(drop=True)
        self._check(ordered)
        return ordered

    def _check(self, ordered: pd.DataFrame) -> None:
        time, entity = ordered["time"].to_numpy(), ordered["entity"].cat.codes.to_numpy()
        same, step = entity[1:] == entity[:-1], time[1:] - time[:-1]
        grid = self.data.step
        for breach, what in ((step == 0, "is there twice"), (step % grid != 0, f"is off the {grid}-minute grid")):
            at = np.flatnonzero(same & breach)
            if len(at):
                row = ordered.iloc[int(at[0]) + 1]
                raise BadInput(f"entity '{row['entity']}' at minute {row['time']} {what}")


def _numbers(values: "pd.Series[Any]") -> npt.NDArray[Any]:
    if values.dtype.kind in "iuf" and isinstance(values.dtype, np.dtype):
        return values.to_numpy()
    try:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise BadInput(f"column '{values.name}' is {values.dtype}, not a number; convert it") from None


def minutes(times: "pd.Series[Any]") -> npt.NDArray[np.int64]:
    """Minutes since the epoch, of timestamps; of whole numbers, themselves. Raises `BadInput` for anything else."""
    if pd.api.types.is_datetime64_any_dtype(times.dtype):
        return times.to_numpy(dtype="datetime64[s]").astype(np.int64) // 60
    if not pd.api.types.is_integer_dtype(times.dtype):
        raise BadInput(f"column '{times.name}' is {times.dtype}, not a timestamp or whole minutes; convert it")
    time = times.to_numpy(dtype=np.int64)
    check_minutes(time, str(times.name))
    return time
