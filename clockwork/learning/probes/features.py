"""Features of a few entities, built again from raw files that are cut or changed."""

from collections.abc import Callable

import pandas as pd

from clockwork.gate.catalogue import CheckId
from clockwork.learning.keys import ENTITY
from clockwork.learning.probes.probe import Probe, attempt, broken
from clockwork.learning.probes.rebuild import Rebuild
from clockwork.learning.probes.sample import Sample
from clockwork.learning.probes.truncation import history, spread, truncation
from clockwork.learning.probes.unserved import unserved

NO_TIME = "does not apply: the data have no time"
ENTITIES = 3  # of those that evaluate, and as many of the others
# So few rows of an entity are few, and so many entities are then taken for one.
FEWEST, ROWS = 3, 50


def few(names: "pd.Index[str]", evaluation: pd.DataFrame) -> list[str]:
    """A few entities, of those that evaluate and of the others; one is left out where others are.

    More where an entity has but a row or two.
    """
    single = (
        len(names) > ENTITIES * ROWS and len(evaluation) <= FEWEST * evaluation[ENTITY].nunique()
    )
    each = ENTITIES * ROWS if single else ENTITIES
    evaluates = names.isin(evaluation[ENTITY].astype(str).unique())
    chosen = [
        name
        for some in (names[evaluates], names[~evaluates])
        if len(some)
        for name in spread(some, each)
    ]
    return chosen if len(chosen) < len(names) else chosen[:-1] or chosen


def of_features(some: Sample, rebuild: Rebuild, minutes: int) -> list[Probe]:
    """Every probe of the features of `some` raw rows; `minutes` are what serving looks back."""
    try:
        whole = rebuild(some.raw)
    except Exception as error:  # noqa: BLE001 - whatever head's code raises is what was found
        return [
            broken(name, error)
            for name in (CheckId.LOOKS_AHEAD, CheckId.OLDER_HISTORY, CheckId.SERVED_COLUMNS)
        ]
    return [
        _timed(CheckId.LOOKS_AHEAD, some, lambda: truncation(some, rebuild)),
        _timed(CheckId.OLDER_HISTORY, some, lambda: history(some, whole, rebuild, minutes)),
        attempt(CheckId.SERVED_COLUMNS, lambda: unserved(some, whole, rebuild)),
    ]


def _timed(check: CheckId, some: Sample, make: Callable[[], Probe]) -> Probe:
    return attempt(check, make) if some.raw.columns.time else Probe(check, True, NO_TIME)
