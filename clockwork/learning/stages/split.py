"""split: kept rows -> which train, in which fold, which evaluate (build/split/rows.parquet)."""

from collections.abc import Iterator
from functools import partial

import pandas as pd

from clockwork.learning.data.accounts import Tally, accounts, tallies
from clockwork.learning.data.split import (
    JUDGE,
    TRAIN,
    by_group,
    held_to,
    split_groups,
    split_rows,
)
from clockwork.learning.tables import (
    ACCOUNT,
    KEYS,
    groups_alike,
    read_groups,
    read_keys,
    write_json,
    writing,
)
from clockwork.project import find_splitter
from clockwork.settings.data import data_settings
from clockwork.support.paths import EVALUATION, FEATURES, SPLIT


def main() -> None:
    """Write every row's part and fold, and the keys of the evaluation rows apart.

    Those are what both commits are scored on.
    """
    SPLIT.parent.mkdir(parents=True, exist_ok=True)
    counted: list[dict[str, Tally]] = []
    with writing(SPLIT) as write, writing(EVALUATION) as write_evaluation:
        for rows in _split():
            write(rows)
            write_evaluation(rows[rows["part"] == JUDGE].drop(columns=["part", "fold"]))
            counted.append(
                tallies(rows, {"train": rows["part"] == TRAIN, "evaluate": rows["part"] == JUDGE})
            )
    made = accounts(counted)
    write_json(SPLIT.parent / ACCOUNT, {name: one.as_dict() for name, one in made.items()})


def _split() -> Iterator[pd.DataFrame]:
    # All rows at once, but where the engine splits many of them by their own keys.
    settings, path, splitter = data_settings().splits, FEATURES / KEYS, find_splitter()
    if (
        splitter is split_rows
        and groups_alike(path)
        and by_group(next(read_groups(path)), settings)
    ):
        return split_groups(partial(read_groups, path), settings)
    rows = splitter(read_keys(path), settings)
    # The keys are read again, for a splitter of the project's own may have changed what it got.
    return iter([rows if splitter is split_rows else held_to(read_keys(path), rows)])
