"""Raw rows in, scores out: what a served model does.

Nothing of MLflow, DVC or the rest of the repository is needed.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.encoding import Categories, Kind, encode, names_of, parts_of
from clockwork.learning.keys import ENTITY, TIME, RowKeys
from clockwork.learning.text import token_counts, token_names
from clockwork.learning.values import check_minutes, in_minutes, narrow
from clockwork.model import Algorithm
from clockwork.project import build_features, feature_names, find_model
from clockwork.settings.columns import RESERVED, Unit
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.support.errors import BadInput

ABOUT, MODEL, PLACE, PREDICTION = "about.json", "model", "place", "prediction"


def served_columns(classes: Sequence[str]) -> list[str]:
    """The score columns a served model gives: `score`, or `score_<class>` for each of `classes`."""
    return [f"score_{name}" for name in classes] or ["score"]


class Scorer:
    """One trained model with the features that it learnt from.

    A row's score depends on the rows of its entity in the longest window before it: give them
    along. Where a row is the first of its entity, it is scored as if the entity had just begun.
    """

    def __init__(
        self,
        data: DataSettings,
        how: FeatureSettings,
        kinds: dict[str, Kind],
        model: Algorithm,
        known: Categories,
        features: list[str],
        classes: Sequence[str] = (),
    ) -> None:
        self.data, self.how, self.kinds, self.model, self.known = data, how, kinds, model, known
        self.features, self.classes = features, list(classes)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """From a folder with configs/, about.json and model/.

        Raises `BadInput` where they do not fit together.
        """
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        data, how, kinds = (
            data_settings(folder),
            feature_settings(folder),
            {name: about["kinds"][name] for name in about["metrics"]},
        )
        features, own = about["features"], data.columns.slices
        made = [name for raw, kind in kinds.items() for name in names_of(raw, kind, own, features)]
        if feature_names(made, how) != about["features"]:
            raise BadInput(
                f"{folder}: its model was trained on other features than its settings make"
            )
        model, classes = (
            find_model(about["algorithm"]).load(folder / MODEL),
            about.get("classes", []),
        )
        return cls(data, how, kinds, model, about["categories"], features, classes)

    def score(self, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
        """What the model gives for each of `rows`, in order; NaN for those that `every` leaves out.

        That is the probability of the positive class (rows,), or of each class (rows, classes); a
        number, or a score within a list (rows,). `rows` have the raw columns of configs/data.yaml,
        in any order. Raises `BadInput` for a row without entity or time, one that is there twice or
        off the grid of `step` minutes, and for a metric that is absent, infinite or no number.
        """
        scores = np.full((len(rows), *([len(self.classes)] if self.classes else [])), np.nan)
        if len(rows):
            ordered = self._sorted(rows)
            keys, x = build_features(ordered, self._made(ordered), self.data.grid, self.how)
            if len(x):
                scores[keys["place"].to_numpy()] = self.model.score(encode(x, self.known))
        return scores

    def answers(self, rows: pd.DataFrame) -> pd.DataFrame:
        """What a client gets for each of `rows`: scores and, if more than a score, `prediction`.

        Of several classes that is the likeliest one, of a target that is a number the number.
        """
        scores = self.score(rows)
        names = served_columns(self.classes)
        table = pd.DataFrame(scores.reshape(len(rows), len(names)), rows.index, names)
        if self.classes:
            lost = np.asarray(np.isnan(scores).any(axis=1))
            named = np.array(self.classes, dtype=object)[np.nan_to_num(scores).argmax(axis=1)]
            table[PREDICTION] = pd.Series(named, rows.index).mask(lost, None)
        elif self.data.task == "regression":
            table[PREDICTION] = scores
        return table

    def _made(self, ordered: pd.DataFrame) -> list[str]:
        return [name for name in ordered.columns if name not in RESERVED]

    def _sorted(self, rows: pd.DataFrame) -> pd.DataFrame:
        columns = self.data.columns
        keys = [name for name in (columns.entity, columns.time) if name]
        for name in (*keys, *self.kinds):
            if list(rows.columns).count(name) != 1:
                raise BadInput(
                    f"column '{name}' must be there once; "
                    f"the rows have {list(map(str, rows.columns))}"
                )
        for name in keys:
            if rows[name].isna().any():
                raise BadInput(
                    f"column '{name}': {int(rows[name].isna().sum())} rows have none; drop them"
                )
        # Each row by itself.
        each = rows[columns.entity] if columns.entity else pd.Series(np.arange(len(rows)))
        entity = pd.Categorical(each.astype(str))
        time = (
            minutes(rows[columns.time], columns.unit)
            if columns.time
            else np.zeros(len(rows), dtype=np.int64)
        )
        keyed = pd.DataFrame({ENTITY: entity, TIME: time, PLACE: np.arange(len(rows))})
        table = {
            made: values
            for raw in self.kinds
            for made, values in self._columns(rows[raw], keyed).items()
        }
        frame = pd.concat([keyed, pd.DataFrame(table)], axis=1)
        order = np.lexsort((time, entity.codes))
        ordered = frame.iloc[order].reset_index(drop=True)
        if self.data.step:
            self._check(ordered)
        return ordered

    def _columns(self, values: "pd.Series[Any]", keyed: pd.DataFrame) -> dict[str, Any]:
        # The columns that stand for a raw one, as the reader makes them.
        raw = str(values.name)
        match self.kinds[raw]:
            case "category":
                return {self._named(raw): pd.Categorical(_texts(values))}
            case "text":
                return dict(zip(token_names(raw), token_counts(_texts(values)).T, strict=True))
            case "moment":
                parts = parts_of(pd.to_datetime(values, utc=True).dt.tz_convert(None))
                made = {
                    f"{raw}_{part}": narrow(one, raw, RowKeys(keyed)) for part, one in parts.items()
                }
                # A day has no hour.
                return {name: one for name, one in made.items() if name in self.features}
        return {self._named(raw): narrow(_numbers(values), raw, RowKeys(keyed))}

    def _named(self, raw: str) -> str:
        return names_of(raw, "number", self.data.columns.slices, [])[0]

    def _check(self, ordered: pd.DataFrame) -> None:
        time, entity = ordered[TIME].to_numpy(), ordered[ENTITY].cat.codes.to_numpy()
        same, step = entity[1:] == entity[:-1], time[1:] - time[:-1]
        grid = self.data.grid
        for breach, what in (
            (step == 0, "is there twice"),
            (step % grid != 0, f"is off the {grid}-minute grid"),
        ):
            at = np.flatnonzero(same & breach)
            if len(at):
                raise BadInput(f"{RowKeys(ordered).message(int(at[0]) + 1)} {what}")


def _texts(values: "pd.Series[Any]") -> list[str | None]:
    return [
        None if one is None else str(one)
        for one in values.astype(object).where(values.notna(), None)
    ]


def _numbers(values: "pd.Series[Any]") -> npt.NDArray[Any]:
    if values.dtype.kind in "biuf" and isinstance(values.dtype, np.dtype):
        return values.to_numpy()
    try:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise BadInput(
            f"column '{values.name}' is {values.dtype}, not a number; convert it"
        ) from None


def minutes(times: "pd.Series[Any]", unit: Unit | None = "minutes") -> npt.NDArray[np.int64]:
    """Minutes since the epoch, of timestamps and dates; of numbers, by their unit.

    Raises `BadInput` for others.
    """
    if pd.api.types.infer_dtype(times) == "date":
        times = pd.to_datetime(times)
    if pd.api.types.is_datetime64_any_dtype(times.dtype):
        return times.to_numpy(dtype="datetime64[s]").astype(np.int64) // 60
    if not (pd.api.types.is_integer_dtype(times.dtype) or unit not in (None, "minutes")):
        raise BadInput(
            f"column '{times.name}' is {times.dtype}, not a timestamp or whole minutes; convert it"
        )
    unit = unit or "minutes"
    time = (
        times.to_numpy(dtype=np.int64)
        if unit == "minutes"
        else in_minutes(times.to_numpy(float), unit)
    )
    check_minutes(time, str(times.name), unit)
    return time.astype(np.int64)
