"""Some entities of the raw files, and two spare ones, to be probed with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from clockwork.learning.probes.raw import Mask, Raw, RawFile

FIRST = 2  # rows of the spare entities


@dataclass(frozen=True)
class Sample:
    """The rows of a few entities, and the first rows of a spare one, that are in every cut.

    The spare may also be two entities with a row each. It has a row of each class, for a reader may
    refuse rows with one class, and a cut may hold but one. Where all rows are of one entity there
    is no spare: the first rows of a cut have the classes.
    """

    raw: Raw
    spare: tuple[str, ...]

    def cut(self, keep: Callable[[RawFile], Mask]) -> Raw:
        """The rows that `keep` marks, and those of the spare."""
        found = self.raw.where(lambda file: keep(file) | file.entity.isin(self.spare).to_numpy())
        if self.spare:
            return found
        left, files = _classes(self.raw), []
        for file in found.files:
            files.append(
                _labelled(file, self.raw, dict(zip(range(len(file.entity)), left, strict=False)))
            )
            left = left[len(file.entity) :]
        return replace(found, files=tuple(files))


def sample(raw: Raw, names: list[str]) -> Sample:
    """The rows of the entities `names`, and the first two of one or two others.

    Those two have a label of each class.
    """
    spare = _spare(raw, names)
    left, files = _classes(raw)[: FIRST if spare else 0], []
    for file in raw.files:
        at = np.flatnonzero(file.entity.isin(spare).to_numpy())[: len(left)]
        keep = file.entity.isin(names).to_numpy(copy=True)
        keep[at] = True
        files.append(_labelled(file, raw, dict(zip(at.tolist(), left, strict=False))).where(keep))
        left = left[len(at) :]
    return Sample(replace(raw, files=tuple(file for file in files if len(file.entity))), spare)


def _classes(raw: Raw) -> list[Any]:
    return [raw.classes()[0], raw.classes()[-1]]


def _spare(raw: Raw, names: list[str]) -> tuple[str, ...]:
    others = [name for name in raw.names() if name not in names][:FIRST]
    rows = raw.rows_of(others[0]) if others else 0
    return tuple(others[: 1 if rows >= FIRST else FIRST])


def _labelled(file: RawFile, raw: Raw, labels: Mapping[int, Any]) -> RawFile:
    if not labels:
        return file
    label = raw.columns.label
    values = file.table.column(label).to_pylist()
    for row, value in labels.items():
        values[row] = value
    return file.with_columns({label: pa.array(values, file.table.schema.field(label).type)})
