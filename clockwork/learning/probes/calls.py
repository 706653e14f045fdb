"""One sample of raw rows in the ways that clients send it; a score may depend on none of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

SEED, ALONE = 11, 12


@dataclass(frozen=True)
class Sample:
    """Raw rows under their own names, with a row number for index.

    `inputs` are the columns of the signature, `features` those of them that are neither entity nor
    time; `keys` names each row. `asked` has such names as its index and holds the scores that the
    pipeline wrote, under the names that a served model gives them.
    """

    rows: pd.DataFrame
    inputs: list[str]
    features: list[str]
    keys: pd.MultiIndex
    asked: pd.DataFrame
    history: int

    @property
    def entity(self) -> "pd.Series[Any]":
        """Each row's entity."""
        return pd.Series(self.keys.get_level_values(0), index=self.rows.index)

    @property
    def minute(self) -> "pd.Series[Any]":
        """Each row's time."""
        return pd.Series(self.keys.get_level_values(1), index=self.rows.index)

    def number(self, key: tuple[Any, ...]) -> int | None:
        """The number of the row that `key` names; None where the files have none."""
        found = int(self.keys.get_indexer(pd.MultiIndex.from_tuples([key]))[0])
        return found if found >= 0 else None


@dataclass(frozen=True)
class Way:
    """The rows of a sample as one client sends them, in one or more calls.

    `bare` goes past MLflow's signature. `asked` is the number of the only row whose score is asked
    for; without it, all are.
    """

    name: str
    calls: list[pd.DataFrame]
    bare: bool = False
    asked: int | None = None


def ways(sample: Sample) -> Iterator[Way]:
    """All of them; the first is the plain one that the others are compared with."""
    plain = sample.rows[sample.inputs]
    yield Way("entities one after the other", [plain])
    yield Way("the same past MLflow's signature", [plain], bare=True)
    name = "rows and columns shuffled, labels and slices there but permuted"
    yield Way(name, [_shuffled(sample)])
    yield Way(f"{name}, past MLflow's signature", [_shuffled(sample)], bare=True)
    half = sample.entity.isin(list(sample.entity.unique()[::2]))
    yield Way(
        "the call split in two by entity",
        [part for part in (plain[half], plain[~half]) if len(part)],
    )
    yield Way("other entities beside", [_with_twins(plain, sample)])
    yield from _alone(sample)


def _shuffled(sample: Sample) -> pd.DataFrame:
    generator = np.random.default_rng(SEED)
    rest = [name for name in sample.rows.columns if name not in sample.inputs]
    nonsense = {
        name: sample.rows[name].to_numpy()[generator.permutation(len(sample.rows))] for name in rest
    }
    mixed = sample.rows.assign(**nonsense)
    return mixed.iloc[generator.permutation(len(mixed)), generator.permutation(mixed.shape[1])]


def _with_twins(plain: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    # Twins have other values, or a model that mixes up the two would not show.
    named = [name for name in sample.inputs if name not in sample.features][:1]
    # Numbers make rows of their own anyway.
    named = [name for name in named if plain[name].dtype.kind not in "Miuf"]
    twins = plain.assign(**{name: plain[name] + "-twin" for name in named})
    for name in sample.features:
        twins[name] = twins[name].to_numpy()[::-1]
    twins.index = pd.Index(-1 - np.arange(len(plain)))
    return pd.concat([plain, twins]).iloc[np.random.default_rng(SEED).permutation(2 * len(plain))]


def _alone(sample: Sample) -> Iterator[Way]:
    # A few of the rows asked for, each after its own history, as a stream sends it.
    few = np.unique(np.linspace(0, len(sample.asked) - 1, ALONE).round().astype(int))
    for key in sample.asked.index[few]:
        number = sample.number(key)
        if number is not None:
            entity, minute = key[:2]
            past = (sample.entity == entity) & sample.minute.between(
                minute - sample.history, minute
            )
            rows = sample.rows.loc[past, sample.inputs]
            yield Way("a row alone with its history", [rows], asked=number)
