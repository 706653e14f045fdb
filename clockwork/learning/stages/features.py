"""features: raw rows -> keys and features of the kept rows, under build/features/."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from clockwork.learning.data.accounts import account, check_none_lost
from clockwork.learning.data.rows import feature_columns
from clockwork.learning.encoding import Table
from clockwork.learning.kept import blocks
from clockwork.learning.keys import ENTITY
from clockwork.learning.tables import ACCOUNT, write_json, write_parts
from clockwork.project import FEATURES_FILE, build_features, feature_names, read_rows
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.support.errors import BadInput
from clockwork.support.paths import FEATURES

Build = Callable[[pd.DataFrame], tuple[pd.DataFrame, Table]]
BLOCK = 1_000_000  # rows whose features are made at a time


def every(data: DataSettings, how: FeatureSettings) -> str:
    """Which rows become rows of features, in words."""
    return f"every {how.every} minutes" if data.step or how.every > 1 else "each row"


def main() -> None:
    """Compute every feature of every kept row."""
    data, how = data_settings(), feature_settings()
    rows = read_rows(data)
    metrics = feature_columns(rows, data)
    names = feature_names(metrics, how)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"configs/data.yaml: two features are called '{twice[0]}'; rename that metric in the data")
    keys = write_parts(FEATURES, _parts(rows, lambda part: build_features(part, metrics, data.grid, how)), names)
    made = account(rows.drop(columns=metrics), keys, every(data, how))
    check_none_lost(made, "make `every` of configs/features.yaml smaller, or drop them from the data")
    write_json(FEATURES / ACCOUNT, made.as_dict())


def _parts(rows: pd.DataFrame, build: Build) -> Iterator[tuple[pd.DataFrame, Table]]:
    # Keys and features of some entities after the other, where there are many rows; in one where these would come out
    # as other columns than those of all entities, such as with categories of their own.
    some = [rows.iloc[part].reset_index(drop=True) for part in blocks(rows[ENTITY], BLOCK)]
    first = _built(build, some[0])
    if len(some) > 1 and not (isinstance(first[1], np.ndarray) and _alike(first[0], rows)):
        yield _built(build, rows)
        return
    yield first
    for part in some[1:]:
        yield _built(build, part)


def _alike(keys: pd.DataFrame, rows: pd.DataFrame) -> bool:
    return all(name in rows and keys[name].dtype == rows[name].dtype for name in keys)


def _built(build: Build, rows: pd.DataFrame) -> tuple[pd.DataFrame, Table]:
    keys, x = build(rows)
    if len(x) != len(keys):
        raise BadInput(f"{FEATURES_FILE}: {len(keys)} rows have keys and {len(x)} have features; give each row both")
    return keys, x
