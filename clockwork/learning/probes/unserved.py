"""Do features need what nobody has when a row is scored?

Label and slices get other values: no bit may change.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clockwork.gate.catalogue import CheckId
from clockwork.learning.probes.probe import Probe
from clockwork.learning.probes.raw import Raw, RawFile
from clockwork.learning.probes.rebuild import Built, Rebuild, difference
from clockwork.learning.probes.sample import Sample

SEED = 20


def unserved(sample: Sample, whole: Built, rebuild: Rebuild) -> Probe:
    """Build features anew with a drawn label and another entity's value in all else serving lacks.

    Serving has entity, time and metrics. The other columns are not taken away, for the reader may
    ask for them.
    """
    lacking = sorted({name for file in sample.raw.files for name in sample.raw.unserved(file)})
    message = difference(rebuild(disguised(sample)), whole)
    if message:
        return Probe(
            CheckId.SERVED_COLUMNS,
            False,
            f"with other values in {', '.join(lacking)}, which serving lacks, {message}",
        )
    return Probe(
        CheckId.SERVED_COLUMNS,
        True,
        f"{len(whole.x)} rows are equal whatever is in {', '.join(lacking)}",
    )


def disguised(sample: Sample) -> Raw:
    """The rows of `sample` with other values in every column that serving lacks.

    Its spare keeps both classes.
    """
    raw, generator = sample.raw, np.random.default_rng(SEED)
    label, classes, first = raw.columns.label, raw.classes(), _first_values(raw)

    def change(file: RawFile) -> RawFile:
        drawn = pa.array(classes).take(
            pa.array(generator.integers(0, len(classes), len(file.minute)))
        )
        spare = pa.array(file.entity.isin(sample.spare).to_numpy())
        labels = pc.if_else(spare, file.table.column(label).combine_chunks(), drawn)
        others = {name: _lent(file, first[name]) for name in raw.unserved(file) if name != label}
        return file.with_columns({label: labels, **others})

    return raw.each(change)


def _first_values(raw: Raw) -> dict[str, dict[str, Any]]:
    """Of each column that serving lacks, the first value of each entity."""
    first: dict[str, dict[str, Any]] = {}
    for file in raw.files:
        for name in raw.unserved(file):
            values = file.table.column(name)
            for entity, at in file.entity.drop_duplicates().items():
                first.setdefault(name, {}).setdefault(str(at), values[int(str(entity))].as_py())
    return first


def _lent(file: RawFile, first: dict[str, Any]) -> pa.Array:
    """For each row the first value of another entity, a different one where there is any."""
    each = []
    for name in map(str, file.entity.cat.categories):
        own = first.get(name)
        each.append(next((value for value in first.values() if value != own), own))
    return pa.array(each).take(pa.array(file.entity.cat.codes.to_numpy()))
