"""Raw rows in, scores out: what a served model does. Nothing of MLflow, DVC or the rest of the repository is needed."""

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.errors import BadInput
from pipelines.features.build import build_features, feature_names
from pipelines.models.base import Algorithm, find
from pipelines.settings.data import DataSettings, data_settings
from pipelines.settings.features import FeatureSettings, feature_settings

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
        return cls(data, how, metrics, find(about["algorithm"]).load(folder / MODEL))

    def score(self, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
        """The probability for each of `rows`, in their order; NaN for minutes that are no multiple of `every`.

        `rows` have the raw columns of configs/data.yaml, in any order. Raises `BadInput` for a row without entity
        or time, one that is there twice, or one that is off the grid of `step` minutes.
        """
        scores = np.full(len(rows), np.nan)
        if len(rows):
            keys, x = build_features(self._sorted(rows), self.metrics, self.data.step, self.how)
            if len(x):
                scores[keys["place"].to_numpy()] = self.model.score(x)
        return scores

    def _sorted(self, rows: pd.DataFrame) -> pd.DataFrame:
        columns = self.data.columns
        for name in (columns.entity, columns.time):
            if rows[name].isna().any():
                raise BadInput(f"column '{name}': {int(rows[name].isna().sum())} rows have none; drop them")
        table = {name: rows[name].to_numpy(dtype=np.float32, na_value=np.nan) for name in self.metrics}
        entity = pd.Categorical(rows[columns.entity].astype(str))
        frame = pd.DataFrame({"entity": entity, "time": minutes(rows[columns.time]), **table})
        frame["place"] = np.arange(len(frame))
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


def minutes(times: "pd.Series[Any]") -> npt.NDArray[np.int64]:
    """Minutes since the epoch, of timestamps; of whole numbers, themselves."""
    if pd.api.types.is_datetime64_any_dtype(times.dtype):
        return times.to_numpy(dtype="datetime64[s]").astype(np.int64) // 60
    return times.to_numpy(dtype=np.int64)
