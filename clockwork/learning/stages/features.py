"""features: raw rows -> keys and features of the kept rows, under build/features/."""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import add

import numpy as np
import pandas as pd

from clockwork.learning.data.accounts import Account, Tally, check_none_lost, tally
from clockwork.learning.data.parts import Parts, read_parts
from clockwork.learning.data.rows import feature_columns
from clockwork.learning.encoding import Table
from clockwork.learning.tables import ACCOUNT, write_json, write_parts
from clockwork.project import FEATURES_FILE, build_features, feature_names, find_reader
from clockwork.settings.data import DataSettings, data_settings
from clockwork.settings.features import FeatureSettings, feature_settings
from clockwork.support.errors import BadInput
from clockwork.support.paths import FEATURES

Made = tuple[pd.DataFrame, Table]
Build = Callable[[pd.DataFrame], Made]


def every(data: DataSettings, how: FeatureSettings) -> str:
    """Which rows become rows of features, in words."""
    return f"every {how.every} minutes" if data.step or how.every > 1 else "each row"


def account_of(
    before: Sequence[Tally], after: Sequence[Tally], data: DataSettings, how: FeatureSettings
) -> Account:
    """What is kept of the rows, part by part `before` and `after`.

    Raises `BadRows` where an entity or a slice value keeps no row.
    """
    found = reduce(add, before).difference(reduce(add, after), every(data, how))
    check_none_lost(
        found, "make `every` of configs/features.yaml smaller, or drop them from the data"
    )
    return found


def main() -> None:
    """Compute every feature of every kept row."""
    data, how = data_settings(), feature_settings()
    rows = read_parts(data, find_reader())
    metrics = feature_columns(rows.header, data)
    names = feature_names(metrics, how)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(
            f"configs/data.yaml: two features are called '{twice[0]}'; "
            "rename that metric in the data"
        )
    before, after = [], []

    def build(part: pd.DataFrame) -> Made:
        keys, x = build_features(part, metrics, data.grid, how)
        _check_shape(keys, x, names)
        return keys, x

    def made() -> Iterator[Made]:
        for part, keys, x in _parts(rows, build):
            before.append(tally(part.drop(columns=metrics)))
            after.append(tally(keys))
            yield keys, x

    write_parts(FEATURES, made(), names)
    write_json(FEATURES / ACCOUNT, account_of(before, after, data, how).as_dict())


def _parts(rows: Parts, build: Build) -> Iterator[tuple[pd.DataFrame, pd.DataFrame, Table]]:
    # Raw rows, keys and features of some entities after the other; of all rows where these would
    # come out as other columns than those of all entities, such as with categories of their own.
    parts = iter(rows)
    part = next(parts)
    keys, x = build(part)
    if rows.count > 1 and not (isinstance(x, np.ndarray) and _alike(keys, part)):
        part, parts = rows.whole(), iter(())
        keys, x = build(part)
    yield part, keys, x
    first = _kind(keys, x)
    for part in parts:
        keys, x = build(part)
        if _kind(keys, x) != first:
            raise BadInput(
                f"{FEATURES_FILE}: of some entities {first}, of others {_kind(keys, x)}; "
                "give all rows the same types"
            )
        yield part, keys, x


def _alike(keys: pd.DataFrame, rows: pd.DataFrame) -> bool:
    return all(name in rows and keys[name].dtype == rows[name].dtype for name in keys)


def _kind(keys: pd.DataFrame, x: Table) -> str:
    types = ", ".join(f"{name} {dtype.name}" for name, dtype in keys.dtypes.items())
    return f"features in {x.dtype if isinstance(x, np.ndarray) else 'a frame'} and keys of {types}"


def _check_shape(keys: pd.DataFrame, x: Table, names: list[str]) -> None:
    if len(x) != len(keys):
        raise BadInput(
            f"{FEATURES_FILE}: "
            f"{len(keys)} rows have keys and {len(x)} have features; give each row both"
        )
    if x.shape[1] != len(names):
        raise BadInput(
            f"{FEATURES_FILE}: {len(names)} features have names and {x.shape[1]} have columns"
        )
