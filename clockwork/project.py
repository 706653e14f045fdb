"""The one way from the engine to the project.

Reader, features, split and algorithms are found by name below pipelines/.
"""

import importlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clockwork.support.errors import BadInput
from clockwork.support.paths import PACKAGE, model_file

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from clockwork.model import Algorithm
    from clockwork.settings.data import DataSettings, Split
    from clockwork.settings.features import FeatureSettings

    Reader = Callable[[DataSettings, Path], pd.DataFrame]
    Splitter = Callable[[pd.DataFrame, Split], pd.DataFrame]

FEATURES = f"{PACKAGE}.features"
FEATURES_FILE = f"{PACKAGE}/features.py"
READER_FILE = f"{PACKAGE}/data.py"
SPLITTER_FILE = f"{PACKAGE}/split.py"
STAGES = f"{PACKAGE}.stages"


def model_module(algorithm: str) -> str:
    """The module of the algorithm."""
    return f"{PACKAGE}.models.{algorithm}"


def find_model(algorithm: str) -> "type[Algorithm]":
    """The class of `algorithm`: MODEL of its file. Raises `BadInput` where there is none."""
    name = model_module(algorithm)
    try:
        found: type[Algorithm] | None = getattr(importlib.import_module(name), "MODEL", None)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise BadInput(
            f"configs/gate.yaml: no {model_file(algorithm)}; add it or fix the name"
        ) from None
    if found is None:
        raise BadInput(f"{model_file(algorithm)}: no class is called MODEL; name the learner's so")
    return found


def feature_names(metrics: list[str], how: "FeatureSettings") -> list[str]:
    """The names of the features in the order of their columns."""
    return list(_features().feature_names(metrics, how))


def build_features(
    rows: "pd.DataFrame", metrics: list[str], step: int, how: "FeatureSettings"
) -> "tuple[pd.DataFrame, npt.NDArray[np.float32] | pd.DataFrame]":
    """Keys and features (rows, features) of the rows kept; `rows` as the reader gives them.

    Features are a matrix, or a frame where some are categories.
    """
    built: tuple[pd.DataFrame, npt.NDArray[np.float32] | pd.DataFrame] = _features().build_features(
        rows, metrics, step, how
    )
    return built


def window_parts() -> tuple[Any, Any]:
    """What the project's windows are merged from: its class `Moments` and its function `statistic`.

    Raises `AttributeError` where its features are of another kind; they can then be built from the
    raw rows alone.
    """
    features = _features()
    return features.Moments, features.statistic


def read_rows(settings: "DataSettings", root: Path = Path()) -> "pd.DataFrame":
    """The raw rows of the checkout at `root` as one table.

    See clockwork.learning.data.rows for its columns.
    """
    return find_reader()(settings, root)


def find_reader() -> "Reader":
    """The function of the project that `read_rows` calls."""
    found: Reader = importlib.import_module(f"{PACKAGE}.data").read_rows
    return found


def find_splitter() -> "Splitter":
    """The project's function that gives each row a part and a fold.

    See clockwork.learning.data.split.
    """
    found: Splitter = importlib.import_module(f"{PACKAGE}.split").split_rows
    return found


@cache
def _features() -> Any:
    # Once: a served model's features are those it was loaded with, whatever is imported after it.
    return importlib.import_module(FEATURES)
