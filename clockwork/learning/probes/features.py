"""Features of a few entities, built again from raw files that are cut or changed."""

import pandas as pd

from clockwork.gate.catalogue import CheckId
from clockwork.learning.probes.probe import Probe, attempt, broken
from clockwork.learning.probes.raw import Sample
from clockwork.learning.probes.rebuild import Rebuild
from clockwork.learning.probes.truncation import history, spread, truncation
from clockwork.learning.probes.unserved import unserved

ENTITIES = 3  # of those that evaluate, and as many of the others


def few(names: "pd.Index[str]", judging: pd.DataFrame) -> list[str]:
    """A few entities, of those that evaluate and of the others; one at least is left out."""
    evaluates = names.isin(judging["entity"].astype(str).unique())
    chosen = [name for some in (names[evaluates], names[~evaluates]) if len(some) for name in spread(some, ENTITIES)]
    return chosen if len(chosen) < len(names) else chosen[:-1]


def of_features(some: Sample, rebuild: Rebuild, minutes: int) -> list[Probe]:
    """Every probe of the features of `some` raw rows; `minutes` are what serving looks back."""
    try:
        whole = rebuild(some.raw)
    except Exception as error:  # noqa: BLE001 - whatever head's code raises is what was found
        return [broken(name, error) for name in (CheckId.LOOKS_AHEAD, CheckId.OLDER_HISTORY, CheckId.SERVED_COLUMNS)]
    return [
        attempt(CheckId.LOOKS_AHEAD, lambda: truncation(some, rebuild)),
        attempt(CheckId.OLDER_HISTORY, lambda: history(some, whole, rebuild, minutes)),
        attempt(CheckId.SERVED_COLUMNS, lambda: unserved(some, whole, rebuild)),
    ]
