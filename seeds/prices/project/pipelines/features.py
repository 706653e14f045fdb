"""The one definition of the features: the columns of an offer, and how much its car was driven."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.kept import kept, keys_of, plain
from clockwork.settings.features import FeatureSettings

YOUNG = 0.5  # years below which a use by the year says nothing


def feature_names(
    metrics: list[str],
    settings: FeatureSettings,  # noqa: ARG001 - part of the hook
) -> list[str]:
    """The names of the features in the order of the columns."""
    return [*metrics, "km_a_year"]


def build_features(
    rows: pd.DataFrame, metrics: list[str], step: int, settings: FeatureSettings
) -> tuple[pd.DataFrame, npt.NDArray[np.float32] | pd.DataFrame]:
    """Keys and features of offers, in the same order; `rows` are raw, as `read_rows` gives them."""
    keep = kept(rows["time"].to_numpy(), step, settings.every)
    features = rows.loc[keep, metrics]
    used = features["km"] / features["age"].clip(lower=YOUNG)
    features = features.assign(km_a_year=used.astype(np.float32))
    return keys_of(rows, metrics, keep), plain(features, settings.missing)
