"""Who trains where the split draws: by a hash of names.

It is the same on every machine and in every version of the data.
"""

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from clockwork.learning.data.naming import original
from clockwork.learning.keys import ENTITY, QUERY, TIME, RowKeys
from clockwork.learning.targets import labels_of, task_of

# Of a class: how far its share may be off, for then a row keeps its side while the table grows.
CLOSE = 0.02
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def share_of(name: str) -> float:
    """A fixed number in [0, 1) for a name: the same on every machine and in every data set."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") / 2**64


def shares_of_entities(keys: pd.DataFrame) -> Floats:
    """The number of each row's entity; of its list where lists are ranked and each row is alone."""
    if task_of(keys).name == "ranking" and keys[ENTITY].nunique() == len(keys):
        return np.array([share_of(str(name)) for name in keys[QUERY]])
    shares = np.array([share_of(original(str(name))) for name in keys[ENTITY].cat.categories])
    return np.asarray(shares[keys[ENTITY].cat.codes.to_numpy()])


def drawn_rows(keys: pd.DataFrame, wanted: float) -> tuple[Floats, Mask]:
    """Which rows train, about `wanted` of each class, and where in [0, 1) each stands in its class.

    Lists that are ranked are drawn whole, and so are rows of the same content that nothing else
    tells apart.
    """
    if task_of(keys).name == "ranking":
        return _drawn_lists(keys, wanted)
    share = np.array(
        [share_of("|".join(original(str(part)) for part in name)) for name in RowKeys(keys).index]
    )
    position, trains = np.zeros(len(keys)), np.zeros(len(keys), dtype=np.bool_)
    target = labels_of(keys)
    for one in np.unique(target) if target.dtype.kind in "iub" else [None]:
        rows = np.flatnonzero(np.ones(len(keys)) if one is None else target == one)
        trains[rows] = _lowest(share[rows], wanted)
        chosen = rows[trains[rows]]
        position[chosen] = _ranks(share[chosen]) / max(len(chosen), 1)
    return position, trains


def _drawn_lists(keys: pd.DataFrame, wanted: float) -> tuple[Floats, Mask]:
    code, names = pd.factorize(keys[QUERY])
    share = np.array([share_of(str(name)) for name in names])
    trains = _lowest(share, wanted)
    position = np.zeros(len(names))
    position[trains] = _ranks(share[trains]) / max(int(trains.sum()), 1)
    return position[code], trains[code]


def times_of(keys: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The minute of each row, or of the first row of its list where lists are ranked."""
    if task_of(keys).name != "ranking":
        return keys[TIME].to_numpy()
    return keys.groupby(QUERY, observed=True)[TIME].transform("min").to_numpy(dtype=np.int64)


def _lowest(share: Floats, wanted: float) -> Mask:
    below: Mask = share < wanted
    if abs(below.mean() - wanted) <= CLOSE:
        return below
    return np.asarray(_ranks(share) < round(wanted * len(share)))


def _ranks(values: Floats) -> npt.NDArray[np.intp]:
    return np.searchsorted(np.sort(values), values)  # equal ones have the same rank
