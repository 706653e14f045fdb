"""features: raw rows -> keys and features of the kept rows, under build/features/."""

from collections.abc import Callable, Iterator
from functools import reduce
from operator import add

import numpy as np
import pandas as pd

from clockwork.learning.data.accounts import check_none_lost, tally
from clockwork.learning.data.parts import Parts, read_parts
from clockwork.learning.data.rows import feature_columns
from clockwork.learning.encoding import Table
from clockwork.learning.tables import ACCOUNT, write_json, write_parts
from clockwork.project import FEATURES_FILE, build_features, feature_names, find_reader
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.support.errors import BadInput
from clockwork.support.paths import FEATURES

Build = Callable[[pd.DataFrame], tuple[pd.DataFrame, Table]]
Made = tuple[pd.DataFrame, Table]


def every(data: DataSettings, how: FeatureSettings) -> str:
    """Which rows become rows of features, in words."""
    return f"every {how.every} minutes" if data.step or how.every > 1 else "each row"


def main() -> None:
    """Compute every feature of every kept row."""
    data, how = data_settings(), feature_settings()
    rows = read_parts(data, find_reader())
    metrics = feature_columns(rows.header, data)
    names = feature_names(metrics, how)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"configs/data.yaml: two features are called '{twice[0]}'; rename that metric in the data")
    before, after = [], []

    def made() -> Iterator[Made]:
        for part, keys, x in _parts(rows, lambda part: build_features(part, metrics, data.grid, how)):
            before.append(tally(part.drop(columns=metrics)))
            after.append(tally(keys))
            yield keys, x

    write_parts(FEATURES, made(), names)
    found = reduce(add, before).difference(reduce(add, after), every(data, how))
    check_none_lost(found, "make `every` of configs/features.yaml smaller, or drop them from the data")
    write_json(FEATURES / ACCOUNT, found.as_dict())


def _parts(rows: Parts, build: Build) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, Table]]:
    # Raw rows, keys and features of some entities after the other; of all rows where these would come out as other
    # columns than those of all entities, such as with categories of their own.
    parts = iter(rows)
    part = next(parts)
    keys, x = _built(build, part)
    if rows.count > 1 and not (isinstance(x, np.ndarray) and _alike(keys, part)):
        part, parts = rows.whole(), iter(())
        keys, x = _built(build, part)
    yield part, keys, x
    for part in parts:
        yield part, *_built(build, part)


def _alike(keys: pd.DataFrame, rows: pd.DataFrame) -> bool:
    return all(name in rows and keys[name].dtype == rows[name].dtype for name in keys)


def _built(build: Build, rows: pd.DataFrame) -> tuple[pd.DataFrame, Table]:
    keys, x = build(rows)
    if len(x) != len(keys):
        raise BadInput(f"{FEATURES_FILE}: {len(keys)} rows have keys and {len(x)} have features; give each row both")
    return keys, x
